// A scripted telephone (or proxy of somebody else) in the simulated network: it sends what the test says, and keeps
// what it gets. It has no timers and no opinion.
import { decode, type SipMessage } from '@altpath/sip';

export interface Received {
  /** `host:port` of the sender. */
  readonly from: string;
  /** When it came. */
  readonly at: number;
  readonly message: SipMessage;
  readonly text: string;
  /** The connection it came over; undefined for a datagram. */
  readonly flow: number | undefined;
}

export interface ReplyOptions {
  /** Where the response goes instead of where the request came from. */
  readonly to?: string;
  readonly reason?: string;
  /** To tag where the request has none; the default names the endpoint. */
  readonly tag?: string;
  /** Further header lines. */
  readonly lines?: readonly string[];
}

/** What an end of the simulated network sees of it. */
export interface Wires {
  readonly startedAt: number;
  send(from: string, to: string, data: Buffer, carriage: { readonly transport?: 'udp' | 'tcp'; readonly flow?: number }): void;
  connect(a: string, b: string): number;
}

export class Endpoint {
  readonly received: Received[] = [];
  /** What came that is no message: keep-alives. */
  readonly noise: string[] = [];
  /** Listens on this address for connections, too. */
  listens = true;
  /** What it does with a request; by default nothing. */
  onRequest: (request: SipMessage, from: string) => void = () => undefined;
  readonly #sources = new WeakMap<SipMessage, Received>();

  constructor(
    private readonly simulation: Wires,
    readonly address: string,
  ) {}

  get host(): string {
    return this.address.slice(0, this.address.lastIndexOf(':'));
  }

  /** Sends a datagram. */
  send(to: string, text: string): void {
    this.simulation.send(this.address, to, Buffer.from(text, 'latin1'), {});
  }

  /** Sends bytes over a connection of its own, which it opens where it has none. */
  stream(to: string, text: string): void {
    this.simulation.send(this.address, to, Buffer.from(text, 'latin1'), {
      transport: 'tcp',
      flow: this.simulation.connect(to, this.address),
    });
  }

  receive(data: Buffer, from: string, at: number, flow: number | undefined): void {
    if (flow !== undefined && data.length <= 4) {
      this.noise.push(data.toString('latin1'));
      return;
    }
    const decoded = decode(data);
    if (!decoded.ok) throw new Error(`${this.address} got what does not parse: ${decoded.fault.code}\n${data.toString('latin1')}`);
    const received = { from, at, message: decoded.message, text: data.toString('latin1'), flow };
    this.received.push(received);
    this.#sources.set(decoded.message, received);
    if (decoded.message.isRequest) this.onRequest(decoded.message, from);
  }

  /** Every request of that method, in order. */
  requests(method: string): SipMessage[] {
    return this.received.filter((each) => each.message.isRequest && each.message.method === method).map((each) => each.message);
  }

  /** The first request of that method. @throws Error when none came: the test fails there. */
  request(method: string): SipMessage {
    const [first] = this.requests(method);
    if (!first) throw new Error(`${this.address} got no ${method}`);
    return first;
  }

  responses(status: number, method = 'INVITE'): SipMessage[] {
    return this.received.filter((each) => each.message.status === status && each.message.cseqMethod === method).map((each) => each.message);
  }

  /** The first such response. @throws Error when none came: the test fails there. */
  response(status: number, method = 'INVITE'): SipMessage {
    const [first] = this.responses(status, method);
    if (!first) throw new Error(`${this.address} got no ${status} ${method}, but ${this.statuses(method).join(' ')}`);
    return first;
  }

  /** Every status that came for that method, in order. */
  statuses(method = 'INVITE'): number[] {
    return this.received.filter((each) => !each.message.isRequest && each.message.cseqMethod === method).map((each) => each.message.status);
  }

  /** When the first such response came, in ms since the start. */
  heardAt(status: number, method = 'INVITE'): number | undefined {
    const found = this.received.find((each) => each.message.status === status && each.message.cseqMethod === method);
    return found && found.at - this.simulation.startedAt;
  }

  /** Where a received message came from. */
  sourceOf(message: SipMessage): string {
    return this.#sources.get(message)?.from ?? '';
  }

  /** Answers a request as a stock user agent does: Vias with received and rport, Record-Route, tag and Contact. */
  reply(request: SipMessage, status: number, options: ReplyOptions = {}): void {
    const source = this.#sources.get(request);
    const to = options.to ?? source?.from;
    if (to === undefined) throw new Error('nowhere to send the response to');
    const text = this.responseText(request, status, options, source?.from ?? to);
    if (source?.flow === undefined || options.to !== undefined) this.send(to, text);
    else this.simulation.send(this.address, to, Buffer.from(text, 'latin1'), { transport: 'tcp', flow: source.flow });
  }

  responseText(request: SipMessage, status: number, options: ReplyOptions, source: string): string {
    const colon = source.lastIndexOf(':');
    const lines = [`SIP/2.0 ${status} ${options.reason ?? `Status ${status}`}`];
    request.vias.forEach((via, index) => {
      const stamped = `${via.text.replace(/;rport\b(?!=)/, `;rport=${source.slice(colon + 1)}`)};received=${source.slice(0, colon)}`;
      lines.push(`Via: ${index === 0 ? stamped : via.text}`);
    });
    for (const value of request.headerValues('Record-Route')) lines.push(`Record-Route: ${value}`);
    const tag = request.toTag === '' && status > 100 ? `;tag=${options.tag ?? this.tag}` : '';
    lines.push(
      `From: ${request.header('From')}`,
      `To: ${request.header('To')}${tag}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq} ${request.cseqMethod}`,
    );
    if (status < 300) lines.push(`Contact: <sip:callee@${this.address}>`);
    lines.push(...(options.lines ?? []), 'Content-Length: 0', '', '');
    return lines.join('\r\n');
  }

  /** The To tag that this endpoint gives. */
  get tag(): string {
    return `tag-${this.address.replace(/[^\w.-]/g, '-')}`;
  }
}

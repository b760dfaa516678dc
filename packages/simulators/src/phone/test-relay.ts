// Two relays that stand in for each other, for the phones' own tests: registrar, stateless forwarding, one derived
// branch, one sent-by, and a path attribute in Via and Record-Route. They prove the phones, not the gateway.
import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { PATH_PARAMETER, type Place, placeKey } from '../sip/alternates.js';
import {
  isResponse,
  parseMessage,
  parseSipUri,
  portOf,
  type SipRequest,
  type SipResponse,
  type SipVia,
  writeMessage,
} from '../sip/npm-sip.js';
import { bind, closed } from './wire.js';

export class TestRelay {
  #socket: Socket | undefined;
  /** Takes what comes and says nothing: a host that is frozen. */
  deaf = false;
  /** Requests of these methods without credentials are answered with a challenge. */
  readonly challenges = new Set<string>();
  /** Lets requests of these methods go under. */
  readonly drops = new Set<string>();

  private constructor(
    readonly place: Place,
    private readonly pair: { readonly relays: TestRelay[]; readonly contacts: Map<string, string> },
  ) {}

  /** Opens two relays on loopback that know of each other. */
  static async pair(addresses: readonly [string, string]): Promise<[TestRelay, TestRelay]> {
    const shared = { relays: [] as TestRelay[], contacts: new Map<string, string>() };
    for (const address of addresses) {
      const socket = createSocket('udp4');
      await bind(socket, address, 0);
      const relay = new TestRelay({ host: address, port: socket.address().port }, shared);
      relay.#socket = socket;
      socket.on('message', (data, from) => relay.#take(data, { host: from.address, port: from.port }));
      shared.relays.push(relay);
    }
    return shared.relays as [TestRelay, TestRelay];
  }

  get text(): string {
    return placeKey(this.place);
  }

  /** The process dies: its port answers with ICMP from now on. */
  async kill(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await closed(socket);
  }

  /** Takes a datagram as if it had come from outside. */
  inject(data: Buffer): void {
    this.#take(data, this.place);
  }

  #take(data: Buffer, from: Place): void {
    const message = this.deaf ? undefined : parseMessage(data);
    if (!message) return;
    if (isResponse(message)) this.#respond(message);
    else if (!this.drops.has(message.method)) this.#request(message, from);
  }

  #request(request: SipRequest, from: Place): void {
    const { headers } = request;
    const top = headers.via[0] as SipVia;
    Object.assign(top.params, { rport: String(from.port), received: from.host });
    if (this.challenges.has(request.method) && !headers['proxy-authorization']) return this.#challenge(request);
    if (request.method === 'REGISTER') return this.#register(request);
    while (headers.route?.[0] && this.#isOurs(headers.route[0].uri)) headers.route.shift();
    const uri = parseSipUri(request.uri);
    const contact = uri && isIPv4(uri.host) ? undefined : this.pair.contacts.get(uri?.user ?? '');
    if (contact) request.uri = contact;
    const next = headers.route?.[0]?.uri ?? parseSipUri(request.uri);
    if (!next) return;
    const alternate = this.pair.relays.filter((relay) => relay !== this).map((relay) => relay.text.replace(':', '%3A'));
    const home = (this.pair.relays[0] as TestRelay).place;
    const digest = createHash('sha256').update(`${top.params['branch']}|${top.host}|${request.uri}`).digest('hex');
    const params = { branch: `z9hG4bK${digest.slice(0, 24)}`, rport: null, [PATH_PARAMETER]: alternate.join('+') };
    headers.via.unshift({ version: '2.0', protocol: 'UDP', ...home, params });
    if (request.method === 'INVITE') {
      const own = { schema: 'sip', ...this.place, params: { lr: null, [PATH_PARAMETER]: alternate.join('+') } };
      headers['record-route'] = [{ uri: own, params: {} }, ...(headers['record-route'] ?? [])];
    }
    this.#send(writeMessage(request), { host: next.host, port: portOf(next) });
  }

  #challenge(request: SipRequest): void {
    const challenge = { scheme: 'Digest', realm: '"test"', nonce: '"n1"', qop: '"auth"', algorithm: 'MD5' };
    const headers = { ...request.headers, 'proxy-authenticate': [challenge], contact: undefined };
    this.#back({ status: 407, reason: 'Proxy Authentication Required', headers });
  }

  #register(request: SipRequest): void {
    const { headers } = request;
    const { contact } = headers;
    const user = parseSipUri(headers.to.uri)?.user ?? '';
    if (Array.isArray(contact) && contact[0]) this.pair.contacts.set(user, contact[0].uri);
    this.#back({ status: 200, reason: 'OK', headers: { ...headers, to: { ...headers.to, params: { tag: 'r' } } } });
  }

  #respond(response: SipResponse): void {
    const { via, 'record-route': routes = [] } = response.headers;
    if (!via[0] || !this.#isOurs(via[0])) return;
    via.shift();
    // The stand-in puts itself where the other one stood.
    for (const route of routes) if (this.#isOurs(route.uri)) Object.assign(route.uri, this.place);
    this.#back(response);
  }

  #back(response: SipResponse): void {
    const top = response.headers.via[0];
    if (top)
      this.#send(writeMessage(response), { host: top.params['received'] ?? top.host, port: Number(top.params['rport'] ?? portOf(top)) });
  }

  #isOurs(place: { readonly host: string; readonly port?: number | undefined }): boolean {
    return this.pair.relays.some((relay) => relay.place.host === place.host && relay.place.port === portOf(place));
  }

  #send(data: Buffer, to: Place): void {
    this.#socket?.send(data, to.port, to.host);
  }
}

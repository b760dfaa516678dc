// An MGCP gateway as a script plays it: a raw UDP socket that answers every command by the book and keeps what it was
// sent. It reads with patterns of its own and not with our codec, so that a fault of that is not forgiven here.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { HostPort } from '@altpath/core';

/** What the controller has last asked of one endpoint. */
interface Endpoint {
  requestIdentifier: string;
  readonly requested: { events: string; signals: string };
  /** Call identifier and mode by connection identifier. */
  readonly connections: Map<string, { readonly callId: string; mode: string }>;
}

/** Longer than any answer on loopback takes, shorter than a test. */
const PATIENCE_MS = 5_000;
const EMPTY_LINE = /\r?\n\r?\n/;

export class ScriptedGateway {
  /** Datagrams as they came, oldest first. */
  readonly received: Buffer[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #waiting = new Set<() => void>();
  readonly #messages: string[] = [];
  #transaction = 0;
  #connection = 0xa0;

  private constructor(
    private readonly socket: Socket,
    private readonly controller: HostPort & { readonly port: number },
    private readonly hasRedirect: boolean,
  ) {
    socket.on('message', (data) => this.#receive(data));
  }

  /** Binds `place`; what it says goes to `controller`. Without the redirect package it refuses RED/... (518). */
  static async open(
    place: HostPort & { readonly port: number },
    controller: HostPort & { readonly port: number },
    hasRedirect: boolean,
  ): Promise<ScriptedGateway> {
    const socket = createSocket('udp4');
    socket.bind(place.port, place.host);
    await once(socket, 'listening');
    return new ScriptedGateway(socket, controller, hasRedirect);
  }

  /**
   * Sends a command; its transaction id is put behind the verb.
   *
   * @param verb  `RSIP`, `NTFY`, ...
   * @param rest  Endpoint, version and parameter lines, ended by LF.
   * @returns     the first line of the response.
   */
  async command(verb: string, rest: string): Promise<string> {
    this.#transaction += 1;
    const id = this.#transaction;
    this.#send(`${verb} ${id} ${rest}`);
    const response = new RegExp(`^\\d{3} ${id}\\b.*`);
    return (await this.heard(response)).split(/\r?\n/)[0] ?? '';
  }

  /** Reports events under the request that is in force, and waits for the answer. */
  async report(endpoint: string, events: string): Promise<void> {
    const { requestIdentifier } = this.#endpoint(endpoint);
    await this.command('NTFY', `${endpoint} MGCP 1.0\nX: ${requestIdentifier}\nO: ${events}\n`);
  }

  /** Sends text as it stands, with CRLF for LF: broken or foreign commands. @returns the code of the response. */
  async say(text: string, transactionId: number): Promise<string> {
    this.#send(text);
    return (await this.heard(new RegExp(`^\\d{3} ${transactionId}\\b`))).slice(0, 3);
  }

  /**
   * Waits for a message that matches, and takes it: nobody else waits for the same one.
   *
   * @throws Error with all that came when none comes.
   */
  async heard(pattern: RegExp): Promise<string> {
    let found = '';
    const isThere = (): boolean => {
      const at = this.#messages.findIndex((message) => pattern.test(message));
      if (at >= 0) [found = ''] = this.#messages.splice(at, 1);
      return at >= 0;
    };
    await new Promise<void>((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        act();
      };
      const fail = (): void => reject(new Error(`no ${pattern} came, but\n${this.received.join('\n---\n')}`));
      const timer = setTimeout(() => finish(fail), PATIENCE_MS);
      const look = (): void => {
        if (isThere()) finish(resolve);
      };
      this.#waiting.add(look);
      look();
    });
    return found;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }

  #receive(data: Buffer): void {
    this.received.push(data);
    for (const message of data.toString().split(/^\.\r?\n/m)) {
      this.#messages.push(message);
      const [verb = '', id = '', name = ''] = message.split(/\s+/);
      if (/^[A-Z]/.test(verb)) this.#send(this.#answer(verb, id, name.toLowerCase(), message));
    }
    for (const look of [...this.#waiting]) look();
  }

  #answer(verb: string, id: string, name: string, message: string): string {
    if (!this.hasRedirect && /^RED\//m.test(message)) return `518 ${id} No such package\n`;
    const endpoint = this.#endpoint(name);
    const identifier = parameter(message, 'X');
    if (identifier !== undefined) {
      endpoint.requestIdentifier = identifier;
      endpoint.requested.events = parameter(message, 'R') ?? '';
      endpoint.requested.signals = parameter(message, 'S') ?? '';
    }
    const connectionId = parameter(message, 'I') ?? '';
    const connection = endpoint.connections.get(connectionId);
    const mode = parameter(message, 'M') ?? '';
    switch (verb) {
      case 'AUEP':
        return `200 ${id} OK\n${this.#audited(endpoint, message)}`;
      case 'CRCX':
        this.#connection += 1;
        endpoint.connections.set(this.#connection.toString(16), { callId: parameter(message, 'C') ?? '', mode });
        return `200 ${id} OK\nI: ${this.#connection.toString(16)}\n\n${this.#description()}`;
      case 'MDCX':
        if (connection === undefined) return `515 ${id} No such connection\n`;
        connection.mode = mode;
        return `200 ${id} OK\n`;
      case 'AUCX':
        if (connection === undefined) return `515 ${id} No such connection\n`;
        return `200 ${id} OK\nC: ${connection.callId}\nM: ${connection.mode}\n\n${this.#description()}`;
      case 'DLCX':
        if (connection !== undefined) endpoint.connections.delete(connectionId);
        else endpoint.connections.clear();
        return `250 ${id} OK\n`;
      default:
        return `200 ${id} OK\n`;
    }
  }

  /** What `F:` asks for, as far as it is known here. */
  #audited(endpoint: Endpoint, message: string): string {
    const known: Readonly<Record<string, string>> = {
      A: `a:PCMU, p:10-40, v:L;D;G${this.hasRedirect ? ';RED' : ''}`,
      X: endpoint.requestIdentifier,
      R: endpoint.requested.events,
      S: endpoint.requested.signals,
      I: [...endpoint.connections.keys()].join(', '),
      ES: '',
    };
    const asked = (parameter(message, 'F') ?? '').split(/\s*,\s*/);
    return asked.flatMap((code) => (known[code] === undefined ? [] : `${code}: ${known[code]}\n`)).join('');
  }

  #description(): string {
    const { address } = this.socket.address();
    return `v=0\no=- 1 1 IN IP4 ${address}\ns=-\nc=IN IP4 ${address}\nt=0 0\nm=audio 4000 RTP/AVP 0\n`;
  }

  #endpoint(name: string): Endpoint {
    const known = this.#endpoints.get(name);
    if (known !== undefined) return known;
    const made: Endpoint = { requestIdentifier: '0', requested: { events: '', signals: '' }, connections: new Map() };
    this.#endpoints.set(name, made);
    return made;
  }

  #send(text: string): void {
    this.socket.send(text.replaceAll('\n', '\r\n'), this.controller.port, this.controller.host);
  }
}

/** The value of a parameter line; session descriptions behind the empty line are not looked at. */
function parameter(message: string, code: string): string | undefined {
  const [head = ''] = message.split(EMPTY_LINE);
  return new RegExp(`^${code}: *(.*?)\\s*$`, 'm').exec(head)?.[1];
}

// A call agent for tests, as small as one can be: line 1 calls line 2 of one gateway, whatever it dials. Messages are
// plain text on purpose: nothing of our own codec or call agent judges the simulator.

/** Sends one datagram to the gateway. */
export type SendText = (text: string) => void;

const SDP = /\r\n\r\n(v=0[^]*)$/;

export class TestAgent {
  /** Everything that came, first lines. */
  readonly heard: string[] = [];
  readonly #answered = new Set<string>();
  #ids = 1_000;
  #requests = 0;
  /** What a response to this transaction leads to. */
  readonly #then = new Map<number, (response: string) => void>();
  #caller = '';
  #callee = '';
  readonly #connections = new Map<string, string>();

  /** @param numbers  Whose number is whose line: local names by number. */
  constructor(
    private readonly domain: string,
    private readonly numbers: Readonly<Record<string, string>>,
    private readonly send: SendText,
  ) {}

  receive(datagram: string): void {
    for (const message of datagram.split(/^\.\r\n/m)) this.#message(message);
  }

  #message(message: string): void {
    const [first = ''] = message.split('\r\n');
    this.heard.push(first);
    const [verb = '', id = '', endpoint = ''] = first.split(' ');
    if (/^\d{3}$/.test(verb)) {
      const act = this.#then.get(Number(id));
      this.#then.delete(Number(id));
      act?.(message);
      return;
    }
    this.send(`200 ${id} OK\r\n`);
    const isRepeated = this.#answered.has(id);
    this.#answered.add(id);
    if (isRepeated) return;
    if (verb === 'RSIP') for (const line of Object.values(this.numbers)) this.#request(line, 'L/hd(N)', '');
    if (verb === 'NTFY') this.#reported(endpoint.split('@', 1)[0] ?? '', /^O: (.*)$/m.exec(message)?.[1] ?? '');
  }

  #reported(line: string, events: string): void {
    if (events.endsWith('L/hu')) this.#hangUp(line);
    else if (events.startsWith('D/')) this.#call(line, events.replaceAll(/D\/|, /g, ''));
    else if (events.endsWith('L/hd') && line === this.#callee) this.#answer();
    else if (events.endsWith('L/hd')) this.#request(line, 'L/hu(N), D/[0-9*#T](D)', 'L/dl', 'D: (xxxx)\r\n');
  }

  #request(line: string, events: string, signals: string, more = ''): void {
    this.#command('RQNT', line, `${this.#x()}R: ${events}\r\nS: ${signals}\r\n${more}`, (response) => {
      // RFC 3435 §4.4.2: asked too late for what has happened; it counts as told.
      if (response.startsWith('401')) this.#reported(line, 'L/hd');
    });
  }

  #call(caller: string, digits: string): void {
    this.#caller = caller;
    this.#callee = this.numbers[digits] ?? '';
    this.#command('CRCX', caller, `C: A1\r\nM: recvonly\r\n${this.#x()}R: L/hu(N)\r\n`, (near) => {
      const offer = this.#created(caller, near);
      const ring = 'S: L/rg, L/ci(11/22/14/24,"1001","A")\r\n';
      this.#command('CRCX', this.#callee, `C: A1\r\nM: sendrecv\r\n${this.#x()}R: L/hd(N)\r\n${ring}\r\n${offer}`, (far) => {
        const answer = this.#created(this.#callee, far);
        this.#modify(caller, `M: recvonly\r\n${this.#x()}R: L/hu(N)\r\nS: G/rt\r\n\r\n${answer}`);
      });
    });
  }

  #answer(): void {
    this.#request(this.#callee, 'L/hu(N)', '');
    this.#modify(this.#caller, `M: sendrecv\r\n${this.#x()}R: L/hu(N)\r\nS:\r\n`);
  }

  #hangUp(line: string): void {
    const other = line === this.#caller ? this.#callee : this.#caller;
    for (const each of [line, other]) {
      const id = this.#connections.get(each);
      if (id !== undefined) this.#command('DLCX', each, `C: A1\r\nI: ${id}\r\n`);
      this.#connections.delete(each);
    }
    this.#callee = '';
    this.#request(line, 'L/hd(N)', '');
    if (other !== line && other !== '') this.#request(other, 'L/hu(N)', 'L/bz');
  }

  #created(line: string, response: string): string {
    this.#connections.set(line, /^I: (\w+)/m.exec(response)?.[1] ?? '');
    return SDP.exec(response)?.[1] ?? '';
  }

  #modify(line: string, rest: string): void {
    this.#command('MDCX', line, `C: A1\r\nI: ${this.#connections.get(line) ?? ''}\r\n${rest}`);
  }

  #x(): string {
    this.#requests += 1;
    return `X: ${this.#requests}\r\n`;
  }

  #command(verb: string, line: string, rest: string, then?: (response: string) => void): void {
    this.#ids += 1;
    if (then) this.#then.set(this.#ids, then);
    this.send(`${verb} ${this.#ids} ${line}@${this.domain} MGCP 1.0\r\n${rest}`);
  }
}

// A controller (MGC) for tests, as small as one can be: line 1 calls line 2 of one gateway, whatever it dials. Messages are
// compact text, written and read by hand on purpose: nothing of our own codec or controller judges the simulator.

const DIGIT_MAP = 'DM={T:16,S:4,L:16,(xxxx)}';
const ANY_LOCAL = 'L{\r\nv=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\n}';

/** Where a line's call is. */
interface Leg {
  readonly context: string;
  readonly ephemeral: string;
  readonly sdp: string;
}

export class MegacoTestController {
  /** Everything that came: `SC RS`, `N al/of`, `P`. */
  readonly heard: string[] = [];
  readonly #replies = new Map<string, string>();
  #ids = 1_000;
  #requests = 0;
  /** What a reply to this transaction leads to. */
  readonly #then = new Map<string, (reply: string) => void>();
  #caller = '';
  #callee = '';
  readonly #legs = new Map<string, Leg>();

  /**
   * @param mid      As text writes it.
   * @param numbers  Whose number is whose line.
   * @param send     Sends one message to the gateway.
   */
  constructor(
    private readonly mid: string,
    private readonly numbers: Readonly<Record<string, string>>,
    private readonly send: (text: string) => void,
  ) {}

  receive(message: string): void {
    const [, ...transactions] = message.split(/\b(?=[TP]=\d+\{)/);
    for (const transaction of transactions) this.#transaction(transaction);
  }

  #transaction(text: string): void {
    const [, kind = '', id = ''] = /^([TP])=(\d+)/.exec(text) ?? [];
    if (kind === 'P') {
      this.heard.push('P');
      const act = this.#then.get(id);
      this.#then.delete(id);
      act?.(text);
      return;
    }
    const [, context = '', verb = '', line = ''] = /C=([-\d]+)\{(\w+)=([\w/]+)/.exec(text) ?? [];
    const known = this.#replies.get(id);
    const reply = known ?? `P=${id}{C=${context}{${verb}=${line}${verb === 'SC' ? '{SV{V=1}}' : ''}}}`;
    this.#replies.set(id, reply);
    this.#say(reply);
    if (known !== undefined) return;
    if (verb === 'SC') this.#changed(line, /MT=(\w+)/.exec(text)?.[1] ?? '');
    if (verb === 'N') this.#reported(line, text);
  }

  #changed(termination: string, method: string): void {
    this.heard.push(`SC ${method}`);
    if (/^root$/i.test(termination)) for (const line of Object.values(this.numbers)) this.#rest(line);
  }

  #reported(line: string, text: string): void {
    const event = /\b(?:al\/\w\w|dd\/ce|it\/ito)\b/.exec(text)?.[0] ?? '';
    this.heard.push(`N ${event}`);
    if (event === 'al/on') this.#hangUp(line);
    else if (event === 'dd/ce') this.#call(line, /ds="(\w+)"/.exec(text)?.[1] ?? '');
    else if (event === 'al/of' && line === this.#callee) this.#answer();
    else if (event === 'al/of') this.#command('-', `MF=${line}{SG{cg/dt},${this.#e(`al/on{strict=state},dd/ce{${DIGIT_MAP}}`)}}`);
  }

  #call(caller: string, digits: string): void {
    this.#caller = caller;
    this.#callee = this.numbers[digits] ?? '';
    const both = 'M{ST=1{O{MO=SR}}}';
    const near = `A=${caller}{${both},SG,${this.#e('al/on')}},A=${'$'}{M{ST=1{O{MO=RC},${ANY_LOCAL}}}}`;
    this.#command('$', near, (nearReply) => {
      const offer = this.#created(caller, nearReply);
      const ring = `SG{al/ri},${this.#e('al/of{strict=state}')}`;
      const far = `A=${this.#callee}{${both},${ring}},A=${'$'}{M{ST=1{O{MO=SR},${ANY_LOCAL},R{${offer.sdp}}}}}`;
      this.#command('$', far, (farReply) => {
        const answer = this.#created(this.#callee, farReply);
        const remote = `MF=${offer.ephemeral}{M{ST=1{R{${answer.sdp}}}}}`;
        this.#command(offer.context, `${remote},MF=${caller}{SG{cg/rt},${this.#e('al/on')}}`);
      });
    });
  }

  #answer(): void {
    const [near, far] = [this.#legs.get(this.#caller), this.#legs.get(this.#callee)];
    if (!near || !far) return;
    this.#command(far.context, `MF=${this.#callee}{SG,${this.#e('al/on')}}`);
    const open = `MF=${near.ephemeral}{M{ST=1{O{MO=SR}}}}`;
    this.#command(near.context, `${open},MF=${this.#caller}{SG,${this.#e('al/on')}}`);
  }

  #hangUp(line: string): void {
    const other = line === this.#caller ? this.#callee : this.#caller;
    for (const each of [line, other]) {
      const leg = this.#legs.get(each);
      if (leg) this.#command(leg.context, 'S=*');
      this.#legs.delete(each);
    }
    this.#callee = '';
    this.#rest(line);
    if (other !== line && other !== '') this.#command('-', `MF=${other}{SG{cg/bt},${this.#e('al/on')}}`);
  }

  #rest(line: string): void {
    this.#command('-', `MF=${line}{SG,${this.#e('al/of{strict=state}')}}`);
  }

  #created(line: string, reply: string): Leg {
    const [, context = ''] = /C=(\d+)/.exec(reply) ?? [];
    const [, ephemeral = '', sdp = ''] = /A=(rtp\/\d+)\{[^]*?\bL\{([^}]*)\}/.exec(reply) ?? [];
    const leg = { context, ephemeral, sdp };
    this.#legs.set(line, leg);
    return leg;
  }

  #e(events: string): string {
    this.#requests += 1;
    return `E=${this.#requests}{${events}}`;
  }

  #command(context: string, commands: string, then?: (reply: string) => void): void {
    this.#ids += 1;
    if (then) this.#then.set(String(this.#ids), then);
    this.#say(`T=${this.#ids}{C=${context}{${commands}}}`);
  }

  #say(transactions: string): void {
    this.send(`!/1 ${this.mid} ${transactions}`);
  }
}

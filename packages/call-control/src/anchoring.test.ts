import { expect } from 'chai';
import type { AnchorPort, AnchorSide } from './anchor.js';
import type { AnchorLocals } from './half-call.js';
import { callCounter, newCallId } from './call-identity.js';
import { CALLED, Exchange, sdpOf, START, WITH_PARTIES } from './exchange.fixture.js';
import { parseStoredCall } from './stored-call.js';
import { SharedStore } from './records.fixture.js';

const PHONE = 'sip/1';

/** A gateway that anchors: what is asked of it is listed, and the test says when it has done it. */
class Bridge implements AnchorPort {
  /** `originating | terminating`, each `mode who remote`. */
  readonly asked: string[] = [];
  callId = '';
  readonly left = new Set<string>();
  /** Calls whose anchor another node has. */
  readonly elsewhere = new Set<string>();
  readonly adopted: string[] = [];
  readonly forgotten: string[] = [];

  anchor(callId: string, gateway: string, sides: readonly (AnchorSide | undefined)[]): void {
    this.callId = callId;
    const text = (side: AnchorSide | undefined): string =>
      side ? [side.mode, side.who, side.remote && 'known'].filter(Boolean).join(' ') : '-';
    this.asked.push(`${gateway}: ${sides.map(text).join(' | ')}`);
  }

  hasAnchor(callId: string): boolean {
    return this.left.has(callId);
  }

  anchorHolder(callId: string): number | undefined {
    return this.elsewhere.has(callId) ? 2 : undefined;
  }

  saveAnchor(): string {
    return 'as it is';
  }

  adoptAnchor(callId: string, saved: string): void {
    this.adopted.push(`${callId} ${saved}`);
  }

  forgetAnchor(callId: string): void {
    this.forgotten.push(callId);
  }

  /** What was asked since the last look. */
  look(): readonly string[] {
    return this.asked.splice(0);
  }
}

class Scene {
  readonly bridge = new Bridge();
  readonly store = new SharedStore();
  readonly exchange: Exchange;

  constructor(numbers: (typeof WITH_PARTIES)['numbers'] = WITH_PARTIES.numbers) {
    const save = (party: string): string => party;
    const adopt = (_protocol: string, saved: string): string => saved.replace('/', '/x');
    const around = { ports: { anchors: this.bridge, save, adopt }, keeping: { store: this.store } };
    this.exchange = new Exchange({ ...WITH_PARTIES, numbers, anchor: 'mgw' }, START, true, around);
  }

  made(...locals: AnchorLocals): void {
    this.exchange.control.anchored(this.bridge.callId, locals, this.exchange.now);
  }

  /** The first telephone calls a registered user, who answers. */
  talk(): this {
    this.exchange.setUp(PHONE, '30');
    this.made('to caller', 'to called');
    rings(this.exchange);
    this.exchange.answer(CALLED);
    this.made('to caller', 'to called');
    this.bridge.look();
    return this;
  }
}

describe('a call between two parties that is anchored', () => {
  it('calls nobody before the gateway has told where its media goes, and tells nobody of the other', () => {
    const { bridge, exchange, made } = bound(new Scene());
    exchange.setUp(PHONE, '30');
    expect(bridge.look()).to.deep.equal([`mgw: sendonly ${PHONE} known | sendrecv ${CALLED}`]);
    expect(exchange.phase(CALLED)).to.equal(undefined);
    made('to caller', 'to called');
    expect(exchange.wanted.get(CALLED)).to.deep.include({ phase: 'ringing', media: { mode: 'sendrecv', remote: 'to called' } });
    rings(exchange);
    expect(exchange.phase(PHONE)).to.equal('ringback');
    exchange.answer(CALLED);
    expect(bridge.look().at(-1)).to.equal(`mgw: sendrecv ${PHONE} known | sendrecv ${CALLED} known`);
    expect(exchange.remote(PHONE)).to.equal('to caller');
    expect(exchange.remote(CALLED)).to.equal('to called');
  });

  it('lets the caller hear what comes before the answer', () => {
    const { bridge, exchange, made } = bound(new Scene());
    exchange.setUp(PHONE, '30');
    made('to caller', 'to called');
    bridge.look();
    exchange.reach(CALLED, sdpOf(CALLED));
    expect(bridge.look()).to.deep.equal([`mgw: sendonly ${PHONE} known | sendrecv ${CALLED} known`]);
    expect(exchange.phase(PHONE)).to.equal('early');
    expect(exchange.remote(PHONE)).to.equal('to caller');
  });

  it('offers the gateway to both where the caller asks for an offer', () => {
    const { bridge, exchange, made } = bound(new Scene());
    exchange.setUp(PHONE, '30', { local: undefined });
    expect(bridge.look()).to.deep.equal([`mgw: sendonly ${PHONE} | sendrecv ${CALLED}`]);
    made('to caller', 'to called');
    rings(exchange);
    exchange.answer(CALLED);
    expect(exchange.wanted.get(PHONE)).to.deep.include({ phase: 'talking', media: { mode: 'sendrecv', remote: 'to caller' } });
    bridge.look();
    exchange.event(PHONE, { kind: 'media', local: sdpOf(PHONE) });
    expect(bridge.look()).to.deep.equal([`mgw: sendrecv ${PHONE} known | sendrecv ${CALLED} known`]);
  });

  it('rests on hold, and its telephones are told nothing of each other', () => {
    const { bridge, exchange } = new Scene().talk();
    exchange.event(PHONE, { kind: 'hold' });
    expect(bridge.look()).to.deep.equal([`mgw: inactive ${PHONE} known | inactive ${CALLED} known`]);
    expect(exchange.remote(CALLED)).to.equal('to called');
    exchange.event(PHONE, { kind: 'retrieve' });
    expect(bridge.look()).to.deep.equal([`mgw: sendrecv ${PHONE} known | sendrecv ${CALLED} known`]);
  });

  it('tells both where their media goes from now on when the gateway has begun anew', () => {
    const { exchange, made } = bound(new Scene().talk());
    made('to caller anew', undefined);
    expect([exchange.remote(PHONE), exchange.remote(CALLED)]).to.deep.equal(['to caller anew', 'to called']);
  });

  it('gives its anchor up when it ends, whoever ends it and whenever', () => {
    const { bridge, exchange } = new Scene().talk();
    exchange.onHook(CALLED);
    expect(bridge.look()).to.deep.equal(['mgw: - | -']);

    const early = new Scene();
    early.exchange.setUp(PHONE, '30');
    early.bridge.look();
    early.exchange.onHook(PHONE);
    expect(early.bridge.look()).to.deep.equal(['mgw: - | -']);
    // Nobody outside has heard of who was to be called.
    expect(early.exchange.wanted.has(CALLED)).to.equal(false);
    expect(early.exchange.states).to.deep.equal([]);
  });

  it('ends when it cannot be anchored and nobody has been called, and goes on when somebody has', () => {
    const { bridge, exchange } = new Scene();
    exchange.setUp(PHONE, '30');
    exchange.control.anchorFailed(bridge.callId, 'resource-unavailable', exchange.now);
    expect(exchange.wanted.get(PHONE)).to.deep.include({ phase: 'congested', cause: 'resource-unavailable' });
    expect(bridge.look().at(-1)).to.equal('mgw: - | -');
    expect(exchange.counted.get('call.anchor.failed resource-unavailable')).to.equal(1);

    const talking = new Scene().talk();
    talking.exchange.control.anchorFailed(talking.bridge.callId, 'network-out-of-order', talking.exchange.now);
    expect(talking.exchange.phases(PHONE, CALLED)).to.deep.equal(['talking', 'talking']);
    talking.exchange.control.anchorFailed('nobody', 'network-out-of-order', talking.exchange.now);
  });

  it('asks for another connection for the next target, and calls it when there is one', () => {
    const { bridge, exchange, made } = bound(new Scene({ '32': ['sip:a@example.test', 'sip:b@example.test'] }));
    exchange.setUp(PHONE, '32');
    made('to caller', 'to first');
    exchange.onHook(CALLED);
    expect(bridge.look().at(-1)).to.equal(`mgw: sendonly ${PHONE} known | sendrecv sip/o2`);
    expect(exchange.phase('sip/o2')).to.equal(undefined);
    made('to caller', 'to second');
    expect(exchange.wanted.get('sip/o2')).to.deep.include({ phase: 'ringing', media: { mode: 'sendrecv', remote: 'to second' } });
  });

  it('has no anchor where a line takes part, here or at another node', () => {
    const { bridge, exchange } = new Scene();
    exchange.setUp(PHONE, '1001');
    expect(bridge.look()).to.deep.equal([]);
    expect(exchange.remote('aaln/1@rgw1')).to.equal(sdpOf(PHONE));
    // Nobody takes it but a line: what was made for the first target goes.
    const other = new Scene();
    other.exchange.setUp(PHONE, '31');
    other.made('to caller', 'to called');
    other.bridge.look();
    other.exchange.onHook(CALLED);
    expect(other.bridge.look()).to.deep.equal(['mgw: - | -']);
    expect(other.exchange.remote('line/1@mg1')).to.equal(sdpOf(PHONE));
  });

  it('is kept with its anchor, and goes on from there on another node', () => {
    const { store, bridge, exchange } = new Scene().talk();
    const record = store.only;
    if (!record) throw new Error('no record');
    expect(parseStoredCall(record.content, record.callId)).to.deep.include({ anchor: 'as it is' });
    exchange.control.giveAway(record.callId);
    expect(bridge.forgotten).to.deep.equal([record.callId]);
    expect(bridge.look()).to.deep.equal([]);

    const next = new Scene();
    next.exchange.control.adopt({ ...record, node: 'other' }, next.exchange.now);
    expect(next.bridge.adopted).to.deep.equal([`${record.callId} as it is`]);
    expect(next.bridge.look()).to.deep.equal(['mgw: sendrecv sip/x1 known | sendrecv sip/xo1 known']);
    expect([next.exchange.remote('sip/x1'), next.exchange.remote('sip/xo1')]).to.deep.equal(['to caller', 'to called']);
  });

  it('keeps its connections when it is given here once more, and its parties have other names', () => {
    const record = new Scene().talk().store.only;
    if (!record) throw new Error('no record');
    const next = new Scene();
    next.exchange.control.adopt({ ...record, node: 'other' }, next.exchange.now);
    next.bridge.look();
    const again = record.content.replaceAll('"saved":"sip/', '"saved":"sip/y');
    next.exchange.control.renew({ ...record, node: 'other', content: again }, next.exchange.now);
    expect(next.bridge.look()).to.deep.equal([]);
    expect([next.exchange.remote('sip/xy1'), next.exchange.remote('sip/xyo1')]).to.deep.equal(['to caller', 'to called']);
    next.exchange.event('sip/xy1', { kind: 'hold' });
    expect(next.bridge.look()).to.deep.equal(['mgw: inactive sip/x1 known | inactive sip/xo1 known']);
  });

  it('of which one party speaks to a node that knows nothing goes on with what was left of its anchor', () => {
    const { bridge, exchange, made } = bound(new Scene());
    const callId = newCallId(2, START - 20_000, callCounter(7, true));
    const speaks = (line: string, role: 'originating' | 'terminating'): void =>
      exchange.control.restore([{ line, hook: 'off', state: { phase: 'talking', role, callId } }], undefined, exchange.now);
    bridge.left.add(callId);
    speaks('sip/7', 'terminating');
    expect(bridge.look()).to.deep.equal(['mgw: sendrecv | sendrecv sip/7']);
    made('to caller', 'to called');
    expect(exchange.remote('sip/7')).to.equal('to called');
    speaks('sip/8', 'originating');
    expect(bridge.look()).to.deep.equal(['mgw: sendrecv sip/8 | sendrecv sip/7']);
    exchange.onHook('sip/8');
    expect(bridge.look()).to.deep.equal(['mgw: - | -']);

    // Its node is not known to be gone yet: the anchor is taken when that is known, or given up.
    bridge.left.clear();
    bridge.elsewhere.add(callId);
    const other = newCallId(2, START - 20_000, callCounter(8, true));
    exchange.control.restore(
      [{ line: 'sip/10', hook: 'off', state: { phase: 'talking', role: 'terminating', callId: other } }],
      undefined,
      exchange.now,
    );
    expect(bridge.look()).to.deep.equal([]);
    bridge.left.add(other);
    exchange.control.nodesChanged(() => true, exchange.now);
    expect(bridge.look()).to.deep.equal(['mgw: sendrecv | sendrecv sip/10']);

    // Of one that had none nothing is asked.
    bridge.left.clear();
    bridge.elsewhere.clear();
    speaks('sip/9', 'originating');
    exchange.onHook('sip/9');
    expect(bridge.look()).to.deep.equal([]);
  });

  it('that ends here before its node is known to be gone is over for who has its anchor then', () => {
    const { bridge, exchange } = new Scene();
    const callId = newCallId(2, START - 20_000, callCounter(7, true));
    bridge.elsewhere.add(callId);
    exchange.control.restore(
      [{ line: 'sip/7', hook: 'off', state: { phase: 'talking', role: 'terminating', callId } }],
      undefined,
      exchange.now,
    );
    exchange.onHook('sip/7');
    expect(bridge.look()).to.deep.equal(['mgw: - | -']);
  });

  it('is forgotten with a caller whose node was frozen, where nobody had been called', () => {
    const { exchange, made } = bound(new Scene());
    exchange.setUp(PHONE, '30');
    exchange.control.release(PHONE, exchange.now);
    made('to caller', 'to called');
    expect([exchange.wanted.has(CALLED), exchange.states]).to.deep.equal([false, []]);
  });

  it('is left to a node that goes on with it, anchor and all', () => {
    const { bridge, exchange, store } = new Scene().talk();
    const callId = store.only?.callId ?? '';
    exchange.control.leave(callId, false, exchange.now);
    expect([exchange.states, bridge.forgotten.includes(callId), store.only]).to.deep.equal([[], true, undefined]);
    expect(bridge.look()).to.deep.equal([]);
  });
});

/** Whom call control has called rings, and says no more. */
function rings(exchange: Exchange): void {
  exchange.event(CALLED, { kind: 'reached', phase: 'ringing', callId: exchange.wanted.get(CALLED)?.callId });
}

function bound(scene: Scene): { readonly bridge: Bridge; readonly exchange: Exchange; made(...locals: AnchorLocals): void } {
  return { bridge: scene.bridge, exchange: scene.exchange, made: (...locals) => scene.made(...locals) };
}

// Telephones on a simulated MEGACO gateway, without sockets: time and network are the test's. The controller writes compact
// text; what lies between it and a gateway that speaks otherwise is transcribed.
import { expect } from 'chai';
import type { Hop } from '@altpath/core';
import { BINARY, COMPACT_TEXT, type Encoding, type EncodingName, PRETTY_TEXT, tpktFrame } from '@altpath/megaco';
import { MegacoRig, type MegacoRigOptions } from './megaco-rig.js';
import { MegacoTestController } from './megaco-test-controller.js';

const NUMBERS = { '1001': 'line/1', '1002': 'line/2' };
const ENCODINGS: Readonly<Record<EncodingName, Encoding>> = { compact: COMPACT_TEXT, pretty: PRETTY_TEXT, binary: BINARY };

/** A rig whose controller is 10 ms away; `run` lets time pass. */
class Table {
  now = 0;
  readonly seen: string[] = [];
  readonly controller: MegacoTestController;
  readonly rig: MegacoRig;
  readonly #hop: Hop;
  #actions: { readonly at: number; readonly run: () => void }[] = [];

  constructor(options: Partial<MegacoRigOptions> = {}, sliceBytes = Number.POSITIVE_INFINITY) {
    const { encoding = 'compact', transport = 'udp' } = options;
    const port = encoding === 'binary' ? 2945 : 2944;
    this.#hop = { transport, host: '10.0.0.11', port, ...(transport === 'tcp' && { flow: 1 }) };
    const later = (delayMs: number, run: () => void): (() => void) => {
      const action = { at: this.now + delayMs, run };
      this.#actions.push(action);
      return () => (this.#actions = this.#actions.filter((other) => other !== action));
    };
    const around = {
      now: () => this.now,
      later,
      send: (data: Buffer, hop: Hop) => {
        if (hop.host !== this.#hop.host || hop.port !== port) return;
        const message = transport === 'tcp' ? data.subarray(4) : data;
        later(10, () => this.controller.receive(transcribed(message, ENCODINGS[encoding], COMPACT_TEXT).toString()));
      },
    };
    const onMessage: MegacoRigOptions['onMessage'] = (direction, message) => {
      const decoded = ENCODINGS[encoding].decode(message);
      this.seen.push(decoded.ok ? direction : `${direction} unreadable`);
    };
    this.rig = new MegacoRig({ mid: 'gw1', lines: ['line/[1-2]'], mgcs: ['10.0.0.11'], onMessage, ...options }, around, '10.0.0.1');
    this.controller = new MegacoTestController('mgc1', NUMBERS, (text) => {
      const message = transcribed(Buffer.from(text), COMPACT_TEXT, ENCODINGS[encoding]);
      const data = transport === 'tcp' ? tpktFrame(message) : message;
      for (let at = 0; at < data.length; at += sliceBytes) {
        const slice = data.subarray(at, at + sliceBytes);
        later(10, () => this.rig.receive(slice, this.#hop));
      }
    });
  }

  /** Power on, and the controller has asked for off-hook. */
  static on(options: Partial<MegacoRigOptions> = {}, sliceBytes?: number): Table {
    const table = new Table(options, sliceBytes);
    table.rig.start();
    table.run(100);
    return table;
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#actions.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (!next) break;
      this.now = Math.max(this.now, next.at);
      this.#actions = this.#actions.filter((other) => other !== next);
      next.run();
    }
    this.now = end;
  }
}

function transcribed(message: Buffer, from: Encoding, to: Encoding): Buffer {
  if (from === to) return message;
  const decoded = from.decode(message);
  if (!decoded.ok) throw new Error(`${from.name}: ${decoded.fault.code} ${decoded.fault.hint ?? ''}: ${message.toString('latin1')}`);
  const encoded = to.encode(decoded.value);
  if (!encoded.ok) throw new Error(`${to.name}: ${encoded.fault.code}`);
  return encoded.value;
}

/** What both users saw, from lifting the receiver to both being at rest. */
function call(table: Table): { readonly caller: readonly string[]; readonly callee: readonly string[] } {
  const [caller, callee] = [table.rig.line('line/1'), table.rig.line('line/2')];
  const steps = [() => caller.offHook(), () => caller.dial('1002'), () => callee.offHook(), () => callee.onHook(), () => caller.onHook()];
  for (const step of steps) {
    step();
    table.run(500);
  }
  return { caller: caller.history, callee: callee.history };
}

const CALL = {
  caller: ['idle', 'silence', 'dial-tone', 'silence', 'ringback', 'listening', 'talking', 'silence', 'busy', 'idle'],
  callee: ['idle', 'ringing', 'talking', 'idle'],
};

describe('telephones on a simulated MEGACO gateway', () => {
  for (const encoding of ['compact', 'pretty', 'binary'] as const) {
    it(`a script makes a call in ${encoding}, and sees what its users would`, () => {
      const table = Table.on({ encoding });
      expect([table.rig.line('line/1').service, table.rig.controller]).to.deep.equal(['in', 'mgc1']);
      expect(call(table)).to.deep.equal(CALL);
      expect([table.rig.contextsLeft, table.seen.filter((what) => what.endsWith('unreadable'))]).to.deep.equal([[], []]);
    });
  }

  it('streams may be cut anywhere, and are seen message by message', () => {
    const table = Table.on({ transport: 'tcp' }, 7);
    expect(call(table)).to.deep.equal(CALL);
    expect(table.seen.filter((what) => what.endsWith('unreadable'))).to.deep.equal([]);
  });

  it('in a call there are two contexts, each with a line and where its media goes', () => {
    const table = Table.on();
    const [caller, callee] = [table.rig.line('line/1'), table.rig.line('line/2')];
    caller.offHook();
    table.run(100);
    caller.dial('1002');
    table.run(100);
    callee.offHook();
    table.run(100);
    expect(table.rig.contextsLeft.map(({ terminations }) => terminations)).to.deep.equal([
      ['line/1', 'rtp/1'],
      ['line/2', 'rtp/2'],
    ]);
    const [near, far] = [...caller.media.values(), ...callee.media.values()];
    expect([near?.connection, near?.mode, near?.remote]).to.deep.equal(['rtp/1', 'sendrecv', { host: '10.0.0.1', port: far?.localPort }]);
  });

  it('what the network doubles is done once', () => {
    const table = Table.on();
    table.rig.mischief.duplicateShare = 1;
    expect(call(table)).to.deep.equal(CALL);
    expect(table.rig.contextsLeft).to.deep.equal([]);
  });

  it('what a stream says in silence is said afterwards, in order', () => {
    const table = Table.on({ transport: 'tcp' });
    const line = table.rig.line('line/1');
    table.rig.mischief.silent = true;
    line.offHook();
    table.run(50);
    line.onHook();
    table.run(50);
    expect(table.controller.heard.filter((what) => what.startsWith('N'))).to.deep.equal([]);
    table.rig.mischief.behave();
    table.run(500);
    expect(table.controller.heard.filter((what) => what.startsWith('N'))).to.deep.equal(['N al/of', 'N al/on']);
    expect([line.state, line.history.includes('dial-tone')]).to.deep.equal(['idle', false]);
  });

  it('without its controller a line is unknown: at first as one that starts, later as one that lost it', () => {
    const table = new Table({ transactions: { tMaxMs: 2_000 }, timers: { mwdMs: 0 } });
    table.rig.mischief.silent = true;
    table.rig.start();
    table.run(500);
    const line = table.rig.line('line/1');
    expect([line.service, table.rig.controller]).to.deep.equal(['restarting', undefined]);
    table.rig.mischief.behave();
    table.run(5_000);
    expect([line.service, table.rig.controller]).to.deep.equal(['in', 'mgc1']);
    table.rig.mischief.silent = true;
    line.offHook();
    table.run(5_000);
    expect([line.service, table.rig.controller]).to.deep.equal(['disconnected', undefined]);
    table.rig.mischief.behave();
    table.run(5_000);
    expect([line.service, line.state]).to.deep.equal(['in', 'dial-tone']);
    expect(table.controller.heard.filter((what) => what.startsWith('SC'))).to.deep.equal(['SC RS', 'SC DC']);
  });

  it('a restart forgets contexts and tones, keeps the hook, and registers anew', () => {
    const table = Table.on();
    call(table);
    const line = table.rig.line('line/1');
    line.offHook();
    table.run(100);
    line.dial('1002');
    table.run(100);
    table.rig.restart();
    expect([line.state, line.service, table.rig.contextsLeft, table.rig.controller]).to.deep.equal([
      'silence',
      'restarting',
      [],
      undefined,
    ]);
    table.run(1_000);
    expect(table.controller.heard.filter((what) => what.startsWith('SC'))).to.deep.equal(['SC RS', 'SC RS']);
    expect([line.service, line.state, table.rig.line('line/2').state]).to.deep.equal(['in', 'dial-tone', 'idle']);
  });

  it('refuses options that name nobody', () => {
    expect(() => new Table({ mgcs: [] })).to.throw(RangeError);
    expect(() => new Table({ mgcs: ['mgc.test'] })).to.throw(RangeError);
    expect(() => new Table({ mid: 'a b' })).to.throw(RangeError);
    expect(() => new Table({ lines: ['line/[1-'] })).to.throw(RangeError);
    expect(() => Table.on().rig.line('line/9')).to.throw(RangeError);
  });
});

// Telephones on a simulated gateway, without sockets: time and network are the test's.
import { expect } from 'chai';
import { formatHostPort, type Hop } from '@altpath/core';
import type { GatewayOptions } from './mgcp-rig.js';
import { GatewayRig } from './mgcp-rig.js';
import { LineTimeout } from './analog-line.js';
import { TestAgent } from './mgcp-test-agent.js';

const AGENT: Hop = { transport: 'udp', host: '10.0.0.11', port: 2727 };
const NUMBERS = { '1001': 'aaln/1', '1002': 'aaln/2' };

/** A rig whose agent is 10 ms away; `run` lets time pass. */
class Table {
  now = 0;
  readonly sent: string[] = [];
  readonly agent: TestAgent;
  readonly rig: GatewayRig;
  #actions: { readonly at: number; readonly run: () => void }[] = [];

  constructor(options: Partial<GatewayOptions> = {}) {
    const later = (delayMs: number, run: () => void): (() => void) => {
      const action = { at: this.now + delayMs, run };
      this.#actions.push(action);
      return () => (this.#actions = this.#actions.filter((other) => other !== action));
    };
    const around = {
      now: () => this.now,
      later,
      send: (data: Buffer, hop: Hop) => {
        this.sent.push(`${this.now} ${formatHostPort(hop)} ${data.toString().split('\r\n')[0] ?? ''}`);
        if (hop.host === AGENT.host) later(10, () => this.agent.receive(data.toString()));
      },
    };
    this.rig = new GatewayRig(
      { domain: 'gw1.test', lines: ['aaln/[1-2]'], callAgents: ['10.0.0.11'], timers: { mwdMs: 0 }, ...options },
      around,
      '10.0.0.1',
    );
    this.agent = new TestAgent('gw1.test', NUMBERS, (text) => later(10, () => this.rig.receive(Buffer.from(text), AGENT)));
  }

  /** Power on, and the agent has asked for off-hook. */
  static on(options: Partial<GatewayOptions> = {}): Table {
    const table = new Table(options);
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

/** What both users saw, from lifting the receiver to both being at rest. */
function call(table: Table, pauseMs = 500): void {
  const [caller, callee] = [table.rig.line('aaln/1'), table.rig.line('aaln/2')];
  const steps = [() => caller.offHook(), () => caller.dial('1002'), () => callee.offHook(), () => callee.onHook(), () => caller.onHook()];
  for (const step of steps) {
    step();
    table.run(pauseMs);
  }
}

describe('telephones on a simulated gateway', () => {
  it('a script makes a call, and sees what its users would', () => {
    const table = Table.on();
    const [caller, callee] = [table.rig.line('aaln/1'), table.rig.line('aaln/2')];
    expect([caller.service, caller.state]).to.deep.equal(['in', 'idle']);
    caller.offHook();
    table.run(100);
    caller.dial('1002', 50);
    table.run(400);
    expect([caller.state, callee.state, callee.callerId]).to.deep.equal([
      'ringback',
      'ringing',
      { time: '11/22/14/24', number: '1001', name: 'A' },
    ]);
    callee.offHook();
    table.run(100);
    expect(table.rig.connectionsLeft.map(({ line, mode }) => `${line} ${mode}`)).to.deep.equal(['aaln/1 sendrecv', 'aaln/2 sendrecv']);
    callee.onHook();
    table.run(100);
    caller.onHook();
    table.run(100);
    expect(caller.history).to.deep.equal([
      'idle',
      'silence',
      'dial-tone',
      'silence',
      'listening',
      'ringback',
      'talking',
      'silence',
      'busy',
      'idle',
    ]);
    expect(callee.history).to.deep.equal(['idle', 'ringing', 'talking', 'idle']);
    expect([callee.callerId, table.rig.connectionsLeft]).to.deep.equal([undefined, []]);
  });

  it('waiting ends as soon as the state is there, and with the whole story when it is not', async () => {
    const table = Table.on();
    const line = table.rig.line('aaln/1');
    line.offHook();
    const tone = line.until('dial-tone');
    const talk = line.until('talking', 1_000).then(
      () => 'talked',
      (error: unknown) => (error instanceof LineTimeout ? error.message : 'another error'),
    );
    table.run(1_000);
    await tone;
    expect(await talk).to.equal('aaln/1 is dial-tone and not talking after 1000 ms; it was idle, silence, dial-tone');
  });

  it('datagrams are lost, doubled and overtaken the same way each time for one seed', () => {
    const heard = [7, 7, 8].map((seed) => {
      const table = new Table({ seed });
      Object.assign(table.rig.mischief, { lossShare: 0.1, duplicateShare: 0.2, reorderShare: 0.2 });
      table.rig.start();
      table.run(60_000);
      return table.sent.join('\n');
    });
    expect(heard[0]).to.equal(heard[1]);
    expect(heard[0]).not.to.equal(heard[2]);
  });

  it('a name is resolved by the table of names, and its addresses are tried in turn', () => {
    const names = { 'ca.test': ['10.0.0.12', '10.0.0.11'] };
    const table = new Table({ callAgents: ['ca@ca.test'], names });
    table.rig.start();
    table.run(20_000);
    const places = new Set(table.sent.map((line) => line.split(' ')[1]));
    expect([...places]).to.deep.equal(['10.0.0.12:2727', '10.0.0.11:2727']);
    expect(table.rig.line('aaln/1').service).to.equal('in');
  });

  it('silence is a cut cable: nothing passes, and what was waiting goes on afterwards', () => {
    const table = Table.on();
    table.rig.mischief.silent = true;
    const before = table.sent.length;
    table.rig.line('aaln/1').offHook();
    table.run(1_000);
    expect([table.sent.length - before, table.rig.line('aaln/1').state]).to.deep.equal([0, 'silence']);
    table.rig.mischief.behave();
    table.run(3_000);
    expect(table.rig.line('aaln/1').state).to.equal('dial-tone');
  });

  it('lateness is a long way to the agent', () => {
    const table = Table.on();
    table.rig.mischief.lateMs = 300;
    table.rig.line('aaln/1').offHook();
    table.run(600);
    expect(table.rig.line('aaln/1').state).to.equal('silence');
    table.run(100);
    expect(table.rig.line('aaln/1').state).to.equal('dial-tone');
  });

  it('a restart forgets connections and tones, keeps the hook, and is told to the agent', () => {
    const table = Table.on();
    call(table);
    const line = table.rig.line('aaln/1');
    line.offHook();
    table.run(100);
    table.rig.restart();
    expect([line.state, line.service, table.rig.connectionsLeft]).to.deep.equal(['silence', 'restarting', []]);
    table.run(100);
    expect(table.agent.heard.filter((text) => text.startsWith('RSIP')).length).to.equal(2);
    // The agent asks for an off-hook that has been: 401, and then it knows.
    expect(table.agent.heard.filter((text) => text.startsWith('401')).length).to.equal(1);
    expect([line.service, line.state]).to.deep.equal(['in', 'dial-tone']);
  });

  it('refuses options that name nobody', () => {
    expect(() => new Table({ callAgents: [] })).to.throw(RangeError);
    expect(() => new Table({ callAgents: ['a b'] })).to.throw(RangeError);
    expect(() => new Table({ lines: ['aaln/[1-'] })).to.throw(RangeError);
    expect(() => Table.on().rig.line('aaln/9')).to.throw(RangeError);
  });
});

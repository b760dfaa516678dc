import { formatHostPort, type Hop, NEVER } from '@altpath/core';
import { expect } from 'chai';
import type { MId, ServiceChangeParameters, ServiceChangeResult } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { COMPACT_TEXT } from '../transaction/index.js';
import { hopOf } from '../transaction/testing.js';
import { ControlAssociation } from './association.js';
import { gatewaySettings, type MediaGatewayOptions } from './settings.js';

const A = '10.0.0.11:2944';
const B = '10.0.0.12:2944';
const C = '10.0.0.13:2944';

function ip(text: string): MId {
  const [address = '', port = '2944'] = text.split(':');
  return { kind: 'ip4', address, port: Number(port) };
}

/** The reply to a registration. */
function reply(result: ServiceChangeResult = {}): ReplyResult {
  return { kind: 'actions', actions: [{ contextId: 0, commands: [{ kind: 'service-change', terminationId: 'ROOT', result }] }] };
}

function error(code: number): ReplyResult {
  return { kind: 'error', code };
}

/** An association, the registrations that it sent (`failover 909 10.0.0.12:2944 v3`), and what it told otherwise. */
class Stage {
  now = 0;
  dice = 0;
  readonly association: ControlAssociation;
  #said: string[] = [];
  #to = '';
  #flows = 0;

  constructor(
    options: Partial<MediaGatewayOptions> = {},
    private readonly transport: 'udp' | 'tcp' = 'udp',
  ) {
    const mgcs = [A, B, C].map((address) => ({ hop: this.hop(address) }));
    this.association = new ControlAssociation({
      settings: gatewaySettings({ mId: { kind: 'device', name: 'mg1' }, lines: [], mgcs, mediaAddress: '10.0.0.1', ...options }),
      encoding: COMPACT_TEXT,
      random: () => this.dice,
      register: (parameters, { hop, version }) => this.#register(parameters, hop, version),
      withdraw: () => undefined,
      registered: ({ hop, version }, method) => void this.#said.push(`up ${formatHostPort(hop)} ${method} v${version}`),
      lost: () => void this.#said.push('lost'),
      resolve: (id, { host, port }) => void this.#said.push(`resolve ${id} ${host}:${port}`),
      close: (flow, reason) => void this.#said.push(`close ${flow} ${reason}`),
      changed: () => undefined,
    });
  }

  hop(address: string): Hop {
    return { ...hopOf(address), transport: this.transport };
  }

  #register({ method, reason, version, mgcId, address }: ServiceChangeParameters, hop: Hop, written: number): void {
    expect([written, mgcId, address]).to.deep.equal([1, undefined, undefined]);
    this.#to = formatHostPort(hop);
    this.#said.push(`${method} ${reason.slice(0, 3)} ${this.#to} v${version}`);
  }

  start(): void {
    this.association.start(this.now);
    this.run(0);
  }

  /** In charge: the primary, or whoever answers. */
  static up(options: Partial<MediaGatewayOptions> = {}, transport: 'udp' | 'tcp' = 'udp'): Stage {
    const stage = new Stage(options, transport);
    stage.start();
    stage.answers();
    stage.said();
    return stage;
  }

  /** Whoever was asked last answers. */
  answers(result: ReplyResult = reply(), from = this.#to): void {
    this.#flows += 1;
    const hop = { ...this.hop(from), ...(this.transport === 'tcp' && { flow: this.#flows }) };
    this.association.answered(result, ip(from), hop, this.now);
  }

  fails(): void {
    this.association.failed(this.now);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let at = this.association.deadline(); at <= end && at !== NEVER; at = this.association.deadline()) {
      this.now = Math.max(this.now, at);
      this.association.tick(this.now);
    }
    this.now = end;
  }

  said(): readonly string[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }
}

describe('the control association at a cold start', () => {
  it('asks the primary, then the others in order, and after a random wait all of them again', () => {
    const stage = new Stage({ timers: { mwdMs: 10_000, retryMs: 1_000 } });
    stage.dice = 0.5;
    stage.start();
    expect(stage.said()).to.deep.equal([]);
    stage.run(5_000);
    for (let i = 0; i < 3; i += 1) stage.fails();
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v3`, `restart 901 ${B} v3`, `restart 901 ${C} v3`]);
    stage.run(5_999);
    expect(stage.said()).to.deep.equal([]);
    stage.run(1);
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v3`]);
  });

  it('somebody at a telephone ends the wait', () => {
    const stage = new Stage({ timers: { mwdMs: 10_000 } });
    stage.dice = 0.9;
    stage.start();
    stage.association.used(stage.now);
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v3`]);
  });

  it('a refusal sends it to the next one, another controller that it names before all others', () => {
    const stage = new Stage();
    stage.start();
    stage.answers(error(502));
    stage.answers(reply({ mgcId: ip('10.0.0.77:2950') }));
    stage.answers();
    expect(stage.said()).to.deep.equal([
      `restart 901 ${A} v3`,
      `restart 901 ${B} v3`,
      'restart 901 10.0.0.77:2950 v3',
      'up 10.0.0.77:2950 restart v3',
    ]);
  });

  it('who was named and says nothing is followed by the others of the list', () => {
    const stage = new Stage();
    stage.start();
    stage.answers(reply({ mgcId: ip('10.0.0.77:2950') }));
    stage.fails();
    expect(stage.said().at(-1)).to.equal(`restart 901 ${B} v3`);
  });

  it('two controllers that name each other are followed five times', () => {
    const stage = new Stage();
    stage.start();
    for (const to of [B, A, B, A, B, A]) stage.answers(reply({ mgcId: ip(to) }));
    expect(stage.said()).to.have.length(7);
    stage.answers(reply({ mgcId: ip(A) }));
    expect(stage.said().at(-1)).to.equal(`restart 901 ${C} v3`);
  });

  it('a controller that is named by its domain is looked for', () => {
    const stage = new Stage();
    stage.start();
    stage.answers(reply({ mgcId: { kind: 'domain', name: 'mgc.test' } }));
    expect(stage.said().at(-1)).to.equal('resolve 1 mgc.test:2944');
    stage.association.resolved(1, [{ host: '10.0.0.88', port: 2944, transport: 'udp' }], stage.now);
    expect(stage.said()).to.deep.equal(['restart 901 10.0.0.88:2944 v3']);
    stage.answers(reply({ mgcId: { kind: 'domain', name: 'none.test', port: 1 } }));
    stage.association.resolved(2, [], stage.now);
    expect(stage.said()).to.deep.equal(['resolve 2 none.test:1', `restart 901 ${B} v3`]);
  });

  it('a device name says something only where it is provisioned', () => {
    const mId: MId = { kind: 'device', name: 'mgc2' };
    const stage = new Stage({ mgcs: [{ hop: hopOf(A) }, { hop: hopOf(C) }, { hop: hopOf(B), mId }] });
    stage.start();
    stage.answers(reply({ mgcId: { kind: 'device', name: 'MGC2' } }));
    expect(stage.said().at(-1)).to.equal(`restart 901 ${B} v3`);
    stage.answers(reply({ mgcId: { kind: 'device', name: 'mgc3' } }));
    expect(stage.said().at(-1)).to.equal(`restart 901 ${C} v3`);
  });
});

describe('the version of an association', () => {
  it('is the one that is answered, where it is not higher than the one offered', () => {
    const stage = new Stage();
    stage.start();
    stage.answers(reply({ version: 1 }));
    expect(stage.said().at(-1)).to.equal(`up ${A} restart v1`);
  });

  it('406 has a lower one offered to the same controller, until there is none', () => {
    const stage = new Stage();
    stage.start();
    for (let i = 0; i < 3; i += 1) stage.answers(error(406));
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v3`, `restart 901 ${A} v2`, `restart 901 ${A} v1`, `restart 901 ${B} v3`]);
  });

  it('406 of a whole message means the same', () => {
    const stage = new Stage();
    stage.start();
    stage.association.messageError({ kind: 'error', code: 406 }, hopOf(A), stage.now);
    expect(stage.said().at(-1)).to.equal(`restart 901 ${A} v2`);
  });

  it('a controller that wants a higher one is left', () => {
    const stage = new Stage({ version: 2 }, 'tcp');
    stage.start();
    stage.answers(reply({ version: 3 }));
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v2`, 'close 1 version', `restart 901 ${B} v2`]);
  });
});

describe('the failure of a controller', () => {
  it('has the list tried from its beginning without the one that failed, which comes last', () => {
    const stage = Stage.up();
    for (let i = 0; i < 4; i += 1) stage.fails();
    expect(stage.said()).to.deep.equal(['lost', `failover 909 ${B} v3`, `failover 909 ${C} v3`, `disconnected 900 ${A} v3`]);
    expect(stage.association.state).to.equal('waiting');
  });

  it('of a secondary has the primary tried first', () => {
    const stage = Stage.up();
    stage.fails();
    stage.answers();
    stage.said();
    stage.fails();
    expect(stage.said()).to.deep.equal(['lost', `failover 909 ${A} v3`]);
  });

  it('when all have failed the list is tried in order after the wait', () => {
    const stage = Stage.up();
    stage.fails();
    stage.answers();
    for (let i = 0; i < 4; i += 1) stage.fails();
    stage.said();
    stage.run(1_000);
    for (let i = 0; i < 3; i += 1) stage.fails();
    expect(stage.said()).to.deep.equal([`failover 909 ${A} v3`, `disconnected 900 ${B} v3`, `failover 909 ${C} v3`]);
  });

  it('who named the one that was lost has it told so', () => {
    const stage = Stage.up();
    stage.fails();
    stage.answers(reply({ mgcId: ip(A) }));
    expect(stage.said().at(-1)).to.equal(`disconnected 900 ${A} v3`);
  });

  it('a controller from outside the list is not forgotten', () => {
    const stage = Stage.up();
    stage.association.handOff(ip('10.0.0.77:2950'), stage.now);
    stage.answers();
    stage.said();
    for (let i = 0; i < 5; i += 1) stage.fails();
    expect(stage.said().slice(1)).to.deep.equal([
      `failover 909 ${A} v3`,
      `failover 909 ${B} v3`,
      `failover 909 ${C} v3`,
      'disconnected 900 10.0.0.77:2950 v3',
    ]);
  });

  it('is not proved by what ICMP says, be it of the association or of a registration', () => {
    const stage = Stage.up();
    stage.association.unreachable(hopOf(A), stage.now);
    expect(stage.said()).to.deep.equal([]);
    stage.fails();
    stage.association.unreachable(hopOf(B), stage.now);
    expect(stage.said()).to.deep.equal(['lost', `failover 909 ${B} v3`]);
  });
});

describe('an association over TCP', () => {
  it('fails with its connection', () => {
    const stage = Stage.up({}, 'tcp');
    stage.association.flowClosed({ ...stage.hop(A), flow: 1 }, stage.now);
    expect(stage.said()).to.deep.equal(['lost', `failover 909 ${B} v3`]);
  });

  it('does not mind other connections, nor old ones', () => {
    const stage = Stage.up({}, 'tcp');
    stage.association.flowClosed({ ...stage.hop(A), flow: 9 }, stage.now);
    stage.association.flowClosed({ ...stage.hop(B), flow: 9 }, stage.now);
    expect(stage.said()).to.deep.equal([]);
    stage.association.handOff(ip(A), stage.now);
    stage.association.flowClosed({ ...stage.hop(A), flow: 1 }, stage.now);
    expect(stage.said()).to.deep.equal(['lost', `handoff 903 ${A} v3`]);
  });

  it('a connection that cannot be opened sends the registration to the next one', () => {
    const stage = new Stage({}, 'tcp');
    stage.start();
    stage.association.unreachable(stage.hop(A), stage.now);
    stage.association.unreachable(stage.hop(A), stage.now);
    expect(stage.said()).to.deep.equal([`restart 901 ${A} v3`, `restart 901 ${B} v3`]);
  });

  it('closes the connection of a controller that says nothing any more', () => {
    const stage = Stage.up({}, 'tcp');
    stage.fails();
    expect(stage.said()).to.deep.equal(['close 1 silent', 'lost', `failover 909 ${B} v3`]);
  });
});

describe('the address of a reply', () => {
  it('is where requests go, a port or a whole address', () => {
    const stage = new Stage();
    stage.start();
    stage.answers(reply({ address: { kind: 'port', port: 3000 } }));
    expect(stage.said().at(-1)).to.equal('up 10.0.0.11:3000 restart v3');
    stage.fails();
    stage.answers(reply({ address: ip('10.0.0.99:3001') }));
    expect(stage.said().at(-1)).to.equal('up 10.0.0.99:3001 failover v3');
  });
});

describe('a hand-off', () => {
  it('is followed with the same contexts, and where nobody answers it is a failure', () => {
    const stage = Stage.up();
    stage.association.handOff(ip(C), stage.now);
    stage.fails();
    stage.fails();
    expect(stage.said()).to.deep.equal(['lost', `handoff 903 ${C} v3`, `failover 909 ${B} v3`, `disconnected 900 ${A} v3`]);
  });

  it('to the controller itself has it registered anew', () => {
    const stage = Stage.up();
    stage.association.handOff(ip(A), stage.now);
    stage.answers();
    expect(stage.said()).to.deep.equal(['lost', `handoff 903 ${A} v3`, `up ${A} handoff v3`]);
  });

  it('to nobody, or to somebody that cannot be found, is a failure', () => {
    for (const to of [undefined, { kind: 'device', name: 'x' } as const]) {
      const stage = Stage.up();
      stage.association.handOff(to, stage.now);
      expect(stage.said()).to.deep.equal(['lost', `failover 909 ${B} v3`]);
    }
  });

  it('to a domain has it looked for, and the list tried where it is not found', () => {
    const stage = Stage.up();
    stage.association.handOff({ kind: 'domain', name: 'mgc.test', port: 2955 }, stage.now);
    stage.association.resolved(1, [{ host: '10.0.0.88', port: 2955, transport: 'udp' }], stage.now);
    stage.fails();
    expect(stage.said()).to.deep.equal(['lost', 'resolve 1 mgc.test:2955', 'handoff 903 10.0.0.88:2955 v3', `failover 909 ${B} v3`]);
  });
});

describe('whose commands are obeyed', () => {
  it('those of whoever is in charge, by its name or by its address', () => {
    const stage = Stage.up();
    expect(stage.association.isController(ip(A), hopOf('10.0.0.11:4444'))).to.equal(true);
    expect(stage.association.isController({ kind: 'device', name: 'other' }, hopOf(A))).to.equal(true);
    expect(stage.association.isController(ip(B), hopOf(B))).to.equal(false);
    stage.fails();
    expect(stage.association.isController(ip(A), hopOf(A))).to.equal(false);
  });

  it('out of service it is nobody, and nobody is looked for; back again, whoever was in charge is told first', () => {
    const stage = Stage.up();
    stage.fails();
    stage.answers();
    stage.said();
    stage.association.leave(stage.now);
    stage.run(600_000);
    expect(stage.said()).to.deep.equal(['lost']);
    stage.association.returned(stage.now);
    stage.fails();
    expect(stage.said()).to.deep.equal([`restart 900 ${B} v3`, `restart 900 ${A} v3`]);
  });
});

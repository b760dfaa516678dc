// Two protocols on one call control: whose orders go where, and when nothing is looked for any more.
import { expect } from 'chai';
import { type FoundLeg, type HalfCallPort, type HalfCallState, type LineName, newCallId } from '@altpath/call-control';
import { type ClusterNode, type Millis, type PeerDirectory, SILENT } from '@altpath/core';
import { PatchPanel } from './patch-panel.js';

const START: Millis = 1_700_000_000_000;
const [A, B] = ['aaln/1@rgw1', 'line/1@mg1'] as const;
const CALL_ID = newCallId(2, START - 5_000, 7);

class Port implements HalfCallPort {
  readonly orders: (readonly [LineName, string])[] = [];

  constructor(readonly protocol: string) {}

  order(line: LineName, { phase }: HalfCallState): void {
    this.orders.push([line, phase]);
  }
}

const down = new Set<number>();
const holders = new Map<string, number>();
const NODES: readonly ClusterNode[] = ['a', 'b'].map((name, index) => ({ name, index, self: index === 0, addresses: [] }));
const PEERS: PeerDirectory = {
  self: NODES[0] as ClusterNode,
  nodes: NODES,
  state: (index) => (down.has(index) ? 'down' : 'up'),
  isFresh: () => true,
  joining: false,
};

function panelWith(...ports: HalfCallPort[]): PatchPanel {
  const protocolOf = new Map([
    [A, 'mgcp'],
    [B, 'megaco'],
  ]);
  const lines = [...protocolOf].map(([line, protocol]) => ({ line, protocol }));
  const settings = { slot: 1, lines, numbers: { '1': A, '2': B, '3': 'registrar' }, protocolOf, parties: 'sip' };
  const panel = new PatchPanel(settings, { peers: PEERS, observer: SILENT }, START);
  for (const port of ports) panel.join(port, (gateway) => (port.protocol === 'sip' ? undefined : holders.get(gateway)));
  return panel;
}

function talking(line: LineName, role: HalfCallState['role']): FoundLeg {
  return { line, hook: 'off', local: `v=0 of ${line}`, state: { phase: 'talking', role, callId: CALL_ID } };
}

describe("the program's patch panel", () => {
  afterEach(() => {
    down.clear();
    holders.clear();
  });

  it('gives each order to the protocol of its line, and says whose outbox may hold something', () => {
    const [mgcp, megaco] = [new Port('mgcp'), new Port('megaco')];
    const panel = panelWith(mgcp, megaco);
    const stirred: string[] = [];
    panel.onStir((protocol) => stirred.push(protocol));
    panel.portOf('mgcp').service(A, true, START);
    panel.portOf('megaco').service(B, true, START);
    expect([mgcp.orders, megaco.orders]).to.deep.equal([[[A, 'idle']], [[B, 'idle']]]);
    expect(new Set(stirred)).to.deep.equal(new Set(['mgcp', 'megaco']));
  });

  it('gives a protocol time to begin that has not noticed anything yet', () => {
    const [mgcp, megaco] = [new Port('mgcp'), new Port('megaco')];
    const panel = panelWith(mgcp, megaco);
    panel.portOf('megaco').restore([talking(B, 'terminating')], true, START);
    panel.portOf('megaco').restore([], false, START);
    expect([megaco.orders.at(-1), panel.deadline()]).to.deep.equal([[B, 'talking'], START + 4_000]);
    panel.portOf('mgcp').restore([talking(A, 'originating')], true, START + 3_000);
    panel.portOf('mgcp').restore([], false, START + 3_000);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'talking']);
    panel.tick(START + 9_000);
    expect(panel.calls.calls(START, 9).map(({ state }) => state)).to.deep.equal(['talking']);
  });

  it('does not wait for it for ever', () => {
    const megaco = new Port('megaco');
    const panel = panelWith(new Port('mgcp'), megaco);
    panel.portOf('megaco').restore([talking(B, 'terminating')], true, START);
    panel.portOf('megaco').restore([], false, START);
    panel.tick(START + 4_000);
    expect(megaco.orders.at(-1)).to.deep.equal([B, 'busy']);
  });

  it('has a leg missing only when every protocol that looked for legs has found its last', () => {
    const [mgcp, megaco] = [new Port('mgcp'), new Port('megaco')];
    const panel = panelWith(mgcp, megaco);
    panel.portOf('megaco').restore([], true, START);
    panel.portOf('mgcp').restore([talking(A, 'originating')], true, START);
    panel.portOf('mgcp').restore([], false, START);
    expect(panel.calls.calls(START, 9).map(({ state }) => state)).to.deep.equal(['talking']);
    panel.portOf('megaco').restore([talking(B, 'terminating')], false, START);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'talking']);
    expect(megaco.orders.at(-1)).to.deep.equal([B, 'talking']);
  });

  it('ends a call whose other leg nobody has found', () => {
    const mgcp = new Port('mgcp');
    const panel = panelWith(mgcp, new Port('megaco'));
    panel.portOf('mgcp').restore([talking(A, 'originating')], true, START);
    panel.portOf('megaco').restore([], true, START);
    panel.portOf('megaco').restore([], false, START);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'talking']);
    panel.portOf('mgcp').restore([], false, START);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'busy']);
  });

  it('speaks to parties by the protocol of their names', () => {
    const [mgcp, sip] = [new Port('mgcp'), new Port('sip')];
    const panel = panelWith(mgcp, sip);
    panel.portOf('mgcp').service(A, true, START);
    panel.portOf('sip').event('sip/7', { kind: 'set-up', dialled: '1', caller: {}, local: 'v=0 of sip/7' }, START);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'ringing']);
    const callId = panel.calls.calls(START, 1)[0]?.callId;
    panel.portOf('mgcp').event(A, { kind: 'reached', phase: 'ringing', callId, local: 'v=0 of A' }, START);
    panel.portOf('mgcp').event(A, { kind: 'off-hook' }, START);
    expect(sip.orders.at(-1)).to.deep.equal(['sip/7', 'talking']);
  });

  it('calls a line through the living node that holds its gateway, and no other', () => {
    const [mgcp, megaco, sip] = [new Port('mgcp'), new Port('megaco'), new Port('sip')];
    const panel = panelWith(mgcp, megaco, sip);
    panel.portOf('megaco').service(B, true, START);
    const called = (number: number): readonly (readonly [LineName, string])[] => {
      panel.portOf('sip').event(`sip/${number}`, { kind: 'set-up', dialled: '2', caller: {}, local: 'v=0' }, START);
      const ringing = [...megaco.orders, ...sip.orders].filter(([, phase]) => phase === 'ringing');
      panel.portOf('sip').event(`sip/${number}`, { kind: 'on-hook' }, START);
      for (const port of [megaco, sip]) port.orders.length = 0;
      return ringing;
    };
    holders.set('mg1', 1);
    expect(called(1)).to.deep.equal([['sip/o1', 'ringing']]);
    down.add(1);
    expect(called(2)).to.deep.equal([[B, 'ringing']]);
    holders.set('mg1', 0);
    down.clear();
    panel.portOf('megaco').event(B, { kind: 'on-hook' }, START);
    expect(called(3)).to.deep.equal([[B, 'ringing']]);
  });

  it('parties that are found neither begin nor end a search for legs', () => {
    const [mgcp, megaco, sip] = [new Port('mgcp'), new Port('megaco'), new Port('sip')];
    const panel = panelWith(mgcp, megaco, sip);
    const party: FoundLeg = { line: 'sip/9', hook: 'off', state: { phase: 'talking', role: 'terminating', callId: CALL_ID } };
    panel.portOf('mgcp').restore([talking(A, 'originating')], true, START);
    panel
      .portOf('sip')
      .restore(
        [{ ...party, line: 'sip/8', state: { phase: 'talking', role: 'terminating', callId: newCallId(1, START, 9) } }],
        false,
        START,
      );
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'talking']);
    panel.portOf('megaco').restore([], true, START);
    panel.portOf('sip').restore([party], false, START);
    panel.portOf('mgcp').restore([], false, START);
    expect(panel.deadline()).to.be.above(START + 100_000);
    panel.portOf('megaco').restore([], false, START);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'talking']);
    expect(sip.orders).to.deep.include(['sip/9', 'talking']);
  });
});

// Two protocols on one call control: whose orders go where, and when nothing is looked for any more.
import { expect } from 'chai';
import { type FoundLeg, type HalfCallPort, type HalfCallState, type LineName, newCallId } from '@altpath/call-control';
import { type CallStore, type ClusterNode, type Millis, type NodeState, type PeerDirectory, SILENT } from '@altpath/core';
import { MemoryStore } from '@altpath/store';
import { type GatewayHolders, PatchPanel } from './patch-panel.js';

const START: Millis = 1_700_000_000_000;
const [A, B] = ['aaln/1@rgw1', 'line/1@mg1'] as const;
const CALL_ID = newCallId(2, START - 5_000, 7);

class Port implements HalfCallPort {
  readonly orders: (readonly [LineName, string])[] = [];
  readonly forgotten: LineName[] = [];

  constructor(readonly protocol: string) {}

  order(line: LineName, { phase }: HalfCallState): void {
    this.orders.push([line, phase]);
  }

  save(party: LineName): string {
    return `dialog of ${party}`;
  }

  adopt(saved: string): LineName {
    return saved.replace('dialog of sip/', 'sip/a');
  }

  forget(party: LineName): void {
    this.forgotten.push(party);
  }
}

const down = new Set<number>();
const holders = new Map<string, number>();
let joining = false;
/** By protocol and path. */
const along = new Map<string, readonly number[]>();

function peersOf(self: number): PeerDirectory {
  const nodes: readonly ClusterNode[] = ['a', 'b'].map((name, index) => ({ name, index, self: index === self, addresses: [] }));
  const state = (index: number): NodeState => (down.has(index) ? 'down' : 'up');
  return { self: nodes[self] as ClusterNode, nodes, state, isFresh: () => true, joining };
}

/** What the adapter of a protocol knows. */
function held(protocol: string): GatewayHolders {
  return { holderOf: (gateway) => holders.get(gateway), holdersAlong: (path) => along.get(`${protocol} ${path.join()}`) };
}

/** A node's panel. @param store  Where calls are kept. */
function panelAt(slot: number, store: CallStore | undefined, ...ports: HalfCallPort[]): PatchPanel {
  const protocolOf = new Map([
    [A, 'mgcp'],
    [B, 'megaco'],
  ]);
  const lines = [...protocolOf].map(([line, protocol]) => ({ line, protocol }));
  const settings = { slot, nodes: ['a', 'b'], lines, numbers: { '1': A, '2': B, '3': 'registrar' }, protocolOf, parties: 'sip' };
  const panel = new PatchPanel(settings, { peers: peersOf(slot), observer: SILENT, store }, START);
  for (const port of ports) panel.join(port, port.protocol === 'sip' ? undefined : held(port.protocol));
  return panel;
}

function panelWith(...ports: HalfCallPort[]): PatchPanel {
  return panelAt(0, undefined, ...ports);
}

/** Two telephones talk through this node. @returns the call. */
function talk(panel: PatchPanel): string {
  const sip = panel.portOf('sip');
  sip.event('sip/1', { kind: 'set-up', dialled: '3', caller: {}, local: 'v=0 of sip/1' }, START);
  sip.event('sip/o1', { kind: 'off-hook', local: 'v=0 of sip/o1' }, START);
  const [call] = panel.calls.calls(START, 1);
  expect(call?.state).to.equal('talking');
  return call?.callId ?? '';
}

function talking(line: LineName, role: HalfCallState['role']): FoundLeg {
  return { line, hook: 'off', local: `v=0 of ${line}`, state: { phase: 'talking', role, callId: CALL_ID } };
}

describe("the program's patch panel", () => {
  afterEach(() => {
    down.clear();
    holders.clear();
    joining = false;
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

  it('waits for a line whose node does not answer, until somebody else has it', () => {
    const [megaco, sip] = [new Port('megaco'), new Port('sip')];
    const panel = panelWith(megaco, sip);
    const port = panel.portOf('sip');
    holders.set('mg1', 1);
    port.event('sip/1', { kind: 'set-up', dialled: '2', caller: {}, local: 'v=0' }, START);
    const callId = panel.calls.calls(START, 1)[0]?.callId;
    port.event('sip/o1', { kind: 'failed', phase: 'ringing', callId, cause: 'temporary-failure' }, START);
    expect(panel.calls.calls(START, 1)[0]?.state).to.equal('hunting');
    down.add(1);
    panel.peerDown(START + 1_000);
    expect(panel.calls.calls(START, 1)[0]?.state).to.equal('hunting');
    panel.portOf('megaco').restore([{ line: B, hook: 'on' }], false, START + 2_000);
    expect(megaco.orders.at(-1)).to.deep.equal([B, 'ringing']);
  });

  it('waits for what the other nodes say, and calls a line of which nobody knows yet whose it is when that is told', () => {
    const sip = new Port('sip');
    joining = true;
    const panel = panelWith(new Port('mgcp'), new Port('megaco'), sip);
    panel.portOf('sip').event('sip/1', { kind: 'set-up', dialled: '1', caller: {}, local: 'v=0' }, START);
    expect(sip.orders).to.deep.equal([['sip/1', 'routing']]);
    holders.set('rgw1', 1);
    panel.holdersChanged(START + 100);
    expect(sip.orders.at(-1)).to.deep.equal(['sip/o1', 'ringing']);
  });

  it('does not wait for the answer of a node that is down', () => {
    const [mgcp, sip] = [new Port('mgcp'), new Port('sip')];
    const panel = panelWith(mgcp, sip);
    holders.set('rgw1', 1);
    panel.portOf('sip').event('sip/1', { kind: 'set-up', dialled: '1', caller: {}, local: 'v=0' }, START);
    expect(sip.orders.at(-1)).to.deep.equal(['sip/o1', 'ringing']);
    down.add(1);
    panel.peerDown(START + 1_000);
    expect(sip.orders.at(-1)).to.deep.equal(['sip/o1', 'idle']);
    down.clear();
    holders.set('rgw1', 0);
    panel.portOf('mgcp').service(A, true, START + 2_000);
    expect(mgcp.orders.at(-1)).to.deep.equal([A, 'ringing']);
  });

  it('ends a call whose line the other node has, and cannot reach', () => {
    const sip = new Port('sip');
    const panel = panelWith(sip);
    holders.set('mg1', 1);
    panel.portOf('sip').event('sip/1', { kind: 'set-up', dialled: '2', caller: {}, local: 'v=0' }, START);
    const callId = panel.calls.calls(START, 1)[0]?.callId;
    panel.portOf('sip').event('sip/o1', { kind: 'failed', phase: 'ringing', callId, cause: 'destination-out-of-order' }, START);
    expect(sip.orders.at(-1)).to.deep.equal(['sip/1', 'congested']);
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

  it('gives the calls of a node that drains to the next one, which goes on with their parties', () => {
    const [here, there] = [new Port('sip'), new Port('sip')];
    const [a, b] = [panelAt(0, undefined, here), panelAt(1, undefined, there)];
    a.onTell((topic, content) => b.told(topic, content, 0, START));
    b.onTell((topic, content) => a.told(topic, content, 1, START));
    const callId = talk(a);
    a.drain(START);
    expect([here.forgotten, a.calls.calls(START, 9)]).to.deep.equal([['sip/1', 'sip/o1'], []]);
    expect(there.orders).to.deep.equal([
      ['sip/a1', 'talking'],
      ['sip/ao1', 'talking'],
    ]);
    expect(a.portOf('sip').carrierOf?.(callId, undefined, START)).to.equal(1);
    expect(b.portOf('sip').carrierOf?.(callId, undefined, START)).to.equal(undefined);
  });

  it('goes on with the calls of a node that is down, from the store that both have', () => {
    const store = new MemoryStore().calls;
    const there = new Port('sip');
    const [a, b] = [panelAt(0, store, new Port('sip')), panelAt(1, store, there)];
    const callId = talk(a);
    expect(b.portOf('sip').carrierOf?.(callId, undefined, START)).to.equal(0);
    down.add(0);
    b.peerDown(START);
    expect(there.orders.map(([party]) => party)).to.deep.equal(['sip/a1', 'sip/ao1']);
    // The node is back: what another goes on with is not its own any more.
    down.clear();
    const back = panelAt(0, store, new Port('sip'));
    back.joined(START);
    expect(back.calls.calls(START, 9)).to.deep.equal([]);
    expect(back.portOf('sip').carrierOf?.(callId, undefined, START)).to.equal(1);
  });

  it('goes on with its own calls when it is back before anybody took them', () => {
    const store = new MemoryStore().calls;
    const port = new Port('sip');
    talk(panelAt(0, store, new Port('sip')));
    panelAt(0, store, port).joined(START);
    expect(port.orders.map(([party]) => party)).to.deep.equal(['sip/a1', 'sip/ao1']);
  });

  it('leaves a call of its own to the node that has taken its line meanwhile', () => {
    const store = new MemoryStore().calls;
    const before = panelAt(0, store, new Port('mgcp'), new Port('sip'));
    before.portOf('mgcp').service(A, true, START);
    before.portOf('sip').event('sip/1', { kind: 'set-up', dialled: '1', caller: {}, local: 'v=0 of sip/1' }, START);
    expect([...store.records()]).to.have.length(1);
    holders.set('rgw1', 1);
    const back = panelAt(0, store, new Port('mgcp'), new Port('sip'));
    back.joined(START);
    expect(back.calls.calls(START, 9)).to.deep.equal([]);
  });

  it('knows who has the anchor of a call of which nothing is kept here', () => {
    const panel = panelWith(new Port('sip'));
    const nothing = (): undefined => undefined;
    const bridges = { anchor: nothing, hasAnchor: () => false, saveAnchor: nothing, adoptAnchor: nothing, forgetAnchor: nothing };
    panel.joinAnchors('mgcp', { ...bridges, anchorHolder: (callId) => (callId === CALL_ID ? 1 : undefined) });
    expect(panel.portOf('sip').carrierOf?.(CALL_ID, undefined, START)).to.equal(1);
    expect(panel.portOf('sip').carrierOf?.('another', undefined, START)).to.equal(undefined);
    down.add(1);
    expect(panel.portOf('sip').carrierOf?.(CALL_ID, undefined, START)).to.equal(undefined);
  });

  it('tells a node that joins with which of its calls this one goes on', () => {
    const [a, b] = [panelAt(0, new MemoryStore().calls, new Port('sip')), panelAt(1, new MemoryStore().calls, new Port('sip'))];
    const callId = talk(a);
    const state = { phase: 'talking', role: 'originating', callId } as const;
    b.portOf('sip').restore([{ line: 'sip/7', hook: 'off', state }], true, START);
    b.onTell((topic, content) => a.told(topic, content, 1, START));
    b.sendTable(0, START);
    a.joined(START);
    expect(a.calls.calls(START, 9)).to.deep.equal([]);
    expect(a.portOf('sip').carrierOf?.(callId, undefined, START)).to.equal(1);
  });

  it('knows who holds the line at the other end of a call that is not its own', () => {
    const panel = panelWith(new Port('mgcp'), new Port('sip'));
    holders.set('rgw1', 1);
    expect(panel.portOf('sip').carrierOf?.(CALL_ID, A, START)).to.equal(1);
    holders.set('rgw1', 0);
    expect(panel.portOf('sip').carrierOf?.(CALL_ID, A, START)).to.equal(undefined);
  });

  it('tells a protocol who holds gateways of others on the same path, once all of them know', () => {
    const panel = panelWith(new Port('mgcp'), new Port('megaco'), new Port('sip'));
    expect(panel.portOf('megaco').holdersAlong?.([0, 1])).to.equal(undefined);
    along.set('mgcp 0,1', [1]);
    along.set('megaco 0,1', [0]);
    expect(panel.portOf('megaco').holdersAlong?.([0, 1])).to.deep.equal([1]);
    expect(panel.portOf('mgcp').holdersAlong?.([0, 1])).to.deep.equal([0]);
    expect(panel.portOf('sip').holdersAlong?.([0, 1])).to.deep.equal([1, 0]);
    expect(panel.portOf('megaco').holdersAlong?.([1, 0])).to.equal(undefined);
  });
});

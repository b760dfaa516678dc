// Two protocols on one call control: whose orders go where, and when nothing is looked for any more.
import { expect } from 'chai';
import { type FoundLeg, type HalfCallPort, type HalfCallState, type LineName, newCallId } from '@altpath/call-control';
import { type Millis, SILENT } from '@altpath/core';
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

function panelWith(...ports: HalfCallPort[]): PatchPanel {
  const protocolOf = new Map([
    [A, 'mgcp'],
    [B, 'megaco'],
  ]);
  const lines = [...protocolOf].map(([line, protocol]) => ({ line, protocol }));
  const panel = new PatchPanel({ slot: 1, lines, numbers: { '1': A, '2': B }, protocolOf }, SILENT, START);
  for (const port of ports) panel.join(port);
  return panel;
}

function talking(line: LineName, role: HalfCallState['role']): FoundLeg {
  return { line, hook: 'off', local: `v=0 of ${line}`, state: { phase: 'talking', role, callId: CALL_ID } };
}

describe("the program's patch panel", () => {
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
});

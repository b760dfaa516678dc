import type { ClusterNode, NodeState, PeerDirectory } from '@altpath/core';
import { expect } from 'chai';
import { GATEWAY_HELD, GatewayCustody } from './custody.js';
import { formatHoldings, parseHoldings } from './custody-text.js';

const START = 1_700_000_000_000;
const GATEWAYS = [
  { name: 'rgw1', nodes: [0, 1, 2] },
  { name: 'rgw2', nodes: [1, 2, 0] },
];

/** Three nodes as one of them sees them. */
class Peers implements PeerDirectory {
  readonly nodes: readonly ClusterNode[];
  readonly states: NodeState[];
  joining = false;

  constructor(
    readonly selfIndex: number,
    count = 3,
  ) {
    this.nodes = ['a', 'b', 'c'].slice(0, count).map((name, index) => ({ name, index, self: index === selfIndex, addresses: [] }));
    this.states = this.nodes.map(() => 'up');
  }

  get self(): ClusterNode {
    return this.nodes[this.selfIndex] as ClusterNode;
  }

  state(index: number): NodeState {
    return this.states[index] ?? 'down';
  }

  isFresh(index: number): boolean {
    return this.state(index) === 'up';
  }
}

function custodyOf(self: number, down: readonly number[] = []): { custody: GatewayCustody; peers: Peers } {
  const peers = new Peers(self);
  for (const index of down) peers.states[index] = 'down';
  return { custody: new GatewayCustody({ gateways: GATEWAYS }, peers, START), peers };
}

/** A node that has heard all its peers. */
function settled(self: number): { custody: GatewayCustody; peers: Peers } {
  const each = custodyOf(self);
  for (const index of [0, 1, 2].filter((other) => other !== self)) each.custody.told('table 0 1', index, START);
  return each;
}

describe('custody of gateways', () => {
  it('nobody holds a gateway that nobody has claimed', () => {
    const { custody } = settled(0);
    expect([custody.holder('rgw1'), custody.mine('rgw1'), custody.since('rgw1')]).to.deep.equal([undefined, false, 0]);
    expect(custody.holder('rgw9')).to.equal(undefined);
  });

  it('a claim makes it mine, and its text makes it mine for the others', () => {
    const { custody: first } = settled(0);
    const { custody: second } = settled(1);
    const text = first.claim('rgw1', START + 5);
    expect(first.mine('rgw1')).to.equal(true);
    expect(first.held()).to.deep.equal(['rgw1']);
    expect(second.told(text, 0, START + 6)).to.deep.equal([{ gateway: 'rgw1', holder: 0, before: undefined }]);
    expect([second.holder('rgw1'), second.mine('rgw1'), second.since('rgw1')]).to.deep.equal([0, false, START + 5]);
  });

  it('the newest claim wins, however late an older one comes', () => {
    const { custody } = settled(2);
    const old = settled(0).custody.claim('rgw1', START + 1);
    const young = settled(1).custody.claim('rgw1', START + 2);
    custody.told(young, 1, START + 3);
    expect(custody.told(old, 0, START + 4)).to.deep.equal([]);
    expect(custody.holder('rgw1')).to.equal(1);
  });

  it('of two claims of one instant that of the lower index wins on every node', () => {
    const [first, second] = [0, 1].map((self) => settled(self).custody.claim('rgw1', START)) as [string, string];
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const { custody } = settled(2);
      for (const text of order) custody.told(text, 0, START);
      expect(custody.holder('rgw1')).to.equal(0);
    }
  });

  it('a claim is newer than what was claimed before, even by a clock that is ahead', () => {
    const { custody } = settled(0);
    custody.told(settled(1).custody.claim('rgw1', START + 60_000), 1, START);
    custody.claim('rgw1', START + 1);
    expect(custody.since('rgw1')).to.equal(START + 60_001);
  });

  it('a gateway that another takes is reported as lost by this node', () => {
    const { custody } = settled(0);
    custody.claim('rgw1', START);
    const change = custody.told(settled(1).custody.claim('rgw1', START + 9), 1, START + 10);
    expect(change).to.deep.equal([{ gateway: 'rgw1', holder: 1, before: 0 }]);
    expect(custody.mine('rgw1')).to.equal(false);
  });

  it('gateways of one path tell which nodes hold any of them, and this node only those that it has indeed', () => {
    const { custody } = settled(0);
    custody.told(settled(1).custody.claim('rgw1', START), 1, START);
    expect(custody.holdersAlong([0, 1, 2], () => false)).to.deep.equal([1]);
    expect(custody.holdersAlong([1, 2, 0], () => true)).to.deep.equal([]);
    custody.claim('rgw2', START);
    expect(custody.holdersAlong([1, 2, 0], (gateway) => gateway === 'rgw2')).to.deep.equal([0]);
    expect(custody.holdersAlong([1, 2, 0], () => false)).to.deep.equal([]);
    custody.doubt(START + 1);
    expect(custody.holdersAlong([0, 1, 2], () => true)).to.equal(undefined);
  });

  it('the same claim told twice changes nothing', () => {
    const { custody } = settled(0);
    const text = settled(1).custody.claim('rgw1', START + 9);
    custody.told(text, 1, START + 10);
    expect(custody.told(text, 1, START + 11)).to.deep.equal([]);
  });

  it('claiming what is not configured is a mistake of the caller', () => {
    expect(() => settled(0).custody.claim('rgw9', START)).to.throw(RangeError, 'rgw9');
  });

  it('has one topic', () => expect(GATEWAY_HELD).to.equal('gateway.held'));
});

describe('the successor of a gateway', () => {
  const cases: readonly [what: string, holder: number | undefined, states: NodeState[], successor: number | undefined][] = [
    ['nobody has had it: its home', undefined, ['up', 'up', 'up'], 0],
    ['nobody has had it and its home is down: the next', undefined, ['down', 'up', 'up'], 1],
    ['its holder lives: the holder, though its home is back', 1, ['up', 'up', 'up'], 1],
    ['its holder is under suspicion only', 1, ['up', 'suspect', 'up'], 1],
    ['its holder drains', 1, ['up', 'draining', 'up'], 1],
    ['its home died: the next in order', 0, ['down', 'up', 'up'], 1],
    ['two died: the one that is left', 0, ['down', 'down', 'up'], 2],
    ['the second died: the third before home', 1, ['up', 'down', 'up'], 2],
    ['the last died: round to home', 2, ['up', 'up', 'down'], 0],
    ['one that joins comes after one that is up', 0, ['down', 'joining', 'up'], 2],
    ['one that joins before nobody', 0, ['down', 'joining', 'down'], 1],
    ['one that drains takes nothing', 0, ['down', 'draining', 'down'], undefined],
    ['all are down', 0, ['down', 'down', 'down'], undefined],
  ];
  for (const [what, holder, states, successor] of cases)
    it(what, () => {
      const { custody, peers } = settled(0);
      if (holder !== undefined) custody.told(settled(holder).custody.claim('rgw1', START), holder, START);
      peers.states.splice(0, 3, ...states);
      expect(custody.successor('rgw1', START)).to.equal(successor);
    });

  it('goes by the order of the gateway, not of the cluster', () => {
    const { custody, peers } = settled(0);
    expect(custody.successor('rgw2', START)).to.equal(1);
    peers.states[1] = 'down';
    expect(custody.successor('rgw2', START)).to.equal(2);
    expect(custody.successor('rgw9', START)).to.equal(undefined);
  });
});

describe('hearsay', () => {
  it('a node that starts holds nothing for sure until every live peer has sent its table', () => {
    const { custody } = custodyOf(0, [2]);
    custody.claim('rgw1', START);
    expect([custody.hearsay, custody.mine('rgw1')]).to.deep.equal([true, false]);
    custody.told('table 0 1', 1, START + 1);
    custody.tick(START + 1_500);
    expect([custody.hearsay, custody.mine('rgw1')]).to.deep.equal([false, true]);
  });

  it('is over at once for a node without peers, and soon for one whose peers are not heard', () => {
    const { custody: lonely } = custodyOf(0, [1, 2]);
    // What is not heard at the first moment may only not have been heard yet.
    lonely.tick(START + 1_499);
    expect(lonely.hearsay).to.equal(true);
    lonely.tick(START + 1_500);
    expect(lonely.hearsay).to.equal(false);
    const alone = new GatewayCustody({ gateways: GATEWAYS }, new Peers(0, 1), START);
    expect(alone.hearsay).to.equal(false);
  });

  it('is over when the peer that was waited for dies, or after the time for joining', () => {
    const { custody, peers } = custodyOf(0);
    custody.told('table 0 1', 1, START);
    peers.states[2] = 'down';
    custody.tick(START + 1_500);
    expect(custody.hearsay).to.equal(false);

    const { custody: late } = custodyOf(0);
    expect(late.deadline()).to.equal(START + 5_000);
    late.tick(START + 4_999);
    expect(late.hearsay).to.equal(true);
    late.tick(START + 5_000);
    expect(late.hearsay).to.equal(false);
    expect(late.deadline()).to.equal(Infinity);
  });

  it('a claim alone is not a table', () => {
    const { custody } = custodyOf(0, [2]);
    custody.told(settled(1).custody.claim('rgw2', START), 1, START);
    expect(custody.hearsay).to.equal(true);
  });

  it('a node that was frozen learns who took its gateways', () => {
    const { custody: frozen } = settled(0);
    const { custody: other } = settled(1);
    other.told(frozen.claim('rgw1', START), 0, START);
    frozen.claim('rgw2', START);
    other.claim('rgw1', START + 60_000);
    frozen.doubt(START + 120_000);
    expect([frozen.mine('rgw1'), frozen.mine('rgw2')]).to.deep.equal([false, false]);
    const changes = other.holdings().flatMap((text) => frozen.told(text, 1, START + 120_001));
    frozen.told('table 0 1', 2, START + 120_001);
    expect(changes).to.deep.equal([{ gateway: 'rgw1', holder: 1, before: 0 }]);
    expect([frozen.mine('rgw1'), frozen.mine('rgw2')]).to.deep.equal([false, true]);
  });

  it('a node that restarts learns from its peers what it held', () => {
    const { custody: witness } = settled(1);
    witness.told(settled(0).custody.claim('rgw1', START), 0, START);
    const { custody } = custodyOf(0, [2]);
    for (const text of witness.holdings()) custody.told(text, 1, START + 9);
    custody.tick(START + 1_500);
    expect(custody.mine('rgw1')).to.equal(true);
  });
});

describe('the table for a node that joins', () => {
  it('is told even when it is empty', () => {
    expect(settled(0).custody.holdings()).to.deep.equal(['table 0 1']);
  });

  it('comes in pieces that may be heard in any order; all of them make a table', () => {
    const gateways = Array.from({ length: 45 }, (_, at) => ({ name: `gw ${at}%é`, nodes: [0, 1] }));
    const [first, second] = [new Peers(0, 2), new Peers(1, 2)];
    const holder = new GatewayCustody({ gateways }, first, START);
    holder.told('table 0 1', 1, START);
    for (const { name } of gateways) holder.claim(name, START);
    const pieces = holder.holdings();
    expect(pieces).to.have.length(3);
    for (const piece of pieces) expect(Buffer.byteLength(piece)).to.be.below(1_200);
    const joiner = new GatewayCustody({ gateways }, second, START);
    for (const piece of [...pieces].reverse()) {
      expect(joiner.hearsay).to.equal(true);
      joiner.told(piece, 0, START);
      joiner.told(piece, 0, START);
    }
    expect(joiner.hearsay).to.equal(false);
    for (const { name } of gateways) expect(joiner.holder(name), name).to.equal(0);
  });

  it('text survives, and what is no text of ours is passed over', () => {
    const said = { holdings: [{ gateway: 'mg 1/ü', node: 'a', since: START }], piece: { at: 1, of: 3 } };
    expect(parseHoldings(formatHoldings(said))).to.deep.equal(said);
    const { custody } = settled(0);
    for (const text of [
      '',
      'claim',
      'hello',
      'claim\nrgw1',
      'claim\nrgw1 z 5',
      'claim\nrgw9 b 5',
      'claim\nrgw1 b x',
      'claim\n%E9 b 5',
      'claim\n%zz b 5',
    ])
      expect(custody.told(text, 1, START), text).to.deep.equal([]);
    expect(custody.told('claim\nnonsense\nrgw1 b 5', 1, START), 'one good line among bad ones').to.have.length(1);
  });
});

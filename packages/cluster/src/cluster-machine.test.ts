import { expect } from 'chai';
import { NEVER } from '@altpath/core';
import { ClusterMachine } from './cluster-machine.js';
import { KeyRing } from './key-ring.js';
import { HEARTBEAT_MS, hopTo, hostOf, SimulatedCluster } from './simulated-cluster.test.js';

/** Two nodes that have met and are up. */
function pair(): { cluster: SimulatedCluster; a: ReturnType<SimulatedCluster['start']>; b: ReturnType<SimulatedCluster['start']> } {
  const cluster = new SimulatedCluster(2);
  const a = cluster.start(0);
  const b = cluster.start(1);
  cluster.clock.run(1_000);
  return { cluster, a, b };
}

describe('suspicion between nodes', () => {
  it('holds for up and fresh who is heard', () => {
    const { a, b } = pair();
    expect([a.state(0), a.state(1), b.state(0)]).to.deep.equal(['up', 'up', 'up']);
    expect(a.isFresh(1)).to.equal(true);
    expect(a.isFresh(0)).to.equal(true);
  });

  it('suspects after 5 missed heartbeats and holds for down after 10', () => {
    const { cluster, a } = pair();
    cluster.silence(1);
    cluster.clock.run(3 * HEARTBEAT_MS);
    expect([a.state(1), a.isFresh(1)]).to.deep.equal(['up', false]);
    cluster.clock.run(3 * HEARTBEAT_MS);
    expect(a.state(1)).to.equal('suspect');
    cluster.clock.run(5 * HEARTBEAT_MS);
    expect(a.state(1)).to.equal('down');
    const states = a.outputs.flatMap((output) => (output.kind === 'peer' ? [output.state] : []));
    expect(states.slice(-2)).to.deep.equal(['suspect', 'down']);
  });

  it('is not disturbed by lost heartbeats, a fifth of them', () => {
    const { cluster, a } = pair();
    cluster.network.loss = 0.2;
    const before = a.outputs.length;
    let suspected = 0;
    for (let step = 0; step < 600; step += 1) {
      cluster.clock.run(HEARTBEAT_MS);
      if (a.state(1) === 'down') suspected += 1;
    }
    expect(suspected, `ALTPATH_SEED=${cluster.seed}`).to.equal(0);
    expect(a.outputs.length - before, `ALTPATH_SEED=${cluster.seed}`).to.be.below(40);
  });

  it('ends a false alarm with the first heartbeat that comes through', () => {
    const { cluster, a } = pair();
    cluster.cut(0, 1);
    cluster.clock.run(7 * HEARTBEAT_MS);
    expect(a.state(1)).to.equal('suspect');
    cluster.network.mend();
    cluster.clock.run(HEARTBEAT_MS + 5);
    expect([a.state(1), a.isFresh(1)]).to.deep.equal(['up', true]);
  });

  it('holds for down at once whom a datagram cannot be delivered to, until it is heard again', () => {
    const { cluster, a } = pair();
    cluster.kill(1);
    cluster.clock.run(HEARTBEAT_MS + 5);
    expect([a.state(1), a.isFresh(1)]).to.deep.equal(['down', false]);
    cluster.start(1);
    cluster.clock.run(HEARTBEAT_MS);
    expect(a.state(1)).to.not.equal('down');
    expect(a.isFresh(1)).to.equal(true);
  });

  it('takes a forged unreachable for no more than one heartbeat', () => {
    const { cluster, a } = pair();
    a.driven.feed({ kind: 'unreachable', hop: hopTo(1) });
    expect(a.state(1)).to.equal('down');
    cluster.clock.run(HEARTBEAT_MS + 5);
    expect(a.state(1)).to.equal('up');
  });

  it('does not care about hops that are no peer', () => {
    const { a } = pair();
    a.driven.feed({ kind: 'unreachable', hop: { transport: 'udp', host: '192.0.2.1', port: 5060 } });
    a.driven.feed({ kind: 'unreachable', hop: { ...hopTo(1), transport: 'tcp' } });
    expect(a.state(1)).to.equal('up');
  });

  it('gives a peer that was never heard as long as any other', () => {
    const cluster = new SimulatedCluster(2);
    cluster.network.listen(hostOf(1), () => undefined);
    const a = cluster.start(0);
    cluster.clock.run(4 * HEARTBEAT_MS);
    expect([a.state(1), a.isFresh(1)]).to.deep.equal(['up', false]);
    cluster.clock.run(7 * HEARTBEAT_MS);
    expect(a.state(1)).to.equal('down');
  });

  it('takes the time in which it did not run itself for nobody’s silence', () => {
    const { cluster, a } = pair();
    const before = a.outputs.length;
    cluster.clock.freeze(60_000);
    expect([a.state(1), a.isFresh(1)]).to.deep.equal(['up', false]);
    cluster.clock.run(HEARTBEAT_MS * 2);
    expect(a.state(1)).to.equal('up');
    expect(a.outputs.slice(before)).to.deep.equal([]);
  });

  it('hears that a peer drains, at once', () => {
    const { cluster, a, b } = pair();
    b.driven.feed({ kind: 'drain' });
    cluster.clock.run(5);
    expect(b.state(1)).to.equal('draining');
    expect(a.state(1)).to.equal('draining');
    cluster.silence(1);
    cluster.clock.run(6 * HEARTBEAT_MS);
    expect(a.state(1)).to.equal('suspect');
  });

  it('lets both halves of a split cluster go on, and forget it when it is over', () => {
    const cluster = new SimulatedCluster(4);
    const nodes = [0, 1, 2, 3].map((index) => cluster.start(index));
    cluster.clock.run(1_000);
    for (const left of [0, 1]) for (const right of [2, 3]) cluster.cut(left, right);
    cluster.clock.run(2_000);
    const view = (): string[] => nodes.map((node) => [0, 1, 2, 3].map((index) => node.state(index)).join(' '));
    expect(view()).to.deep.equal(['up up down down', 'up up down down', 'down down up up', 'down down up up']);
    cluster.network.mend();
    cluster.clock.run(200);
    expect(view()).to.deep.equal(Array.from({ length: 4 }, () => 'up up up up'));
    expect(nodes.map((node) => node.joined().length)).to.deep.equal([1, 1, 1, 1]);
  });
});

describe('without heartbeats', () => {
  it('a peer is up until it is unreachable, never fresh, and nobody joins', () => {
    const cluster = new SimulatedCluster(2);
    const off = { heartbeatMs: undefined };
    const a = cluster.start(0, off);
    cluster.start(1, off);
    cluster.clock.run(60_000);
    expect(a.sent).to.deep.equal([]);
    expect(a.machine.deadline()).to.equal(NEVER);
    expect(a.joined()).to.deep.equal(['heartbeat-off']);
    expect([a.state(0), a.state(1), a.isFresh(1)]).to.deep.equal(['up', 'up', false]);
    a.driven.feed({ kind: 'unreachable', hop: hopTo(1) });
    expect(a.state(1)).to.equal('down');
  });

  it('what a peer tells brings it back', () => {
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0, { heartbeatMs: undefined });
    const b = cluster.start(1, { heartbeatMs: undefined });
    a.driven.feed({ kind: 'unreachable', hop: hopTo(1) });
    b.driven.feed({ kind: 'tell', topic: 'fork', content: 'x' });
    cluster.clock.run(5);
    expect(a.state(1)).to.equal('up');
  });
});

describe('what is not believed', () => {
  it('a heartbeat under another key', () => {
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0);
    cluster.start(1, { signer: KeyRing.random() });
    cluster.clock.run(2_000);
    expect(a.state(1)).to.equal('down');
    expect(a.counts.get('cluster.datagram.dropped signature')).to.be.above(10);
    expect(a.joined()).to.deep.equal(['none-answers']);
  });

  it('a heartbeat that was heard before', () => {
    const { cluster, a, b } = pair();
    cluster.silence(1);
    const replay = (): void => b.sent.forEach((data) => a.driven.feed({ kind: 'bytes', data, hop: hopTo(1) }));
    for (let step = 0; step < 12; step += 1) {
      replay();
      cluster.clock.run(HEARTBEAT_MS);
    }
    expect(a.state(1)).to.equal('down');
    expect(a.counts.get('cluster.datagram.dropped replay')).to.equal(12 * b.sent.length);
  });

  it('a heartbeat of a life that is over, after the node has started anew', () => {
    const { cluster, a, b } = pair();
    cluster.kill(1);
    cluster.clock.run(500);
    cluster.start(1);
    cluster.clock.run(500);
    const known = a.machine.peers(cluster.clock.now)[0]?.boot;
    cluster.silence(1);
    for (let step = 0; step < 12; step += 1) {
      for (const data of b.sent) a.driven.feed({ kind: 'bytes', data, hop: hopTo(1) });
      cluster.clock.run(HEARTBEAT_MS);
    }
    expect(a.state(1)).to.equal('down');
    expect(a.machine.peers(cluster.clock.now)[0]?.boot).to.equal(known);
  });

  it('an overtaken heartbeat as news: it counts as heard, and does not set the state back', () => {
    const { cluster, a, b } = pair();
    cluster.cut(0, 1);
    const late = b.sent.length;
    cluster.clock.run(HEARTBEAT_MS);
    b.driven.feed({ kind: 'drain' });
    cluster.clock.run(5);
    const [before, after] = [b.sent[late], b.sent.at(-1)];
    for (const data of [after, before]) if (data) a.driven.feed({ kind: 'bytes', data, hop: hopTo(1) });
    expect(a.state(1)).to.equal('draining');
    expect(a.counts.get('cluster.datagram.dropped replay')).to.equal(undefined);
  });

  it('a clock that is more than a minute off, which is said once', () => {
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0);
    cluster.start(1, { aheadMs: 61_000 });
    cluster.clock.run(3_000);
    expect(a.state(1)).to.equal('down');
    expect(a.counts.get('cluster.datagram.dropped skew')).to.be.above(10);
    expect(a.logs).to.have.length(1);
    expect(a.logs[0]).to.contain('n1').and.to.contain('minute');
  });

  it('a clock that is less than a minute off does no harm', () => {
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0);
    const b = cluster.start(1, { aheadMs: 59_000 });
    cluster.clock.run(3_000);
    expect([a.state(1), b.state(0)]).to.deep.equal(['up', 'up']);
    expect([...a.joined(), ...b.joined()]).to.not.include('timeout');
  });

  it('one’s own datagram that comes back, and a second process of one’s own name', () => {
    const { cluster, a } = pair();
    const own = a.sent[0];
    if (own) a.driven.feed({ kind: 'bytes', data: own, hop: hopTo(0) });
    expect(a.counts.get('cluster.datagram.dropped self')).to.equal(1);
    expect(a.logs).to.deep.equal([]);
    const twin = new SimulatedCluster(2).start(0);
    for (const data of twin.sent) a.driven.feed({ kind: 'bytes', data, hop: hopTo(0) });
    // The simulated twin was started first in its own cluster, as was this node: give it another life.
    twin.driven.feed({ kind: 'rejoin', boot: 'another' });
    twin.machine.tick(cluster.clock.now);
    twin.machine.drain((output) => output.kind === 'send' && a.driven.feed({ kind: 'bytes', data: output.data, hop: hopTo(0) }));
    expect(a.logs[0]).to.contain('another process says that it is node n0');
  });

  it('a node that the configuration does not know', () => {
    const { a } = pair();
    const larger = new SimulatedCluster(3);
    larger.network.listen(hostOf(0), () => undefined);
    const stranger = larger.start(2);
    larger.clock.run(0);
    for (const data of stranger.sent.slice(0, 1)) a.driven.feed({ kind: 'bytes', data, hop: hopTo(2) });
    expect(a.counts.get('cluster.datagram.dropped unknown-node')).to.equal(1);
  });
});

describe('the rotation of keys', () => {
  it('node by node, with the old key kept for verifying, disturbs nobody', () => {
    const old = { id: 'old', secret: Buffer.alloc(32, 1) };
    const fresh = { id: 'new', secret: Buffer.alloc(32, 2) };
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0, { signer: new KeyRing([old, { ...fresh, verifyOnly: true }]) });
    const b = cluster.start(1, { signer: new KeyRing([fresh, { ...old, verifyOnly: true }]) });
    cluster.clock.run(2_000);
    expect([a.state(1), b.state(0)]).to.deep.equal(['up', 'up']);
    expect(a.counts.get('cluster.datagram.dropped signature')).to.equal(undefined);
  });
});

describe('telling the peers', () => {
  it('brings topic and content to every other node, once', () => {
    const cluster = new SimulatedCluster(3);
    const [a, b, c] = [cluster.start(0), cluster.start(1), cluster.start(2)];
    a.driven.feed({ kind: 'tell', topic: 'fork-choice', content: 'call 7\nsip:bob@h' });
    cluster.clock.run(5);
    const told = { kind: 'told', topic: 'fork-choice', content: 'call 7\nsip:bob@h', from: 0 };
    for (const node of [b, c]) expect(node.outputs.filter((output) => output.kind === 'told')).to.deep.equal([told]);
    expect(a.outputs.filter((output) => output.kind === 'told')).to.deep.equal([]);
  });

  it('does not deliver a repeated datagram twice, and delivers all of a burst that is mixed up', () => {
    const cluster = new SimulatedCluster(2);
    const a = cluster.start(0);
    const b = cluster.start(1);
    cluster.network.jitterMs = 50;
    for (let at = 0; at < 200; at += 1) a.driven.feed({ kind: 'tell', topic: 't', content: String(at) });
    cluster.clock.run(200);
    for (const data of a.sent) b.driven.feed({ kind: 'bytes', data, hop: hopTo(0) });
    const contents = b.outputs.flatMap((output) => (output.kind === 'told' ? [Number(output.content)] : []));
    expect(contents.sort((x, y) => x - y)).to.deep.equal(Array.from({ length: 200 }, (_, at) => at));
  });

  it('does not send what would be fragmented', () => {
    const { a } = pair();
    const before = a.sent.length;
    a.driven.feed({ kind: 'tell', topic: 't', content: 'x'.repeat(1_150) });
    expect(a.sent.length).to.equal(before);
    expect(a.counts.get('cluster.told.dropped too-long')).to.equal(1);
    a.driven.feed({ kind: 'tell', topic: 't', content: 'x'.repeat(1_050) });
    expect(a.sent.at(-1)?.length).to.be.at.most(1_200);
    expect(a.sent.length).to.equal(before + 1);
  });
});

describe('a cluster without this node', () => {
  it('is a mistake of the caller', () => {
    const options = { nodes: [], hopOf: () => undefined, signer: KeyRing.random(), boot: 'b', heartbeatMs: 100, joiningMs: 1 };
    const observer = { count: () => undefined, tracing: false, trace: () => undefined, log: () => undefined };
    expect(() => new ClusterMachine({ ...options, observer }, 0)).to.throw(RangeError);
  });
});

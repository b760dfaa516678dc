import { expect } from 'chai';
import { HEARTBEAT_MS, hostOf, type RunningNode, SimulatedCluster } from './simulated-cluster.test.js';

/** Peers that our table was asked for. */
function asked(node: RunningNode): number[] {
  return node.outputs.flatMap((output) => (output.kind === 'send-table' ? [output.to] : []));
}

/** Nodes that have been up for long, but for the last, which has not been started. */
function waitingFor(size: number): { cluster: SimulatedCluster; up: RunningNode[] } {
  const cluster = new SimulatedCluster(size);
  const up = Array.from({ length: size - 1 }, (_, index) => cluster.start(index, { sendsTables: false }));
  cluster.clock.run(6_000);
  return { cluster, up };
}

describe('joining', () => {
  it('ends before it began where there is no peer', () => {
    const node = new SimulatedCluster(1).start(0);
    expect(node.machine.joining).to.equal(false);
    expect(node.joined()).to.deep.equal(['no-peer']);
    expect(node.state(0)).to.equal('up');
  });

  it('ends after three heartbeats when nobody answers', () => {
    const cluster = new SimulatedCluster(3);
    for (const index of [1, 2]) cluster.network.listen(hostOf(index), () => undefined);
    const node = cluster.start(0);
    cluster.clock.run(3 * HEARTBEAT_MS - 1);
    expect([node.machine.joining, node.state(0)]).to.deep.equal([true, 'joining']);
    cluster.clock.run(1);
    expect(node.joined()).to.deep.equal(['none-answers']);
  });

  it('ends at once when nothing can be delivered to any peer', () => {
    const cluster = new SimulatedCluster(3);
    const node = cluster.start(0);
    cluster.clock.run(5);
    expect(node.joined()).to.deep.equal(['none-answers']);
  });

  it('lasts until every peer that is up has sent its table', () => {
    const { cluster, up } = waitingFor(3);
    const [a, b] = up as [RunningNode, RunningNode];
    const node = cluster.start(2);
    cluster.clock.run(1_000);
    expect([asked(a).at(-1), asked(b).at(-1)]).to.deep.equal([2, 2]);
    a.machine.tableSent(2);
    a.driven.wake();
    cluster.clock.run(1_000);
    expect([node.machine.joining, a.state(2)]).to.deep.equal([true, 'joining']);
    b.machine.tableSent(2);
    b.driven.wake();
    cluster.clock.run(5);
    expect(node.joined()).to.deep.equal(['complete']);
    cluster.clock.run(5);
    expect(a.state(2)).to.equal('up');
  });

  it('asks each peer once in a life, and again in the next', () => {
    const { cluster, up } = waitingFor(2);
    const [a] = up as [RunningNode];
    const before = asked(a).length;
    cluster.start(1);
    cluster.clock.run(1_000);
    expect(asked(a).length).to.equal(before + 1);
    cluster.kill(1);
    cluster.start(1);
    cluster.clock.run(1_000);
    expect(asked(a).length).to.equal(before + 2);
  });

  it('does not take the table sent to its former life for its own', () => {
    const { cluster, up } = waitingFor(2);
    const [a] = up as [RunningNode];
    cluster.start(1);
    cluster.clock.run(500);
    cluster.kill(1);
    const node = cluster.start(1);
    cluster.clock.run(500);
    a.machine.tableSent(1);
    a.driven.wake();
    cluster.clock.run(500);
    expect(node.machine.joining).to.equal(true);
    a.machine.tableSent(1);
    a.driven.wake();
    cluster.clock.run(5);
    expect(node.joined()).to.deep.equal(['complete']);
  });

  it('ends after five seconds, come what may', () => {
    const { cluster } = waitingFor(2);
    const node = cluster.start(1);
    cluster.clock.run(4_999);
    expect(node.machine.joining).to.equal(true);
    cluster.clock.run(1);
    expect(node.joined()).to.deep.equal(['timeout']);
  });

  it('ends when the peers that would send a table die before they have', () => {
    const { cluster } = waitingFor(2);
    const node = cluster.start(1);
    cluster.clock.run(500);
    cluster.kill(0);
    cluster.clock.run(HEARTBEAT_MS + 5);
    expect(node.joined()).to.deep.equal(['peers-lost']);
  });

  it('does not wait for a peer that has been silent until it counts as down', () => {
    const { cluster, up } = waitingFor(3);
    const [a] = up as [RunningNode];
    const node = cluster.start(2);
    cluster.clock.run(300);
    cluster.silence(1);
    a.machine.tableSent(2);
    a.driven.wake();
    cluster.clock.run(500);
    expect(node.machine.joining).to.equal(true);
    cluster.clock.run(1_000);
    expect(node.joined()).to.deep.equal(['complete']);
  });

  it('ends at once when the whole cluster starts, and whoever was a little late is sent the tables', () => {
    const cluster = new SimulatedCluster(3);
    const nodes = [0, 1, 2].map((index) => cluster.start(index));
    cluster.clock.run(50);
    expect(nodes.map((node) => node.machine.joining)).to.deep.equal([false, false, false]);
    expect(nodes.flatMap((node) => node.joined())).to.include('all-joining');
  });

  it('waits for the table of the one that is up while others join as well', () => {
    const cluster = new SimulatedCluster(3);
    const a = cluster.start(0, { sendsTables: false });
    cluster.clock.run(6_000);
    const [b, c] = [cluster.start(1), cluster.start(2)];
    cluster.clock.run(1_000);
    expect([b.machine.joining, c.machine.joining]).to.deep.equal([true, true]);
    expect([...asked(b), ...asked(c)]).to.deep.equal([]);
    for (const index of [1, 2]) a.machine.tableSent(index);
    a.driven.wake();
    cluster.clock.run(50);
    expect([...b.joined(), ...c.joined()]).to.deep.equal(['complete', 'complete']);
  });

  it('begins again, under a new boot id, for a node that was frozen', () => {
    const { cluster, up } = waitingFor(2);
    const [a] = up as [RunningNode];
    const node = cluster.start(1);
    cluster.clock.run(5_100);
    const before = asked(a).length;
    node.driven.feed({ kind: 'rejoin', boot: 'thawed' });
    cluster.clock.run(5);
    expect([node.machine.joining, a.state(1), asked(a).length]).to.deep.equal([true, 'joining', before + 1]);
    // The table of the life before is done first, then that of this one.
    a.machine.tableSent(1);
    a.machine.tableSent(1);
    a.driven.wake();
    cluster.clock.run(5);
    expect(node.joined()).to.deep.equal(['timeout', 'complete']);
  });

  it('serves a draining peer’s table like any other', () => {
    const { cluster, up } = waitingFor(2);
    const [a] = up as [RunningNode];
    a.driven.feed({ kind: 'drain' });
    const node = cluster.start(1);
    cluster.clock.run(100);
    expect(asked(a).at(-1)).to.equal(1);
    a.machine.tableSent(1);
    a.driven.wake();
    cluster.clock.run(5);
    expect(node.joined()).to.deep.equal(['complete']);
  });
});

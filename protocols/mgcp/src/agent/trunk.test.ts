import { expect } from 'chai';
import { Cluster, type ClusterOptions } from './cluster.fixture.js';

const OPTIONS: ClusterOptions = {
  gateways: [{}, { lines: [], trunks: ['ds/1', 'ds/2'], machine: { lines: ['ds/1', 'ds/2'] } }],
};

/** A telephone of the first gateway calls the first trunk of the second one. */
function called(options: ClusterOptions = OPTIONS): Cluster {
  const at = Cluster.inService(options);
  at.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
  at.gateway().dial('aaln/1', '121');
  at.run(500);
  return at;
}

function connectionsOf(at: Cluster): readonly (readonly string[])[] {
  return at.gateways.map(({ machine }) =>
    machine.lines.flatMap(({ name, connections }) => [...connections.values()].map(({ state }) => `${name} ${state.mode}`)),
  );
}

describe('a trunk', () => {
  it('is through as soon as it has its connection, and nothing is asked of it but that', () => {
    const at = called();
    expect(connectionsOf(at)).to.deep.equal([['aaln/1 sendrecv'], ['ds/1 sendrecv']]);
    const told = at.words().filter((word) => word.startsWith('11>gw2'));
    expect(told).to.deep.equal(['11>gw2 CRCX ds/1']);
    expect(
      at
        .node(0)
        .calls.calls(at.now, 10)
        .map(({ state }) => state),
    ).to.deep.equal(['talking']);
  });

  it('is free again when who called has hung up', () => {
    const at = called();
    at.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    at.run(500);
    expect(connectionsOf(at)).to.deep.equal([[], []]);
    expect(at.node(0).calls.calls(at.now, 10)).to.deep.equal([]);
    at.gateway().feed({ kind: 'off-hook', line: 'aaln/2' });
    at.gateway().dial('aaln/2', '121');
    at.run(500);
    expect(connectionsOf(at)).to.deep.equal([['aaln/2 sendrecv'], ['ds/1 sendrecv']]);
  });

  it('that is taken is busy', () => {
    const at = called();
    at.gateway().feed({ kind: 'off-hook', line: 'aaln/2' });
    at.gateway().dial('aaln/2', '121');
    at.run(500);
    expect([...at.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });

  it('goes on with its call at the node that stands in', () => {
    const at = called();
    at.node(0).stop();
    at.node(1).sees(0, 'down');
    at.run(5_000);
    expect(connectionsOf(at)).to.deep.equal([['aaln/1 sendrecv'], ['ds/1 sendrecv']]);
    expect(
      at
        .node(1)
        .calls.calls(at.now, 10)
        .map(({ state }) => state),
    ).to.deep.equal(['talking']);
    at.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    at.run(5_000);
    expect(connectionsOf(at)).to.deep.equal([[], []]);
  });

  it('without room for a connection fails, and the caller hears that', () => {
    const media = { take: () => undefined, release: () => undefined, statistics: () => undefined };
    const at = called({ gateways: [{}, { lines: [], trunks: ['ds/1'], machine: { lines: ['ds/1'] }, media }] });
    at.run(5_000);
    expect([...at.gateway().sounds]).to.deep.equal(['aaln/1 l/ro']);
  });
});

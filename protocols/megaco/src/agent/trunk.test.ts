// Trunks through whole controllers and whole gateways: who calls one, who hangs up, and who stands in meanwhile.
import { expect } from 'chai';
import { word } from '../message/index.js';
import { Cluster, type ClusterOptions } from './cluster.fixture.js';

const TRUNKS = ['ds/1/1', 'ds/1/2'];
const OPTIONS: ClusterOptions = { gateways: [{}, { lines: [], trunks: TRUNKS }], machines: [{}, { lines: [], trunks: TRUNKS }] };

/** A telephone of the first gateway calls the first trunk of the second one. */
function called(options: ClusterOptions = OPTIONS): Cluster {
  const at = Cluster.inService(options);
  at.machine().ring('121');
  return at;
}

function contextsOf(at: Cluster): readonly (readonly string[])[] {
  return at.machines.map(({ machine, media }) =>
    machine.contextList.map(({ terminations }) =>
      terminations.map((id) => (media.has(id) ? `${id} ${media.get(id)?.split(' ', 1)[0]}` : id)).join(', '),
    ),
  );
}

const TALKING = [['line/1, rtp/1 send-receive'], ['ds/1/1, rtp/1 send-receive']];

function callsAt(at: Cluster, node: number): readonly string[] {
  const { calls } = at.node(node);
  return calls.calls(at.now, 10).map(({ state }) => state);
}

describe('a trunk of H.248', () => {
  it('is through as soon as it has its context, and one transaction is enough for that', () => {
    const at = called();
    expect(contextsOf(at)).to.deep.equal(TALKING);
    expect(callsAt(at, 0)).to.deep.equal(['talking']);
    const told = at.words().filter((what) => what.startsWith('11>mg2') && !/ (reply|ack)/.test(what));
    expect(told).to.deep.equal(['11>mg2 add ds/1/1', '11>mg2 add $']);
  });

  it('is asked for nothing that a circuit does not have', () => {
    const at = called();
    const refused = [...at.node().counted.keys()].filter((name) => name.startsWith('megaco.line.refused'));
    expect(refused).to.deep.equal([]);
  });

  it('is free again when who called has hung up', () => {
    const at = called();
    at.machine().feed({ kind: 'on-hook', line: 'line/1' });
    at.run(500);
    expect([contextsOf(at), callsAt(at, 0)]).to.deep.equal([[[], []], []]);
    at.machine().feed({ kind: 'off-hook', line: 'line/2' });
    at.run(200);
    at.machine().dial('line/2', '121');
    at.run(500);
    expect(contextsOf(at)).to.deep.equal([['line/2, rtp/2 send-receive'], ['ds/1/1, rtp/2 send-receive']]);
  });

  it('that is taken is busy', () => {
    const at = called();
    at.machine().feed({ kind: 'off-hook', line: 'line/2' });
    at.run(200);
    at.machine().dial('line/2', '121');
    at.run(500);
    expect([...at.machine().sounds]).to.deep.equal(['line/2 cg/bt']);
  });

  for (const [group, sound] of [
    ['NR', 'cg/bt'],
    ['FT', 'cg/ct'],
  ] as const)
    it(`whose gateway reports that its circuit is released (${group}) ends its call`, () => {
      const at = called();
      at.machine(1).feed({ kind: 'event', line: 'ds/1/1', item: 'g/cause', parameters: [{ name: 'Generalcause', value: word(group) }] });
      at.run(500);
      expect(contextsOf(at)).to.deep.equal([[], []]);
      expect([...at.machine().sounds]).to.deep.equal([`line/1 ${sound}`]);
    });

  for (const transport of ['udp', 'tcp'] as const)
    it(`goes on with its call at the node that stands in, over ${transport}`, () => {
      const at = called({ ...OPTIONS, transport, gateways: [{ heartbeatMs: 1_000 }, { lines: [], trunks: TRUNKS, heartbeatMs: 1_000 }] });
      at.kill(0);
      at.run(10_000);
      expect(contextsOf(at)).to.deep.equal(TALKING);
      expect(callsAt(at, 1)).to.deep.equal(['talking']);
      at.machine().feed({ kind: 'on-hook', line: 'line/1' });
      at.run(1_000);
      expect([contextsOf(at), callsAt(at, 1)]).to.deep.equal([[[], []], []]);
    });

  it('of a gateway without the event talks all the same, and loses its call with its controller', () => {
    const at = called({
      gateways: [{ heartbeatMs: 1_000 }, { lines: [], trunks: TRUNKS, heartbeatMs: 1_000 }],
      machines: [{}, { lines: [], trunks: TRUNKS, trunkPackages: ['tdmc'] }],
    });
    expect(contextsOf(at)).to.deep.equal(TALKING);
    expect(at.node().counts('megaco.line.refused 440')).to.equal(1);
    at.kill(0);
    at.run(20_000);
    expect([contextsOf(at), callsAt(at, 1)]).to.deep.equal([[[], []], []]);
    expect([...at.machine().sounds]).to.deep.equal(['line/1 cg/bt']);
  });

  it('without room for a context fails, and the caller hears that', () => {
    const at = called({ ...OPTIONS, machines: [{}, { lines: [], trunks: TRUNKS, maxContexts: 0 }] });
    at.run(5_000);
    expect([...at.machine().sounds]).to.deep.equal(['line/1 cg/ct']);
  });
});

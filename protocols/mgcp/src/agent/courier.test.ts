import { MAX_IN_FLIGHT, MAX_PER_GATEWAY } from '@altpath/call-control';
import { expect } from 'chai';
import { Cluster } from './cluster.fixture.js';
import { SCOUTS } from './takeover.js';

const LINES = Array.from({ length: 30 }, (_, at) => `aaln/${at + 1}`);
const many = (count: number): NonNullable<ConstructorParameters<typeof Cluster>[0]> => ({
  nodes: 1,
  gateways: Array.from({ length: count }, () => ({ lines: LINES, machine: { lines: LINES } })),
});

/** All gateways restart and then hear nothing and say nothing. */
function unanswered(count: number): { readonly cluster: Cluster; readonly sent: readonly string[] } {
  const cluster = new Cluster(many(count));
  cluster.run(3_000);
  cluster.loses = ({ from, text }) => from === cluster.node(0).address && /^RQNT/.test(text);
  cluster.look();
  for (const gateway of cluster.gateways) gateway.feed({ kind: 'start' });
  cluster.run(0);
  return { cluster, sent: cluster.words().filter((word) => word.includes('RQNT')) };
}

describe('the courier', () => {
  it('has no more commands under way to one gateway than leave room for others', () => {
    const { sent } = unanswered(1);
    // A few questions are under way since the start: nobody was there then.
    expect(sent).to.have.length(MAX_PER_GATEWAY - SCOUTS);
  });

  it('has no more commands under way to all of them than a controller should', () => {
    const { sent, cluster } = unanswered(12);
    expect(sent).to.have.length(MAX_IN_FLIGHT - 12 * SCOUTS);
    expect(cluster.node(0).adapter.status(cluster.now).transactions).to.equal(12 * (LINES.length + SCOUTS));
  });

  it('serves a gateway that answers while another does not', () => {
    const cluster = new Cluster(many(2));
    cluster.run(3_000);
    cluster.loses = ({ to }) => to === cluster.gateway(0).address;
    for (const gateway of cluster.gateways) gateway.feed({ kind: 'start' });
    cluster.run(100);
    const words = cluster.words();
    expect(words.filter((word) => word.startsWith('11>gw2 RQNT'))).to.have.length(LINES.length);
    expect(words.filter((word) => word.startsWith('11>gw1 RQNT')).length).to.be.at.most(MAX_PER_GATEWAY);
  });

  it('goes on when answers come', () => {
    const { cluster } = unanswered(12);
    cluster.loses = () => false;
    cluster.run(10_000);
    const armed = cluster.gateways.flatMap(({ machine }) => machine.lines.filter(({ watch }) => watch.requestIdentifier !== '0'));
    expect(armed).to.have.length(12 * LINES.length);
    expect(cluster.node(0).adapter.status(cluster.now).transactions).to.equal(0);
  });
});

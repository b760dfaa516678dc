// What a node says to a gateway, byte for byte, before a judge that nobody here wrote: tshark's MGCP dissector.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { startNode } from '../support/altpath-node.js';
import { MgcpDissector } from '../support/mgcp-dissector.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { ScriptedGateway } from './scripted-gateway.js';

const NODE = { host: '127.0.12.41', port: 2727 };
const SECOND_NODE = { host: '127.0.12.42', port: 2727 };
const GATEWAY = { host: '127.0.12.51', port: 2427 };
const ANNA = 'aaln/1@rgw1.test';
const BERT = 'aaln/2@rgw1.test';

/** The second node is in the file only: what is said of it is what gateways are told of alternates. */
const YAML = `
cluster:
  domain: example.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [mgcp+udp://${NODE.host}:${NODE.port}], admin: off, store: { kind: memory } }
    b: { listen: [mgcp+udp://${SECOND_NODE.host}:${SECOND_NODE.port}], admin: off, store: { kind: memory } }
gateways:
  rgw1: { protocol: mgcp, address: "${GATEWAY.host}:${GATEWAY.port}", domain: rgw1.test, lines: [aaln/1, aaln/2] }
numbers: { "2001": aaln/1@rgw1, "2002": aaln/2@rgw1, "9x.": registrar }
lines:
  aaln/1@rgw1: { name: Anna }
`;

describe('what a node says to MGCP gateways', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let node: Child | undefined;
  let gateway: ScriptedGateway | undefined;

  before(function () {
    needs(this, 'tshark', 'text2pcap');
  });

  beforeEach(async () => {
    scratch = await Scratch.create('mgcp-dissect');
  });

  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await node?.stop();
    await scratch.remove();
  });

  for (const hasRedirect of [true, false]) {
    it(`passes the dissector of tshark through a whole call, of a gateway ${hasRedirect ? 'with' : 'without'} the redirect package`, async () => {
      node = await startNode({ yaml: YAML, name: 'a', space: NetworkSpace.here(), scratch });
      const rgw = await ScriptedGateway.open(GATEWAY, NODE, hasRedirect);
      gateway = rgw;
      await wholeCall(rgw);
      await nonsense(rgw);
      await node.stop();
      const verdicts = await new MgcpDissector(scratch).look(rgw.received);
      expect(verdicts.flatMap(({ complaints }) => complaints)).to.deep.equal([]);
      const kinds = new Set(verdicts.flatMap(({ messages }) => messages));
      expect([...kinds]).to.include.members(['AUEP', 'AUCX', 'EPCF', 'RQNT', 'CRCX', 'MDCX', 'DLCX', '200', '500', '510', '528']);
    });
  }

  it('is judged by a dissector that finds faults', async () => {
    const good = 'RQNT 1 aaln/1@rgw1.test MGCP 1.0\r\nX: 1\r\nR: L/hd(N)\r\n';
    const faulty: readonly (readonly [what: string, text: string])[] = [
      ['invalid parameter', good.replace('X: 1', 'Y: 1')],
      ['transaction id', good.replace('RQNT 1', 'RQNT 0')],
      ['versions', good.replace(' MGCP 1.0', '')],
      ['messages', `200 2 OK\r\n.\r\n${good.replace('RQNT', 'RQ')}`],
      ['taken for', 'not a word of it'],
    ];
    const texts = [good, `200 2 OK\r\n.\r\n${good}`, ...faulty.map(([, text]) => text)];
    const [first, second, ...rest] = await new MgcpDissector(scratch).look(texts.map((text) => Buffer.from(text)));
    expect([first, second]).to.deep.equal([
      { messages: ['RQNT'], complaints: [] },
      { messages: ['200', 'RQNT'], complaints: [] },
    ]);
    rest.forEach(({ complaints }, index) => expect(complaints.join('\n')).to.include(faulty[index]?.[0]));
  });
});

/** Restart, a call from line to line with a hook flash, a disconnection in the middle of the talk, and on-hook. */
async function wholeCall(gateway: ScriptedGateway): Promise<void> {
  // What the node asks of a gateway that it finds when it starts.
  await gateway.heard(ordered('RQNT', ANNA, 'R: L/hd'));
  await gateway.heard(ordered('RQNT', BERT, 'R: L/hd'));

  expect(await gateway.command('RSIP', 'aaln/*@rgw1.test MGCP 1.0\nRM: restart\n')).to.match(/^200 /);
  await gateway.heard(ordered('RQNT', ANNA, 'R: L/hd'));
  await gateway.heard(ordered('RQNT', BERT, 'R: L/hd'));

  await gateway.report(ANNA, 'L/hd');
  await gateway.heard(ordered('RQNT', ANNA, 'S: L/dl'));
  await gateway.report(ANNA, 'D/2, D/0, D/0, D/2');
  await gateway.heard(ordered('CRCX', ANNA, 'R: L/hu'));
  await gateway.heard(ordered('CRCX', BERT, 'S: L/rg'));
  await gateway.heard(ordered('MDCX', ANNA, 'S: G/rt'));
  await gateway.report(BERT, 'L/hd');
  await gateway.heard(ordered('MDCX', ANNA, 'M: sendrecv'));

  await gateway.report(ANNA, 'L/hf');
  await gateway.heard(ordered('MDCX', BERT, 'M: inactive'));
  await gateway.report(ANNA, 'L/hf');
  await gateway.heard(ordered('MDCX', BERT, 'M: sendrecv'));

  expect(await gateway.command('RSIP', `${ANNA} MGCP 1.0\nRM: disconnected\n`)).to.match(/^200 /);
  await gateway.heard(ordered('AUCX', ANNA));
  await gateway.heard(ordered('MDCX', ANNA, 'N: '));

  await gateway.report(ANNA, 'L/hu');
  await gateway.heard(ordered('DLCX', ANNA));
  await gateway.heard(ordered('DLCX', BERT, 'S: L/bz'));
  await gateway.report(BERT, 'L/hu');
  await gateway.heard(ordered('RQNT', BERT, 'R: L/hd'));
}

/** What is refused: another domain, no grammar, another version. */
async function nonsense(gateway: ScriptedGateway): Promise<void> {
  expect(await gateway.say('NTFY 801 aaln/1@elsewhere.test MGCP 1.0\nX: 1\nO: L/hd\n', 801)).to.equal('500');
  expect(await gateway.say(`NTFY 802 ${ANNA} MGCP 1.0\nX: no hexadecimal\nO: L/hd\n`, 802)).to.equal('510');
  expect(await gateway.say(`NTFY 803 ${ANNA} MGCP 9.9\nX: 1\nO: L/hd\n`, 803)).to.equal('528');
}

/** A command of this verb to this endpoint with a line that begins so. */
function ordered(verb: string, endpoint: string, line = ''): RegExp {
  const name = endpoint.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${verb} \\d+ ${name} MGCP 1\\.0\\r\\n(?:.*\\r\\n)*?${line}`, 'i');
}

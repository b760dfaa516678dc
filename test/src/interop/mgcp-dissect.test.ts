// Everything that a node says to an MGCP gateway in a line's day (restart, calls, a busy line, a hold, an audit, a deletion)
// goes through Wireshark's dissector: an independent reader finds nothing malformed, unknown or suspicious in it.
import { MgcpGateway } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Scratch } from '../support/scratch.js';

const run = promisify(execFile);
const NODE = '127.0.75.1';
const GATEWAY = '127.0.75.31';

const YAML = `
cluster:
  domain: sample2.test
  nodes:
    a: { listen: [mgcp+udp://${NODE}:2727], admin: "off", store: { kind: memory } }
gateways:
  gw: { protocol: mgcp, address: ${GATEWAY}, domain: gw.test, lines: ["aaln/[1-3]"] }
numbers: { "2001": aaln/1@gw, "2002": aaln/2@gw, "2003": aaln/3@gw }
lines: { aaln/1@gw: { name: "Alice A." } }
`;

describe('what is sent to MGCP gateways', function () {
  this.timeout(40_000);
  let scratch: Scratch;

  before(async function () {
    needs(this, 'tshark', 'text2pcap');
    scratch = await Scratch.create('dissect');
  });

  after(async () => {
    await scratch?.remove();
  });

  it("is read by Wireshark's dissector without a complaint", async () => {
    const datagrams = await aDay(scratch);
    const verbs = new Set(datagrams.flatMap((text) => text.match(/^[A-Z]{4}(?= )/gm) ?? []));
    expect([...verbs]).to.include.members(['AUEP', 'RQNT', 'CRCX', 'MDCX', 'DLCX']);
    expect(await complaints(datagrams, scratch)).to.deep.equal([]);
  });

  it('and the test would see a parameter that it does not know', async () => {
    const [complaint] = await complaints(['RQNT 1 aaln/1@gw.test MGCP 1.0\r\nX: 1\r\nYY: 1\r\n'], scratch);
    expect(complaint).to.contain('Invalid Parameter');
  });
});

/** @returns every datagram that the gateway got. */
async function aDay(scratch: Scratch): Promise<readonly string[]> {
  const datagrams: string[] = [];
  const node = await startNode({ yaml: YAML, name: 'a', space: NetworkSpace.here(), scratch });
  const gateway = await MgcpGateway.open({
    domain: 'gw.test',
    lines: ['aaln/[1-3]'],
    callAgents: [`${NODE}:2727`],
    address: GATEWAY,
    port: 2427,
    timers: { mwdMs: 10 },
    onMessage: (direction, text) => {
      if (direction === 'in') datagrams.push(text);
    },
  });
  try {
    gateway.start();
    const [one, two, three] = [1, 2, 3].map((nth) => gateway.line(`aaln/${nth}`)) as [Line, Line, Line];
    for (const line of [one, two, three]) await line.until((each) => each.service === 'in');
    one.offHook();
    await one.until('dial-tone');
    one.dial('2002');
    await Promise.all([two.until('ringing'), one.until('ringback')]);
    two.offHook();
    await Promise.all([two.until('talking'), one.until('talking')]);
    three.offHook();
    await three.until('dial-tone');
    three.dial('2001');
    await three.until('busy');
    three.onHook();
    one.flash();
    await two.until((line) => line.state !== 'talking');
    one.flash();
    await Promise.all([two.until('talking'), one.until('talking')]);
    two.onHook();
    await one.until('busy');
    one.onHook();
    for (const line of [one, two, three]) await line.until((each) => each.state === 'idle' && each.media.size === 0);
    return datagrams;
  } finally {
    await gateway.close();
    await node.stop();
  }
}

type Line = ReturnType<MgcpGateway['line']>;

/** What the dissector finds wrong, and datagrams that it does not take for MGCP. */
async function complaints(datagrams: readonly string[], scratch: Scratch): Promise<readonly string[]> {
  const hex = datagrams.map(hexDump).join('\n');
  const dump = await scratch.write('datagrams.hex', `${hex}\n`);
  const capture = scratch.path('datagrams.pcap');
  await run('text2pcap', ['-q', '-u', '2727,2427', dump, capture]);
  const environment = { ...process.env, HOME: scratch.folder };
  const tshark = async (...options: readonly string[]): Promise<string> =>
    (await run('tshark', ['-n', '-r', capture, ...options], { env: environment, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const protocols = (await tshark('-T', 'fields', '-e', 'frame.protocols')).trim().split('\n');
  const foreign = protocols.flatMap((each, at) => (each.includes('mgcp') ? [] : [`not MGCP: ${datagrams[at] ?? ''}`]));
  const experts = (
    await tshark('-Y', '_ws.expert.severity >= 6291456 || _ws.malformed', '-T', 'fields', '-e', '_ws.expert.message')
  ).trim();
  const lines = (await tshark('-V')).split('\n').filter((line) => /malformed|invalid parameter|parse error|unknown parameter/i.test(line));
  return [...foreign, ...(experts === '' ? [] : [experts]), ...lines.map((line) => line.trim())];
}

/** As text2pcap reads it: an offset of zero begins a packet. */
function hexDump(datagram: string): string {
  const bytes = Buffer.from(datagram, 'latin1');
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes
      .subarray(at, at + 16)
      .toString('hex')
      .replace(/../g, '$& ');
    rows.push(`${at.toString(16).padStart(6, '0')} ${row.trim()}`);
  }
  return rows.join('\n');
}

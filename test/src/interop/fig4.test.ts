// FIG. 4 of the reference design on real sockets, message by message: two nodes as processes, two telephones on an
// independent stack. INVITE through the primary, 200 through the backup, ACK and BYE through the backup.
import { type IncomingCall, NetworkPhone, type PhoneMessage } from '@altpath/simulators';
import { expect } from 'chai';
import { createSocket } from 'node:dgram';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';

const PRIMARY = '127.0.71.1';
const BACKUP = '127.0.71.2';

const YAML = `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    primary: { listen: [sip+udp://${PRIMARY}:5060], admin: http://${PRIMARY}:8080, store: { kind: memory } }
    backup: { listen: [sip+udp://${BACKUP}:5060], admin: http://${BACKUP}:8080, store: { kind: memory } }
trust: { peers: [127.0.0.0/8] }
`;

describe('FIG. 4, on real sockets', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let primary: Child;
  let backup: Child;
  let alice: NetworkPhone;
  let bob: NetworkPhone;

  before(async () => {
    scratch = await Scratch.create('fig4');
    const space = NetworkSpace.here();
    primary = await startNode({ yaml: YAML, name: 'primary', space, scratch });
    backup = await startNode({ yaml: YAML, name: 'backup', space, scratch });
    const common = { domain: 'sample2.test', outbound: [`${PRIMARY}:5060`, `${BACKUP}:5060`], aware: true, audio: false };
    alice = await NetworkPhone.open({ ...common, user: 'alice', address: '127.0.72.1' });
    bob = await NetworkPhone.open({ ...common, user: 'bob', address: '127.0.72.2' });
    await alice.register();
    await bob.register();
  });

  after(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await Promise.all([primary?.stop(), backup?.stop()]);
    await scratch?.remove();
  });

  /** The first message of a telephone that looks like this. */
  function message(phone: NetworkPhone, direction: 'in' | 'out', start: RegExp): PhoneMessage {
    const found = phone.messages.find((each) => each.direction === direction && start.test(each.text));
    if (!found)
      throw new Error(`no message ${direction} ${start} at ${phone.user}:\n${phone.messages.map((each) => each.summary).join('\n')}`);
    return found;
  }

  it('completes although the primary is killed while the telephone rings', async () => {
    const ringing = new Promise<IncomingCall>((resolve) => bob.onIncoming((call) => (call.ring(), resolve(call))));
    const call = alice.call('sip:bob@sample2.test');
    const rung = new Promise<void>((resolve) => call.on('ringing', () => resolve()));
    const theirs = await ringing;
    await rung;
    primary.signal('SIGKILL');
    await primary.ended;
    await theirs.answer();
    await call.answered;
    await theirs.confirmed;
    const end = await call.hangUp();
    expect(end).to.include({ clean: true });
  });

  it('the INVITE at the callee names the backup in Via and Record-Route', () => {
    const { text, peer } = message(bob, 'in', /^INVITE /);
    expect(peer).to.equal(`${PRIMARY}:5060`);
    expect(text).to.match(
      new RegExp(`^Via: SIP/2\\.0/UDP ${PRIMARY}:5060;rport;branch=z9hG4bK[\\w-]{22};alternatePath=${BACKUP};pathToken=[\\w.-]+\\r$`, 'm'),
    );
    expect(text).to.match(
      new RegExp(`^Record-Route: <sip:${PRIMARY}:5060;lr;alternatePath=${BACKUP};pathToken=[\\w.-]+>;alternatePath=${BACKUP}\\r$`, 'm'),
    );
  });

  it('the 200 at the caller comes from the backup, and names it in Record-Route', () => {
    const { text, peer } = message(alice, 'in', /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ INVITE/);
    expect(peer).to.equal(`${BACKUP}:5060`);
    expect(text.match(/^Via:/gim)).to.have.length(1);
    expect(text).to.match(new RegExp(`^Record-Route: +<sip:${BACKUP}:5060;lr;alternatePath=${PRIMARY};pathToken=[\\w.-]+>`, 'im'));
  });

  it('ACK and BYE arrive through the backup', () => {
    expect(message(bob, 'in', /^ACK /).peer).to.equal(`${BACKUP}:5060`);
    expect(message(bob, 'in', /^BYE /).peer).to.equal(`${BACKUP}:5060`);
    expect(bob.messages.filter((each) => each.direction === 'in' && each.text.startsWith('INVITE '))).to.have.length(1);
  });

  it('drops and counts a response whose token is missing or wrong', async () => {
    const { text } = message(bob, 'out', /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ INVITE/);
    const missing = text.replace(/;pathtoken=[^;\r]*/i, '');
    const wrong = text.replace(/^Call-ID: .*\r$/im, 'Call-ID: another@call\r');
    const socket = createSocket('udp4');
    for (const forged of [missing, wrong]) await new Promise((sent) => socket.send(forged, 5060, BACKUP, sent));
    socket.close();
    const dropped = async (reason: string): Promise<number> => {
      const metrics = await (await fetch(`http://${BACKUP}:8080/metrics`)).text();
      return Number(new RegExp(`^altpath_sip_response_dropped_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(metrics)?.[1] ?? 0);
    };
    while ((await dropped('token-missing')) + (await dropped('token-invalid')) < 2);
    expect(await dropped('token-missing')).to.equal(1);
    expect(await dropped('token-invalid')).to.equal(1);
  });
});

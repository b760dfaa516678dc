// What our MEGACO codecs write, and all that our controllers and gateways say in calls and takeovers, byte for byte, before a
// judge that nobody here wrote: tshark's dissectors of H.248.
import { decodeText, encodeBer, encodeText, type MegacoMessage, tpktFrame } from '@altpath/megaco';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { megacoKind, type Way } from '../integration/lines/megaco-kinds.js';
import { playAll } from '../integration/lines/play.js';
import { Scene } from '../integration/lines/scene.js';
import { SHORT_STORIES } from '../integration/lines/stories.js';
import { MegacoDissector } from '../support/megaco-dissector.js';
import { MEGACO_MESSAGES } from '../support/megaco-messages.js';
import { Scratch } from '../support/scratch.js';

/** Each kind of message that the samples hold. */
const KINDS = [
  ...['request', 'reply', 'pending', 'ack', 'error'],
  ...['add', 'move', 'modify', 'subtract', 'audit-value', 'audit-capability', 'notify', 'service-change'],
];

/** How the samples leave: as datagrams, and framed for a stream. */
const WAYS: Readonly<Record<string, (message: MegacoMessage) => Buffer>> = {
  'compact text': (message) => encodeText(message, { style: 'compact' }),
  'pretty text': (message) => encodeText(message, { style: 'pretty' }),
  'compact text over TCP': (message) => tpktFrame(encodeText(message, { style: 'compact' })),
  BER: binary,
  'BER over TCP': (message) => tpktFrame(binary(message)),
};

/** What is heard in a run at least; TransactionPending and message errors are for worse days. */
const KINDS_OF_A_RUN = ['request', 'reply', 'ack', 'add', 'modify', 'subtract', 'audit-value', 'notify', 'service-change'];

/** Every message, once each, between two gateways and two controllers: calls, a drain and a death amid a talk, both ways. */
function recordedRun(way: Way): readonly Buffer[] {
  const heard = new Map<string, Buffer>();
  const onMessage = (_direction: 'in' | 'out', message: Buffer): void => {
    const bytes = way.transport === 'tcp' ? tpktFrame(message) : Buffer.from(message);
    heard.set(bytes.toString('latin1'), bytes);
  };
  const scene = new Scene({ seed: 1, kinds: [megacoKind(way, { onMessage })], gateways: 2, linesEach: 4 });
  scene.start();
  const cast = scene.cast('1101', '1201', '1202');
  const [play] = playAll(scene, [cast], () => SHORT_STORIES, { patienceMs: 5_000, pauseMs: 500, mindsAll: true }, 400_000);
  expect([play?.isOver, play?.complaints]).to.deep.equal([true, []]);
  for (const [node, fault] of [
    [0, 'drained'],
    [1, 'killed'],
  ] as const) {
    cast.caller.phone.offHook();
    scene.run(1_000);
    cast.caller.phone.dial(cast.called.number);
    scene.run(1_000);
    cast.called.phone.offHook();
    scene.run(1_000);
    scene.stop(node, fault);
    scene.run(6_000);
    cast.caller.phone.onHook();
    scene.run(1_000);
    cast.called.phone.onHook();
    scene.run(1_000);
    scene.bringBack(node);
    scene.run(4_000);
  }
  expect(scene.remains).to.equal('');
  return [...heard.values()];
}

function binary(message: MegacoMessage): Buffer {
  const outcome = encodeBer(message);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}

function messageOf(text: string): MegacoMessage {
  const decoded = decodeText(Buffer.from(text, 'latin1'));
  if (!decoded.ok) throw new Error(`${decoded.fault.hint}\n${text}`);
  return decoded.value;
}

describe('what MEGACO writes', function () {
  this.timeout(60_000);
  let scratch: Scratch;

  before(function () {
    needs(this, 'tshark', 'text2pcap');
  });

  beforeEach(async () => {
    scratch = await Scratch.create('megaco-dissect');
  });

  afterEach(() => scratch.remove());

  for (const [way, write] of Object.entries(WAYS)) {
    it(`passes the dissector of tshark as ${way}`, async () => {
      const samples = MEGACO_MESSAGES.filter(({ binary: isBinary }) => isBinary || !way.startsWith('BER'));
      const verdicts = await new MegacoDissector(scratch).look(samples.map(({ text }) => write(messageOf(text))));
      expect(verdicts.flatMap(({ complaints }) => complaints)).to.deep.equal([]);
      expect(new Set(verdicts.flatMap(({ messages }) => messages))).to.include.all.keys(KINDS);
    });
  }

  for (const encoding of ['compact', 'pretty', 'binary'] as const) {
    for (const transport of ['udp', 'tcp'] as const) {
      it(`passes in a whole run of controllers and gateways, in ${encoding} over ${transport}`, async () => {
        const verdicts = await new MegacoDissector(scratch).look(recordedRun({ encoding, transport }));
        expect(verdicts.flatMap(({ complaints }) => complaints).slice(0, 5)).to.deep.equal([]);
        expect(new Set(verdicts.flatMap(({ messages }) => messages))).to.include.all.keys(KINDS_OF_A_RUN);
        expect(verdicts.length).to.be.greaterThan(200);
      });
    }
  }

  it('is judged by dissectors that find faults', async () => {
    const text = '!/1 [192.0.2.1]:2944\nT=1{C=-{MF=line/1{E=3{al/of},SG{cg/dt}}}}';
    const octets = binary(messageOf(text));
    const faulty: readonly (readonly [what: string, message: Buffer])[] = [
      ['No Descriptor detectable', Buffer.from(text.replace('SG', 'XX'))],
      ['No Command detectable', Buffer.from(text.replace('MF', 'XX'))],
      ['malformed', Buffer.from(text.slice(0, -12))],
      ['seen as', Buffer.from(text.replace('T=1', 'K{1}T=1'))],
      ['our own codec says', Buffer.from('not a word of it')],
      ['taken for', tpktFrame(octets).fill(9, 0, 1)],
      ['BER Error', Buffer.from(octets.toString('hex').replace('800400090005', '820400090005'), 'hex')],
      ['alformed', octets.subarray(0, -5)],
    ];
    const verdicts = await new MegacoDissector(scratch).look([Buffer.from(text), octets, ...faulty.map(([, message]) => message)]);
    const [first, second, ...rest] = verdicts;
    const clean = { messages: ['request', 'modify'], complaints: [] };
    expect([first, second]).to.deep.equal([clean, clean]);
    rest.forEach(({ complaints }, index) => expect(complaints.join('\n'), String(index)).to.include(faulty[index]?.[0]));
  });
});

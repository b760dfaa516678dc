// The SIP codec against npm `sip`: CPU time a message for a proxy's work on a 672-byte INVITE. Rounds of the two alternate,
// so that what else the machine does falls on both; each figure is the median of its rounds, with the fastest beside it.
import { createRequire } from 'node:module';
import { applyEdits } from '@altpath/core';
import {
  decode,
  insertHeader,
  insertTopHeader,
  removeRoutes,
  replaceRequestUri,
  replaceVia,
  setHeader,
  type SipMessage,
} from '@altpath/sip';

/** One line of the result; microseconds of CPU time a message. */
export interface CodecRow {
  readonly job: string;
  readonly median: number;
  readonly fastest: number;
  readonly rounds: number;
}

/** What is used of npm `sip`, which has no types of its own. */
interface NpmSip {
  parse(text: string): NpmMessage;
  stringify(message: NpmMessage): string;
  copyMessage(message: NpmMessage, deep: boolean): NpmMessage;
}

interface NpmMessage {
  uri: string;
  readonly headers: {
    via: { params: Record<string, unknown>; [part: string]: unknown }[];
    route?: unknown[];
    'record-route'?: unknown[];
    'max-forwards': number;
  };
}

const MESSAGES = 50_000;
const ROUNDS = 9;
const VIA = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKp7nK2s0Xc1Qe8dGm4fTzLw;rport;alternatePath=192.0.2.2';
const RECORD_ROUTE = '<sip:192.0.2.1:5060;lr;alternatePath=192.0.2.2>;alternatePath=192.0.2.2';
const TARGET = 'sip:otto@192.0.2.88:5066';

/** An INVITE as a phone behind another proxy sends it: 672 bytes. */
export const INVITE = invite();

/** Measures, prints nothing. Takes some ten seconds. */
export function benchCodec(): CodecRow[] {
  const sip = createRequire(import.meta.url)('sip') as NpmSip;
  const jobs: Readonly<Record<string, () => number>> = {
    'parse for routing': () => parsed().bytes.length,
    'parse and assemble the forwarded copy': () => forwarded().length,
    'npm sip: parse': () => sip.parse(INVITE.toString('latin1')).headers.via.length,
    'npm sip: parse and assemble the forwarded copy': () => forwardedByNpm(sip).length,
  };
  const times = new Map(Object.keys(jobs).map((job) => [job, [] as number[]]));
  // The first two rounds warm up.
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const [job, work] of Object.entries(jobs)) {
      const time = cpuOf(work);
      if (round >= 0) times.get(job)?.push(time);
    }
  }
  return [...times].map(([job, measured]) => row(job, measured));
}

function row(job: string, measured: readonly number[]): CodecRow {
  const sorted = [...measured].sort((a, b) => a - b);
  const [fastest = 0] = sorted;
  return { job, median: rounded(sorted[sorted.length >> 1] ?? 0), fastest: rounded(fastest), rounds: sorted.length };
}

function rounded(us: number): number {
  return Math.round(us * 100) / 100;
}

/** What the last job gave, so that no work is optimised away. */
const sink = { kept: 0 };

function cpuOf(work: () => number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < MESSAGES; i += 1) sink.kept ^= work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MESSAGES;
}

/** Reads what a proxy's routing reads: Via, Route, Record-Route, Max-Forwards, Call-ID, CSeq, From and To. */
function parsed(): SipMessage {
  const decoded = decode(INVITE);
  if (!decoded.ok) throw new Error(decoded.fault.code);
  const { message } = decoded;
  sink.kept ^= message.topVia.branch.length + message.routes.length + message.recordRoutes.length + (message.maxForwards ?? 0);
  sink.kept ^= message.callId.length + message.cseq + message.fromTag.length + message.to.uri.length;
  return message;
}

function forwarded(): Buffer {
  const message = parsed();
  return applyEdits(message.bytes, [
    replaceRequestUri(message, TARGET),
    insertTopHeader(message, `Via: ${VIA}`),
    replaceVia(message, 0, `${message.topVia.text};received=192.0.2.77`),
    insertHeader(message, 'Record-Route', `Record-Route: ${RECORD_ROUTE}`),
    ...removeRoutes(message, 1),
    setHeader(message, 'Max-Forwards', String((message.maxForwards ?? 70) - 1)),
  ]);
}

/** The same with npm `sip`, the way its own proxy does it. */
function forwardedByNpm(sip: NpmSip): Buffer {
  const message = sip.copyMessage(sip.parse(INVITE.toString('latin1')), true);
  const { headers } = message;
  message.uri = TARGET;
  if (headers.via[0]) headers.via[0].params['received'] = '192.0.2.77';
  headers.via.unshift({
    version: '2.0',
    protocol: 'UDP',
    host: '192.0.2.1',
    port: 5060,
    params: { branch: 'z9hG4bKp7nK2s0Xc1Qe8dGm4fTzLw' },
  });
  headers.route?.shift();
  headers['record-route'] = [{ uri: RECORD_ROUTE }, ...(headers['record-route'] ?? [])];
  headers['max-forwards'] -= 1;
  return Buffer.from(sip.stringify(message), 'latin1');
}

function invite(): Buffer {
  const head = [
    'INVITE sip:otto@example.org SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bKd87543a4b5c6;rport',
    'Route: <sip:192.0.2.1:5060;lr>',
    'Record-Route: <sip:192.0.2.9:5060;lr;ftag=1928301774>',
    'Max-Forwards: 70',
    'From: "Nora" <sip:nora@example.net>;tag=1928301774',
    'To: <sip:otto@example.org>',
    'Call-ID: a84b4c76e66710@192.0.2.77',
    'CSeq: 314159 INVITE',
    'Contact: <sip:nora@192.0.2.77:5062;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE',
    'User-Agent: Phone/1.0',
    'Content-Type: application/sdp',
  ];
  const session = [
    'v=0',
    'o=nora 2890844526 2890844526 IN IP4 192.0.2.77',
    's=-',
    'c=IN IP4 192.0.2.77',
    't=0 0',
    'm=audio 49172 RTP/AVP 0 8',
    '',
  ];
  const body = session.join('\r\n');
  const text = [...head, 'Content-Length: 000', '', body].join('\r\n');
  const filler = `a=${'x'.repeat(672 - text.length - 4)}\r\n`;
  return Buffer.from([...head, `Content-Length: ${body.length + filler.length}`, '', body + filler].join('\r\n'), 'latin1');
}

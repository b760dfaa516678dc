// Scenarios of sipp put together from steps: what it says and what it waits for, as caller or as callee. One call each; where
// many calls of one kind are wanted there are files in test/interop/scenarios.

/** What `Sipp` runs. */
export interface SippScenario {
  /** Its files are named so. */
  readonly name: string;
  readonly xml: string;
}

/** One step, in sipp's XML. */
export type SippStep = string;

/** What may be said beside the plain words. */
export interface Wording {
  /** Whole header lines. */
  readonly lines?: readonly string[] | undefined;
  /** A session description with this port for audio, in mu-law; default: none. */
  readonly audio?: number | undefined;
}

/** Of its dialog: it calls once. */
const OWN_TAG = '[pid]s[call_number]';
/** Default repetition of what is sent over UDP, in ms. */
const RETRANSMISSION_MS = 500;

export function sippScenario(name: string, steps: readonly SippStep[]): SippScenario {
  return { name, xml: `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n` };
}

/** Waits for a response. @param also  Provisional ones that may come before. */
export function awaits(status: number, ...also: readonly number[]): SippStep {
  return [...also.map((each) => `<recv response="${each}" optional="true"/>`), `<recv response="${status}" rrs="true"/>`].join('\n');
}

/** Waits for a request that comes in the dialog. */
export function isAsked(method: string): SippStep {
  return `<recv request="${method}"/>`;
}

/** Answers the request that came last. */
export function agrees(status = '200 OK'): SippStep {
  return send(`SIP/2.0 ${status}`, ['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'], {});
}

export function waits(ms: number): SippStep {
  return `<pause milliseconds="${ms}"/>`;
}

/** It calls the number `[number]` at `[domain]`: keys of the run. */
export const CALLER = {
  invite: (wording: Wording = {}): SippStep => byCaller('INVITE', 1, wording),
  /** Of a 2xx. */
  ack: (wording: Wording = {}): SippStep => byCaller('ACK', 1, wording),
  /** Of a failure: a part of the INVITE's transaction. */
  ackFailure: (): SippStep => byCaller('ACK', 1, {}, 'INVITE'),
  cancel: (): SippStep => byCaller('CANCEL', 1, {}, 'INVITE'),
  /** Of the reliable response that came last, which `awaitsReliable` waited for. */
  prack: (cseq: number): SippStep => byCaller('PRACK', cseq, { lines: ['RAck:[$rseq] 1 INVITE'] }),
  awaitsReliable: (status: number, ...also: readonly number[]): SippStep =>
    [
      ...also.map((each) => `<recv response="${each}" optional="true"/>`),
      `<recv response="${status}" rrs="true"><action>${keep('RSeq', 'rseq')}</action></recv>`,
    ].join('\n'),
  bye: (cseq = 2): SippStep => byCaller('BYE', cseq, {}),
} as const;

/** It is called. */
export const CALLEE = {
  isInvited: (): SippStep =>
    `<recv request="INVITE" rrs="true"><action>${[
      ['From', 'caller'],
      ['To', 'called'],
      ['Via', 'via'],
      ['CSeq', 'cseq'],
    ]
      .map(([header = '', variable = '']) => keep(header, variable))
      .join('')}</action></recv>`,
  /** A response to the INVITE, whatever came since. */
  answers: (status: string, { lines = [], audio }: Wording = {}): SippStep =>
    send(
      `SIP/2.0 ${status}`,
      [
        'Via:[$via]',
        'From:[$caller]',
        `To:[$called];tag=${OWN_TAG}`,
        '[last_Call-ID:]',
        'CSeq:[$cseq]',
        'Contact: <sip:sipp@[local_ip]:[local_port]>',
        ...lines,
      ],
      // A reliable one, and the final ones, would go again until they are acknowledged.
      { audio, isRepeated: Number.parseInt(status, 10) >= 200 },
    ),
  bye: (): SippStep =>
    send(
      'BYE [next_url] SIP/2.0',
      [
        viaOf(`${OWN_TAG}bye`),
        '[routes]',
        'Max-Forwards: 70',
        `From:[$called];tag=${OWN_TAG}`,
        'To:[$caller]',
        '[last_Call-ID:]',
        'CSeq: 1 BYE',
      ],
      { isRepeated: true },
    ),
} as const;

function byCaller(method: string, cseq: number, { lines = [], audio }: Wording, transaction = method): SippStep {
  const isInDialog = method !== 'INVITE' && method !== 'CANCEL' && transaction === method;
  const head = [
    viaOf(`${OWN_TAG}${cseq}${transaction}`),
    ...(isInDialog ? ['[routes]'] : []),
    'Max-Forwards: 70',
    `From: <sip:sipp@[local_ip]:[local_port]>;tag=${OWN_TAG}`,
    `To: <sip:[number]@[domain]>${method === 'CANCEL' ? '' : '[peer_tag_param]'}`,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    ...(method === 'INVITE' ? ['Contact: <sip:sipp@[local_ip]:[local_port]>'] : []),
    ...lines,
  ];
  return send(`${method} ${isInDialog ? '[next_url]' : 'sip:[number]@[domain]'} SIP/2.0`, head, { audio, isRepeated: method !== 'ACK' });
}

function viaOf(branch: string): string {
  return `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK${branch};rport`;
}

function send(
  start: string,
  head: readonly string[],
  { audio, isRepeated = false }: { audio?: number | undefined; isRepeated?: boolean },
): SippStep {
  const body =
    audio === undefined
      ? ['Content-Length: 0', '', '']
      : [
          'Content-Type: application/sdp',
          'Content-Length: [len]',
          '',
          'v=0',
          'o=- 1 1 IN IP4 [local_ip]',
          's=-',
          'c=IN IP4 [local_ip]',
          't=0 0',
          `m=audio ${audio} RTP/AVP 0`,
          '',
        ];
  const text = [start, ...head, ...body].join('\n');
  return `<send${isRepeated ? ` retrans="${RETRANSMISSION_MS}"` : ''}>\n<![CDATA[\n${text}]]>\n</send>`;
}

function keep(header: string, variable: string): string {
  return `<ereg regexp=".*" search_in="hdr" header="${header}:" check_it="true" assign_to="${variable}"/>`;
}

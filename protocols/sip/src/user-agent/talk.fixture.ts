// Talks of the tests: a telephone that called us or was called, answered and acknowledged, at a desk where time is the test's.
import type { HalfCallState } from '@altpath/call-control';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS_PARTY, Desk, FAR, OFFER, sdpOf, type Words } from './testing.js';

/** What telephones of today can do. */
export const ABLE = ['Allow: INVITE, ACK, CANCEL, BYE, UPDATE, INFO, REFER', 'Supported: timer'];
/** The telephone's description at another address. */
export const MOVED = sdpOf('10.1.0.77', 4_100);
export const HELD = OFFER.replace('sendrecv', 'sendonly');
/** The other end's description, when it is another one. */
export const OTHER = sdpOf('10.9.0.10', 9_100);

export interface Talking {
  readonly desk: Desk;
  readonly party: string;
  /** Our 200, or the telephone's INVITE from us: Contact, tags and Call-ID of the dialog as the telephone knows it. */
  readonly ours: SipMessage;
  /** A request of the telephone, with the next CSeq. */
  say(method: string, words?: Words): void;
  order(phase: HalfCallState['phase'], mode?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive', remote?: string): void;
}

/** A telephone has called, is answered, and has acknowledged. @param lines  What its INVITE says of what it can do. */
export function called(lines: readonly string[] = ABLE, desk = new Desk()): Talking {
  desk.hear(desk.request('INVITE', { body: OFFER, lines }));
  const party = desk.told.at(-1)?.party ?? '';
  desk.order(party, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
  const ours = desk.sent().at(-1) as SipMessage;
  desk.hear(desk.within('ACK', ours, { cseq: 1 }));
  desk.events();
  return talking(desk, party, ours, 'originating', (method, words) => desk.within(method, ours, words));
}

/** We have called a telephone, and it has answered. */
export function calling(lines: readonly string[] = [...ABLE, 'Session-Expires: 90;refresher=uas'], desk = new Desk()): Talking {
  const invite = desk.ringBob();
  desk.hear(desk.answer(invite, 200, { body: OFFER, lines }), AT_BOB);
  desk.order(BOBS_PARTY, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
  desk.sent();
  desk.events();
  return talking(desk, BOBS_PARTY, invite, 'terminating', (method, words = {}) =>
    desk.within(method, invite, {
      toTag: invite.fromTag,
      fromTag: 'bob',
      from: '<sip:bob@10.1.0.2>',
      ...words,
    }),
  );
}

function talking(
  desk: Desk,
  party: string,
  ours: SipMessage,
  role: 'originating' | 'terminating',
  within: (method: string, words?: Words) => string,
): Talking {
  let cseq = 1;
  return {
    desk,
    party,
    ours,
    say: (method, words = {}) => {
      if (words.cseq === undefined && method !== 'ACK') cseq += 1;
      desk.hear(within(method, { cseq, ...words }));
    },
    order: (phase, mode = 'sendrecv', remote = FAR) => desk.order(party, { phase, media: { mode, remote } }, role),
  };
}

/** The lines of a message's description that say anything of media. */
export function media(message: SipMessage): string[] {
  return message.body
    .toString('latin1')
    .split('\r\n')
    .filter((line) => /^(?:o=|c=|m=|a=(?:send|recv|inact))/.test(line))
    .map((line) => line.replace(/^o=- \d+ (\d+) .*$/, 'version $1'));
}

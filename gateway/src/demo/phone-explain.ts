// Why a message took the way it took, in words: from a phone's trace to steps of the ladder.
import type { PhoneMessage } from '@altpath/simulators';
import type { LadderStep } from './ladder.js';

/** Names of the addresses in play, and who is dead or frozen. */
export interface Cast {
  /** Name of a `host:port`; undefined for a stranger. */
  nameOf(peer: string): string | undefined;
  isLost(name: string): boolean;
}

/** One message of `phone` as a step; undefined when its other side is none of the cast. */
export function stepOf(phone: string, message: PhoneMessage, cast: Cast): LadderStep | undefined {
  const other = cast.nameOf(message.peer);
  if (other === undefined) return undefined;
  const out = message.direction === 'out';
  return {
    kind: 'message',
    at: message.at,
    from: out ? phone : other,
    to: out ? other : phone,
    label: labelOf(message),
    note: out ? reasonOf(phone, other, message, cast) : findingOf(message, cast),
    lost: out && cast.isLost(other),
  };
}

/** `INVITE`, `180 Ringing`, `200 OK BYE`: the method of a response where it is not the INVITE's. */
export function labelOf(message: PhoneMessage): string {
  return message.summary.replace(' (INVITE)', '').replace(/ \((\w+)\)$/, ' $1');
}

function reasonOf(phone: string, to: string, message: PhoneMessage, cast: Cast): string | undefined {
  const { note } = message;
  if (note === undefined) return undefined;
  const source = alternateSource(message);
  if (note === 'alternate: no such port (ICMP)')
    return `${phone}: no such port there (ICMP), so the same bytes go to ${to}, named by ${source}`;
  if (note === 'alternate: silence') return `${phone}: silence there for one T1, so the same bytes go to ${to}, named by ${source}`;
  if (note.startsWith('alternate: a 100')) return `${phone}: a 100 and then nothing, so the same bytes go to ${to}, named by ${source}`;
  if (note.startsWith('alternate: the first')) return `${phone}: the first address is known dead, so ${to} is asked, named by ${source}`;
  if (note === 'no ACK: all paths')
    return cast.isLost(to) ? undefined : `${phone}: no ACK for one T1, so the same bytes go to ${to} too, named by ${source}`;
  if (note.startsWith('all paths: '))
    return cast.isLost(to) ? undefined : `${phone}: on all paths, because ${note.slice('all paths: '.length)}`;
  return `${phone}: ${note}`;
}

/** Where a phone knows the alternate from that this message went to. */
function alternateSource(message: PhoneMessage): string {
  if (message.text.startsWith('SIP/2.0')) return `alternatePath=${valueOf(message.text, 'Via') ?? '?'} in Via`;
  const inRoute = valueOf(message.text, 'Route');
  return inRoute === undefined ? "the phone's outbound list" : `alternatePath=${inRoute} in Route`;
}

/** What is worth seeing in a message that came. */
function findingOf(message: PhoneMessage, cast: Cast): string | undefined {
  const recordRoute = hostOf(message.text, 'Record-Route');
  const writer = recordRoute === undefined ? undefined : cast.nameOf(recordRoute);
  if (message.summary === 'INVITE') {
    const inVia = valueOf(message.text, 'Via');
    return inVia === undefined ? undefined : `Via and Record-Route of the ${writer ?? 'node'} carry alternatePath=${inVia}`;
  }
  if (message.summary !== '200 OK (INVITE)' || writer === undefined) return undefined;
  const sender = cast.nameOf(message.peer);
  if (writer === sender && writer === 'backup') return 'the backup took the Via of the primary off and wrote itself into Record-Route';
  return undefined;
}

/** The value of the first alternatePath in the first header of that name. */
export function valueOf(text: string, header: string): string | undefined {
  const line = headerLine(text, header);
  return /;alternatePath="?([^;>,\s"]+)/i.exec(line ?? '')?.[1];
}

/** `host:port` of the URI in the first header of that name, 5060 where no port is written. */
export function hostOf(text: string, header: string): string | undefined {
  const match = /<sips?:(?:[^@>;]*@)?([^;>:]+)(?::(\d+))?/i.exec(headerLine(text, header) ?? '');
  return match?.[1] === undefined ? undefined : `${match[1]}:${match[2] ?? '5060'}`;
}

function headerLine(text: string, header: string): string | undefined {
  const prefix = `${header.toLowerCase()}:`;
  return text.split('\r\n').find((line) => line.toLowerCase().startsWith(prefix));
}

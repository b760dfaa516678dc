// The answer that takes nothing of an offer: an ACK owes one even where a BYE follows it at once (RFC 3261 §13.2.2.4).
import { parseSessionDescription, writeSessionDescription } from '@altpath/sdp';

/** @returns every stream refused (RFC 3264 §6); undefined where the offer cannot be read. */
export function declined(offer: string): string | undefined {
  const parsed = parseSessionDescription(offer);
  if (!parsed.ok) return undefined;
  const { origin, connection, media } = parsed.value;
  return writeSessionDescription({
    origin: { ...origin, username: '-', sessionVersion: '1' },
    name: '-',
    connection,
    times: ['0 0'],
    others: [],
    attributes: [],
    media: media.map(({ kind, protocol, formats }) => ({ kind, port: 0, protocol, formats, connections: [], others: [], attributes: [] })),
  });
}

// Writes a session description in the order that RFC 8866 §9 (rule session-description) demands.
import type { Connection, MediaDescription, OtherLine, SessionDescription } from './description.js';

/** @returns the body, every line ended by CRLF. What the description holds is written as it is: nothing is checked. */
export function writeSessionDescription(session: SessionDescription): string {
  const { origin } = session;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.family} ${origin.address}`,
    `s=${session.name}`,
    ...pick(session.others, 'iuep'),
    ...(session.connection ? [connectionLine(session.connection)] : []),
    ...pick(session.others, 'b'),
    ...session.times.map((time) => `t=${time}`),
    ...pick(session.others, 'rzk'),
    ...attributeLines(session),
    ...session.media.flatMap(mediaLines),
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

function mediaLines(media: MediaDescription): string[] {
  const count = media.portCount === undefined ? '' : `/${media.portCount}`;
  return [
    `m=${media.kind} ${media.port}${count} ${media.protocol} ${media.formats.join(' ')}`,
    ...pick(media.others, 'i'),
    ...media.connections.map(connectionLine),
    ...pick(media.others, 'bk'),
    ...attributeLines(media),
  ];
}

function attributeLines(owner: Pick<MediaDescription, 'attributes'>): string[] {
  return owner.attributes.map(({ name, value }) => (value === undefined ? `a=${name}` : `a=${name}:${value}`));
}

function connectionLine(connection: Connection): string {
  return `c=IN ${connection.family} ${connection.address}${connection.suffix ?? ''}`;
}

/** Lines of the given types, in the order of `types`. */
function pick(others: readonly OtherLine[], types: string): string[] {
  return [...types].flatMap((type) => others.filter((line) => line.type === type).map((line) => `${type}=${line.value}`));
}

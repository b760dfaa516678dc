// A session description as plain data (RFC 8866 §5), as far as audio calls need it. What a line says that nobody
// here reads is kept as text, so that writing gives it back in its place.

/** Media flow seen from whoever wrote the description (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export type AddressFamily = 'IP4' | 'IP6';

/** The `o=` line. `sessionId` and `sessionVersion` are digits of any length, so they stay text. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly family: AddressFamily;
  readonly address: string;
}

/** A `c=` line. `address` is without the multicast suffix, which stands in `suffix` (`/127/3`) where there is one. */
export interface Connection {
  readonly family: AddressFamily;
  readonly address: string;
  readonly suffix?: string | undefined;
}

/** An `a=` line; `value` is absent for a property such as `sendrecv`. */
export interface Attribute {
  readonly name: string;
  readonly value?: string | undefined;
}

/** A line that is carried and not read: `i u e p b r z k`. */
export interface OtherLine {
  readonly type: string;
  readonly value: string;
}

export interface MediaDescription {
  /** `audio`, `video`, `image`, ... */
  readonly kind: string;
  /** 0..65535; 0 refuses the stream (RFC 3264 §6). */
  readonly port: number;
  readonly portCount?: number | undefined;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connections: readonly Connection[];
  readonly others: readonly OtherLine[];
  readonly attributes: readonly Attribute[];
}

export interface SessionDescription {
  readonly origin: Origin;
  readonly name: string;
  readonly connection?: Connection | undefined;
  /** Values of the `t=` lines, `0 0` for an unbounded session. */
  readonly times: readonly string[];
  readonly others: readonly OtherLine[];
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** The first attribute of that name: a session's or one medium's. */
export function attributeOf(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => attribute.name === name);
}

/** Where a medium is received: its own first `c=`, else the session's (RFC 8866 §5.7). */
export function connectionOf(session: SessionDescription, media: MediaDescription): Connection | undefined {
  return media.connections[0] ?? session.connection;
}

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** A medium's direction: its own, else the session's, else `sendrecv` (RFC 8866 §6.7). */
export function directionOf(session: SessionDescription, media: MediaDescription): Direction {
  for (const attributes of [media.attributes, session.attributes]) {
    const found = DIRECTIONS.find((direction) => attributeOf(attributes, direction));
    if (found) return found;
  }
  return 'sendrecv';
}

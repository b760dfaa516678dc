// Reads a session description (RFC 8866 §5 and §9). Tolerant where phones are sloppy and nothing is lost by it: bare
// LF, blank lines, a missing s= or t=, lines out of order. Strict where guessing would send media somewhere.
import { isIPv4, isIPv6 } from 'node:net';
import type { Fault, Outcome } from '@altpath/core';
import type { AddressFamily, Attribute, Connection, MediaDescription, Origin, OtherLine, SessionDescription } from './description.js';

/** What is being collected; frozen into a `SessionDescription` at the end. */
interface Draft {
  version: boolean;
  origin: Origin | undefined;
  name: string | undefined;
  connection: Connection | undefined;
  times: string[];
  others: OtherLine[];
  attributes: Attribute[];
  media: MediaDraft[];
}

type MediaDraft = Omit<MediaDescription, 'connections' | 'others' | 'attributes'> & {
  connections: Connection[];
  others: OtherLine[];
  attributes: Attribute[];
};

/** One line's reader: takes its value; gives back what is wrong with it, in words, or nothing. */
type LineReader = (value: string, draft: Draft) => string | undefined;

const READERS: Readonly<Record<string, LineReader>> = {
  v: readVersion,
  o: readOrigin,
  s: (value, draft) => void (draft.name = value),
  c: readConnection,
  t: (value, draft) => void draft.times.push(value),
  a: readAttribute,
  m: readMedia,
  i: readOther('i'),
  u: readOther('u'),
  e: readOther('e'),
  p: readOther('p'),
  b: readOther('b'),
  r: readOther('r'),
  z: readOther('z'),
  k: readOther('k'),
};

/**
 * Parses a session description.
 *
 * @param input  The body as received; a Buffer is read as UTF-8.
 * @returns      The description, or the fault `sdp.parse.X` (blame: remote), X being the type letter of the line at
 *               fault, `line` for what is no line at all, or `type` for an unknown letter; `offset` is the start of
 *               that line in characters.
 * @see          RFC 8866 §5: a description with an unknown type letter is refused whole.
 */
export function parseSessionDescription(input: string | Buffer): Outcome<SessionDescription> {
  const text = typeof input === 'string' ? input : input.toString('utf8');
  const draft: Draft = {
    version: false,
    origin: undefined,
    name: undefined,
    connection: undefined,
    times: [],
    others: [],
    attributes: [],
    media: [],
  };
  let offset = 0;
  for (const raw of text.split('\n')) {
    const fault = readLine(raw.endsWith('\r') ? raw.slice(0, -1) : raw, draft, offset);
    if (fault) return { ok: false, fault };
    offset += raw.length + 1;
  }
  return finish(draft);
}

function readLine(line: string, draft: Draft, offset: number): Fault | undefined {
  if (line.trim() === '') return undefined;
  if (!/^[A-Za-z]=/.test(line)) return faultOf('line', `not a line of the form x=value: ${excerpt(line)}`, offset);
  const letter = line.charAt(0);
  if (!draft.version && letter !== 'v') return faultOf('v', 'a description starts with v=0', offset);
  const reader = READERS[letter];
  if (!reader) return faultOf('type', `unknown type letter: ${excerpt(line)}`, offset);
  const wrong = reader(line.slice(2), draft);
  return wrong === undefined ? undefined : faultOf(letter, `${wrong}: ${excerpt(line)}`, offset);
}

function finish(draft: Draft): Outcome<SessionDescription> {
  if (!draft.version) return { ok: false, fault: faultOf('v', 'empty description', 0) };
  if (!draft.origin) return { ok: false, fault: faultOf('o', 'no o= line', 0) };
  return {
    ok: true,
    value: {
      origin: draft.origin,
      name: draft.name ?? '-',
      connection: draft.connection,
      times: draft.times.length > 0 ? draft.times : ['0 0'],
      others: draft.others,
      attributes: draft.attributes,
      media: draft.media,
    },
  };
}

function readVersion(value: string, draft: Draft): string | undefined {
  draft.version = true;
  return value.trim() === '0' ? undefined : 'version is not 0';
}

function readOrigin(value: string, draft: Draft): string | undefined {
  const [username, sessionId, sessionVersion, net, type, address] = value.trim().split(/\s+/);
  const family = familyOf(net, type);
  if (!username || !sessionId || !sessionVersion || !family || !address) return 'origin needs six fields';
  draft.origin = { username, sessionId, sessionVersion, family, address };
  return undefined;
}

function readConnection(value: string, draft: Draft): string | undefined {
  const [net, type, text] = value.trim().split(/\s+/);
  const family = familyOf(net, type);
  if (!family || !text) return 'connection needs IN, IP4 or IP6, and an address';
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  if (!isAddress(family, address)) return 'not an address of that family';
  const connection: Connection = slash < 0 ? { family, address } : { family, address, suffix: text.slice(slash) };
  const media = draft.media.at(-1);
  if (media) media.connections.push(connection);
  else draft.connection = connection;
  return undefined;
}

function readAttribute(value: string, draft: Draft): string | undefined {
  const colon = value.indexOf(':');
  const name = (colon < 0 ? value : value.slice(0, colon)).trim();
  if (name === '') return 'attribute without a name';
  const attribute: Attribute = colon < 0 ? { name } : { name, value: value.slice(colon + 1) };
  (draft.media.at(-1) ?? draft).attributes.push(attribute);
  return undefined;
}

function readMedia(value: string, draft: Draft): string | undefined {
  const [kind, portText, protocol, ...formats] = value.trim().split(/\s+/);
  const port = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(portText ?? '');
  if (!kind || !port || !protocol || formats.length === 0) return 'medium needs a kind, a port, a protocol and a format';
  if (Number(port[1]) > 65_535) return 'port above 65535';
  const counted = port[2] === undefined ? {} : { portCount: Number(port[2]) };
  draft.media.push({ kind, port: Number(port[1]), ...counted, protocol, formats, connections: [], others: [], attributes: [] });
  return undefined;
}

function readOther(type: string): LineReader {
  return (value, draft) => void (draft.media.at(-1) ?? draft).others.push({ type, value });
}

function familyOf(net: string | undefined, type: string | undefined): AddressFamily | undefined {
  if (net?.toUpperCase() !== 'IN') return undefined;
  const upper = type?.toUpperCase();
  return upper === 'IP4' || upper === 'IP6' ? upper : undefined;
}

/** A literal of the family, or a name (RFC 8866 §9: FQDN): digits and dots alone are no name. */
function isAddress(family: AddressFamily, text: string): boolean {
  if (family === 'IP4' ? isIPv4(text) : isIPv6(text)) return true;
  return /^[A-Za-z0-9.-]+$/.test(text) && /[A-Za-z]/.test(text);
}

function faultOf(rule: string, hint: string, offset: number): Fault {
  return { code: `sdp.parse.${rule}`, blame: 'remote', hint, offset };
}

function excerpt(line: string): string {
  return line.length > 40 ? `${line.slice(0, 40)}...` : line;
}

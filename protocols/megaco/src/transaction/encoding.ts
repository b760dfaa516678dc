// The encodings of a message behind one interface, and which one a peer speaks. RFC 3525 annexes A and B.
import type { Outcome } from '@altpath/core';
import { type BerOptions, decode as decodeBer, encode as encodeBer } from '../codec/ber/index.js';
import type { Decoded } from '../codec/fault.js';
import { decode as decodeText, encode as encodeText, type TextStyle } from '../codec/text/index.js';
import type { MegacoMessage } from '../message/index.js';

export type EncodingName = TextStyle | 'binary';

/** One way to write messages. */
export interface Encoding {
  readonly name: EncodingName;
  decode(bytes: Buffer): Decoded;
  /** Faults are `megaco.ber.*` (blame: local): text can say all that the model can. */
  encode(message: MegacoMessage): Outcome<Buffer>;
}

function textEncoding(style: TextStyle): Encoding {
  return { name: style, decode: decodeText, encode: (message) => ({ ok: true, value: encodeText(message, { style }) }) };
}

/** `!/1`, short tokens. */
export const COMPACT_TEXT: Encoding = textEncoding('compact');
/** `MEGACO/1`, long tokens, indented. */
export const PRETTY_TEXT: Encoding = textEncoding('pretty');

/** @param options  Packages and termination ids of the gateway at the other end. */
export function binaryEncoding(options: BerOptions = {}): Encoding {
  return { name: 'binary', decode: (bytes) => decodeBer(bytes, options), encode: (message) => encodeBer(message, options) };
}

/** Binary with the default packages and termination ids. */
export const BINARY: Encoding = binaryEncoding();

const SEQUENCE = 0x30;
const LONG_TOKENS = /^\s*(?:MEGACO\/|Authentication\b)/i;
/** What a message may hold before its first token is read here; comments may precede it. */
const LOOK_AT = 64;

/**
 * The encoding that a message is in, by its first octets: BER begins with the tag of a SEQUENCE, which no text does
 * (`0` begins no token of RFC 3525 §B.2).
 *
 * @param binary  What binary means with this peer.
 */
export function encodingOf(bytes: Buffer, binary: Encoding = BINARY): Encoding {
  if (bytes[0] === SEQUENCE) return binary;
  return LONG_TOKENS.test(bytes.toString('latin1', 0, LOOK_AT)) ? PRETTY_TEXT : COMPACT_TEXT;
}

/** One message as it came, with the encoding that answers go out in. */
export interface Incoming {
  readonly encoding: Encoding;
  readonly decoded: Decoded;
}

/** Reads one datagram, or one message of a stream. */
export function readMessage(bytes: Buffer, binary: Encoding = BINARY): Incoming {
  const encoding = encodingOf(bytes, binary);
  return { encoding, decoded: encoding.decode(bytes) };
}

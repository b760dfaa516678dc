// Where a message's Authentication header stands, what it signs, and how one is put in front of a message that has none.
// RFC 3525 §10.2: signed are the transactions, concatenated. An error that stands in their place is signed like them.
import type { AuthenticationHeader } from '../../message/index.js';
import { readSigned as readBinary } from '../ber/decode.js';
import { UNIVERSAL } from '../ber/reader.js';
import { BerWriter } from '../ber/writer.js';
import { readSigned as readText } from '../text/decode.js';
import { AUTHENTICATION, MEGACO } from '../text/tokens.js';

/** A message in either encoding, as far as its signature is concerned. */
export interface SignedPart {
  readonly header: AuthenticationHeader | undefined;
  /** The octets of the transactions; they share memory with the message. */
  readonly octets: Buffer;
}

/**
 * @param message  One whole message, text or binary; octets behind a binary one do not count.
 * @returns        undefined where what stands before the transactions cannot be read, or none stand there.
 */
export function signedPart(message: Buffer): SignedPart | undefined {
  if (message[0] === UNIVERSAL.sequence) {
    const found = readBinary(message);
    return found && { header: found.header, octets: message.subarray(found.start, found.end) };
  }
  const found = readText(message);
  return found && { header: found.header, octets: message.subarray(found.start) };
}

/** What `withHeader` adds at most, while `data` has the 12 octets of HMAC-96. */
export const MAX_HEADER_BYTES = 72;

/**
 * @param message  A message without header, as our codecs write it.
 * @returns        The same with this header, in the same encoding and style.
 */
export function withHeader(message: Buffer, header: AuthenticationHeader): Buffer {
  return message[0] === UNIVERSAL.sequence ? binaryWith(message, header) : textWith(message, header);
}

function textWith(message: Buffer, { parameterIndex, sequenceNumber, data }: AuthenticationHeader): Buffer {
  const isPretty = message.toString('latin1', 0, MEGACO.long.length) === MEGACO.long;
  const token = isPretty ? `${AUTHENTICATION.long} = ` : `${AUTHENTICATION.short}=`;
  const values = `0x${parameterIndex}:0x${sequenceNumber}:0x${data}`.toUpperCase().replaceAll('0X', '0x');
  return Buffer.concat([Buffer.from(`${token}${values}\n`, 'latin1'), message]);
}

const PART = 0x80;
const HEADER = 0xa0;

/** MegacoMessage ::= SEQUENCE { authHeader [0], mess [1] }: the second is in it already. */
function binaryWith(message: Buffer, { parameterIndex, sequenceNumber, data }: AuthenticationHeader): Buffer {
  const writer = new BerWriter();
  const [, lengthOctet = 0] = message;
  writer.raw(message.subarray(lengthOctet < 0x80 ? 2 : 2 + (lengthOctet & 0x7f)));
  const mark = writer.length;
  [data, sequenceNumber, parameterIndex].forEach((hex, index) => writer.octets(PART | (2 - index), Buffer.from(hex, 'hex')));
  writer.close(HEADER, mark);
  writer.close(UNIVERSAL.sequence, 0);
  return writer.finish();
}

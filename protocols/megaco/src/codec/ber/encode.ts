// From a message to the octets of annex A: the model's words become records, schema.ts writes them.
import { type Outcome, SignalingError } from '@altpath/core';
import type { AuthenticationHeader, MegacoMessage } from '../../message/index.js';
import { STANDARD_PACKAGES } from '../../packages/index.js';
import type { ValueOf } from './asn1.js';
import { Mapping } from './context.js';
import { type BerOptions, DEFAULT_NAMES } from './decode.js';
import { localFault } from './faults.js';
import { errorRecord, mIdRecord } from './map-identity.js';
import { transactionRecord } from './map-transaction.js';
import { UNIVERSAL } from './reader.js';
import { type AuthenticationValue, megacoMessage } from './schema.js';
import { BerWriter } from './writer.js';

/** Memory for one message at a time: nothing here waits. */
const writer = new BerWriter();

/**
 * Writes a message in binary encoding, in the version that it names.
 *
 * @returns  A buffer of its own; or the fault `megaco.ber.*` (blame: local) when BER cannot say what the message holds:
 *           a name without a number, a termination id without octets, a part of a later version.
 * @see      RFC 3525 annex A
 */
export function encode(message: MegacoMessage, options: BerOptions = {}): Outcome<Buffer> {
  const mapping = new Mapping(options.packages ?? STANDARD_PACKAGES, options.terminations ?? DEFAULT_NAMES, message.version);
  try {
    writer.reset();
    megacoMessage.write(writer, UNIVERSAL.sequence, recordOf(message, mapping), message.version);
    return { ok: true, value: writer.finish() };
  } catch (error) {
    if (error instanceof SignalingError) return { ok: false, fault: localFault(error.code.slice('megaco.ber.'.length), error.hint) };
    throw error;
  }
}

function recordOf({ authentication, version, mId, body }: MegacoMessage, mapping: Mapping): ValueOf<typeof megacoMessage> {
  return {
    authHeader: authentication && authenticationRecord(authentication),
    mess: {
      version,
      mId: mIdRecord(mId),
      messageBody:
        body.kind === 'error'
          ? { kind: 'messageError', value: errorRecord(body) }
          : { kind: 'transactions', value: body.transactions.map((each) => transactionRecord(each, mapping)) },
    },
  };
}

function authenticationRecord({ parameterIndex, sequenceNumber, data }: AuthenticationHeader): AuthenticationValue {
  return {
    secParmIndex: Buffer.from(parameterIndex, 'hex'),
    seqNum: Buffer.from(sequenceNumber, 'hex'),
    ad: Buffer.from(data, 'hex'),
  };
}

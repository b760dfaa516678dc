// H.248 messages as people read them, whatever they were on the wire.
import { decodeBer, encodeText } from '@altpath/megaco';

const BER_SEQUENCE = 0x30;

/** Text as it stands; binary in compact text, or in hex where it cannot be read. */
export function readable(message: Buffer): string {
  if (message[0] !== BER_SEQUENCE) return message.toString('latin1');
  const decoded = decodeBer(message);
  return decoded.ok ? encodeText(decoded.value, { style: 'compact' }).toString('latin1') : message.toString('hex');
}

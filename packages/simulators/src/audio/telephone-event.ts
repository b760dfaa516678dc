// Keys pressed, as RTP carries them beside the audio (RFC 4733 §2.3): events 0 to 15 in payloads of four octets.

/** Events by number (RFC 4733 table 3). */
const KEYS = '0123456789*#ABCD';
const LOUDNESS = 10;

/** One packet of a key that is held down. */
export interface TelephoneEvent {
  /** `0`..`9`, `*`, `#`, `A`..`D`. */
  readonly digit: string;
  /** The key has been released. */
  readonly end: boolean;
  /** Since it was pressed, in samples. */
  readonly duration: number;
}

/** @returns `true` for what a telephone has a key for. */
export function isKey(digit: string): boolean {
  return digit.length === 1 && KEYS.includes(digit);
}

/** @throws RangeError for what is no key. */
export function writeTelephoneEvent({ digit, end, duration }: TelephoneEvent): Buffer {
  if (!isKey(digit)) throw new RangeError(`no key: ${digit}`);
  const payload = Buffer.alloc(4);
  payload[0] = KEYS.indexOf(digit);
  payload[1] = (end ? 0x80 : 0) | LOUDNESS;
  payload.writeUInt16BE(Math.min(duration, 0xffff), 2);
  return payload;
}

/** @returns undefined for an event that is no key, and for what is too short. */
export function readTelephoneEvent(payload: Buffer): TelephoneEvent | undefined {
  if (payload.length < 4) return undefined;
  const digit = KEYS[payload.readUInt8(0)];
  return digit === undefined ? undefined : { digit, end: (payload.readUInt8(1) & 0x80) !== 0, duration: payload.readUInt16BE(2) };
}

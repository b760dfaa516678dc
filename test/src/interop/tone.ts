// Tones as 16-bit PCM WAV files, mono, 8 kHz: written for a phone to play, and found again in what the other recorded.

const RATE = 8_000;
const HEADER_BYTES = 44;
const AMPLITUDE = 12_000;

/** A WAV file with a sine of `hertz`, `seconds` long. */
export function toneFile(hertz: number, seconds: number): Buffer {
  const data = Buffer.alloc(2 * RATE * seconds);
  for (let n = 0; n < RATE * seconds; n += 1) data.writeInt16LE(Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hertz * n) / RATE)), 2 * n);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16); // size of the format chunk
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(2 * RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/**
 * How much of a recording is the tone `hertz`.
 *
 * @param file  A WAV file; its sizes are not looked at, a recorder may have been stopped before it wrote them.
 * @returns     Share of the windows of 200 ms, 0 to 1, in which the tone carries most of the energy.
 */
export function toneShare(file: Buffer, hertz: number): number {
  const samples = Math.floor((file.length - HEADER_BYTES) / 2);
  const window = RATE / 5;
  const windows = Math.floor(samples / window);
  let found = 0;
  for (let index = 0; index < windows; index += 1) if (isTone(file, HEADER_BYTES + 2 * window * index, window, hertz)) found += 1;
  return windows === 0 ? 0 : found / windows;
}

/** Goertzel's filter over one window. */
function isTone(file: Buffer, offset: number, length: number, hertz: number): boolean {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let energy = 0;
  let last = 0;
  let beforeLast = 0;
  for (let n = 0; n < length; n += 1) {
    const sample = file.readInt16LE(offset + 2 * n);
    energy += sample * sample;
    [last, beforeLast] = [sample + factor * last - beforeLast, last];
  }
  const power = last * last + beforeLast * beforeLast - factor * last * beforeLast;
  const audible = energy > length * 10_000;
  return audible && power > (0.6 * energy * length) / 2;
}

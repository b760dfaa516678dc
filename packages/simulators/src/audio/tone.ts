// A sine tone as it is sent, and its detector (Goertzel's algorithm: one bin of a Fourier transform). Frequencies are
// multiples of 50 Hz, so that 20 ms hold whole periods and two tones do not leak into each other's bin.
import { decodeMuLaw, encodeMuLaw } from './mu-law.js';

export const SAMPLE_RATE = 8_000;
/** Samples of one packet of 20 ms. */
export const PACKET_SAMPLES = 160;

const STEP_HZ = 50;
const LOWEST_HZ = 300;
const HIGHEST_HZ = 3_300;
const AMPLITUDE = 8_000;

/** One packet of the tone in mu-law; as 20 ms hold whole periods, the same packet continues itself without a click. */
export function tonePacket(hz: number): Buffer {
  const packet = Buffer.alloc(PACKET_SAMPLES);
  for (let i = 0; i < PACKET_SAMPLES; i += 1) {
    packet[i] = encodeMuLaw(Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE)));
  }
  return packet;
}

/**
 * The share of a packet's power that lies at one frequency.
 *
 * @returns 0..1: near 1 for a pure tone of that frequency, near 0 for another multiple of 50 Hz, 0 for silence.
 */
export function toneShare(payload: Buffer, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let before = 0;
  let beforeThat = 0;
  let power = 0;
  for (const octet of payload) {
    const sample = decodeMuLaw(octet);
    power += sample * sample;
    [before, beforeThat] = [sample + coefficient * before - beforeThat, before];
  }
  if (power === 0) return 0;
  const bin = before * before + beforeThat * beforeThat - coefficient * before * beforeThat;
  return Math.min(1, (2 * bin) / (payload.length * power));
}

/** The tone that holds most of a packet, where one holds at least half of its power. */
export function strongestTone(payload: Buffer): number | undefined {
  for (let hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += STEP_HZ) if (toneShare(payload, hz) > 0.5) return hz;
  return undefined;
}

/** A frequency for a name, so that two phones seldom share one: the same name, the same tone. */
export function toneOfName(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9_973;
  return 400 + (sum % 24) * STEP_HZ;
}

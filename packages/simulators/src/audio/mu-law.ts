// G.711 mu-law, the codec behind payload type 0: eight bits a sample, 8,000 samples a second.

const BIAS = 0x84;
const CLIP = 32_635;

/** Encodes one linear sample of 16 bits. */
export function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(Math.trunc(sample)), CLIP) + BIAS;
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** Decodes one octet to a linear sample of 16 bits. */
export function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = (((bits & 0x0f) << 3) + BIAS) << exponent;
  return bits & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

// Two figures of a list of measurements.

/** The value below which this share (0..1) of the values lies, by nearest rank; undefined of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** @returns the middle value; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return percentile(values, 0.5);
}

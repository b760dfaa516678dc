// Instants and durations. One number line for the whole node: milliseconds since the epoch, never going backwards.

/** An instant in milliseconds since the epoch, or a length in milliseconds where the name ends in `Ms`. */
export type Millis = number;

/** No deadline: sorts after every instant. */
export const NEVER: Millis = Number.POSITIVE_INFINITY;

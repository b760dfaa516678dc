// Trunks: channels of a gateway that carry media to other networks. Nothing is signaled on them, neither by tones and bits of the
// channel (RFC 3064) nor beside it, so all that a trunk does follows from its connection: who calls it is through as soon as that
// stands, and it is free as soon as it has none. Nobody calls from there.
import type { HalfCallEvent, Phase } from './half-call.js';

/** What a trunk does by itself when it has become what it was told to be. */
export function trunkEvent(phase: Phase): HalfCallEvent | undefined {
  switch (phase) {
    case 'ringing':
      return { kind: 'off-hook' };
    // Tones are for telephones.
    case 'busy':
    case 'congested':
    case 'howling':
    case 'parked':
    case 'dialling':
      return { kind: 'on-hook' };
    default:
      return undefined;
  }
}

// What is ours and has led nowhere ends here.
import type { LocationStore, RoutingStep } from '@altpath/core';
import type { Territory } from './territory.js';

export function unknownStep(store: LocationStore, territory: Territory): RoutingStep {
  return {
    name: 'unknown',
    resolve({ destination }) {
      if (!territory.isOurs(destination)) return undefined;
      // Known and away is another answer than never heard of.
      const isKnown = destination.user !== '' && store.read(territory.addressOfRecord(destination)) !== undefined;
      return { kind: 'reject', reason: isKnown ? 'unavailable' : 'not-found' };
    },
  };
}

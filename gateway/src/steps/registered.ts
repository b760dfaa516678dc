// Users of our domains: where they are registered. Everything that is ours ends here.
import type { LocationStore, RoutingStep } from '@altpath/core';
import type { Territory } from './territory.js';

export function registeredStep(store: LocationStore, territory: Territory, redirect: boolean): RoutingStep {
  return {
    name: 'registered',
    resolve(question, now) {
      const { destination } = question;
      if (!territory.isOurs(destination)) return undefined;
      if (destination.user === '') return { kind: 'reject', reason: 'not-found' };
      const aor = territory.addressOfRecord(destination);
      const bindings = store.lookup(aor, now);
      // Known and away is another answer than never heard of.
      if (bindings.length === 0) return { kind: 'reject', reason: store.read(aor) ? 'unavailable' : 'not-found' };
      const targets = bindings.map((binding) => territory.targetOf(binding));
      return { kind: redirect ? 'redirect' : 'forward', targets };
    },
  };
}

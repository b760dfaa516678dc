// A destination that is the registered contact of one of our users: in-dialog requests come with it. It is reached the
// way the user registered.
import type { LocationStore, RoutingStep } from '@altpath/core';
import type { Territory } from './territory.js';

export function contactStep(store: LocationStore, territory: Territory): RoutingStep {
  return {
    name: 'contact',
    resolve(question, now) {
      const key = territory.contactKey(question.destination);
      const known = key === undefined ? undefined : store.byContact(key, now);
      if (!known) return undefined;
      return { kind: 'forward', targets: [{ ...territory.targetOf(known.binding), address: question.destination.text }] };
    },
  };
}

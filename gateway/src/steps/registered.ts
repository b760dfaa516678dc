// Users of our domains: where they are registered. Who is not is left to the next step.
import type { LocationStore, RoutingStep } from '@altpath/core';
import { beginsCall, CALL } from './numbers.js';
import type { Territory } from './territory.js';

export interface RegisteredRouting {
  /** Others are told where to go. */
  readonly redirect: boolean;
  /** Every call is call control's. */
  readonly anchored: boolean;
}

export function registeredStep(store: LocationStore, territory: Territory, { redirect, anchored }: RegisteredRouting): RoutingStep {
  return {
    name: 'registered',
    resolve(question, now) {
      const { destination } = question;
      if (destination.user === '' || !territory.isOurs(destination)) return undefined;
      const bindings = store.lookup(territory.addressOfRecord(destination), now);
      if (bindings.length === 0) return undefined;
      if (anchored && beginsCall(question)) return CALL;
      const targets = bindings.map((binding) => territory.targetOf(binding));
      return { kind: redirect ? 'redirect' : 'forward', targets };
    },
  };
}

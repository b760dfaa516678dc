// What was dialled, as the number plan has it. A number of a line is call control's; one that leads to SIP only is passed on
// as any request is; one that leads out of the house is for those who may call through it. Who is registered under a number
// has been looked for before.
import { match } from 'ts-pattern';
import type { NumberMatch, NumberPlan, Target } from '@altpath/call-control';
import type { Decision, LocationStore, Millis, RouteTarget, RoutingQuestion, RoutingStep } from '@altpath/core';
import { isAdmitted, type RelayPolicy } from './foreign.js';
import type { Territory } from './territory.js';

export interface NumberRouting {
  readonly plan: NumberPlan;
  /** SIP URIs of each group, in the order in which they are tried. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Lines that lead out of the house: trunks of gateways. */
  readonly trunks: ReadonlySet<string>;
  /** Every call is call control's, whatever the number leads to. */
  readonly anchored: boolean;
  /** Others are told where to go. */
  readonly redirect: boolean;
  readonly relay: RelayPolicy;
}

/** The service that makes calls between lines and telephones. */
export const CALL: Decision = { kind: 'serve', service: 'call' };

/** Who asks for a call: a request that begins one. */
export function beginsCall({ operation, inDialog }: RoutingQuestion): boolean {
  return operation === 'INVITE' && inDialog !== true;
}

export function numbersStep(store: LocationStore, territory: Territory, routing: NumberRouting): RoutingStep {
  return {
    name: 'numbers',
    resolve(question, now) {
      const { destination, operation } = question;
      // Whoever asks what can be done here is answered for the house, whatever the number (RFC 3261 §11).
      if (destination.user === '' || operation === 'OPTIONS' || !territory.isOurs(destination)) return undefined;
      const number = routing.plan.find(territory.dialled(destination));
      if (!number) return undefined;
      if (number.forbid) return { kind: 'reject', reason: 'forbidden' };
      if (leadsOut(number, territory, routing) && !number.emergency && !isAdmitted(question, store, routing.relay, now))
        return { kind: 'reject', reason: 'forbidden' };
      if (beginsCall(question) && (routing.anchored || number.targets.some(({ kind }) => kind === 'line'))) return CALL;
      return passedOn(number.targets, store, territory, routing, now);
    },
  };
}

/** What is tried first decides: the subscriber whose calls overflow to somewhere else may be called by everybody. */
function leadsOut({ targets: [first] }: NumberMatch, territory: Territory, { trunks }: NumberRouting): boolean {
  return match(first)
    .with(undefined, { kind: 'registrar' }, () => false)
    .with({ kind: 'line' }, ({ line }) => trunks.has(line))
    .with({ kind: 'sip' }, ({ uri }) => territory.ownUser(uri) === undefined)
    .with({ kind: 'group' }, () => true)
    .exhaustive();
}

/** To all SIP targets of the number, one after the other. A line takes nothing but calls. */
function passedOn(targets: readonly Target[], store: LocationStore, territory: Territory, routing: NumberRouting, now: Millis): Decision {
  const toRegistered = (aor: string): readonly RouteTarget[] => store.lookup(aor, now).map((binding) => territory.targetOf(binding));
  const toUri = (uri: string): readonly RouteTarget[] => {
    const aor = territory.ownUser(uri);
    return aor === undefined ? [{ address: uri }] : toRegistered(aor);
  };
  const found = targets.map((target) =>
    match(target)
      .with({ kind: 'line' }, () => [])
      .with({ kind: 'registrar' }, ({ user }) => toRegistered(territory.userAddress(user)))
      .with({ kind: 'sip' }, ({ uri }) => toUri(uri))
      .with({ kind: 'group' }, ({ name, user }) => (routing.groups.get(name) ?? []).flatMap((uri) => toUri(territory.withUser(uri, user))))
      .exhaustive(),
  );
  const all = found.flat();
  if (all.length === 0) return { kind: 'reject', reason: targets.every(({ kind }) => kind === 'line') ? 'not-allowed' : 'unavailable' };
  if (routing.redirect) return { kind: 'redirect', targets: all };
  // The telephones of one user ring as `sip.proxy.fork` has it.
  const inOrder = targets.length > 1 || targets[0]?.kind === 'group';
  return { kind: 'forward', targets: all, inOrder };
}

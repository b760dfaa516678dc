// Which controllers a gateway turns to, in which order and with which words (RFC 3525 §11.2, §11.5), and where one that
// is only named is to be found.
import { type Hop, hopKey } from '@altpath/core';
import { formatMId } from '../codec/text/index.js';
import type { MId } from '../message/index.js';
import type { ControllerPlace } from './settings.js';

/** What a gateway says when it registers (§7.2.8). */
export type RegistrationMethod = 'restart' | 'failover' | 'disconnected' | 'handoff';

export interface Candidate {
  readonly place: ControllerPlace;
  readonly method: RegistrationMethod;
  /** As ServiceChangeReason has it. */
  readonly reason: string;
}

/** §7.2.8, list of ServiceChangeReasons. */
export const Reason = {
  serviceRestored: '900 Service Restored',
  coldBoot: '901 Cold Boot',
  directedChange: '903 MGC Directed Change',
  takenOutOfService: '905 Termination taken out of service',
  controllerFailure: '909 MGC Impending Failure',
} as const;

/** After power on: the primary, then the others in order. */
export function coldCandidates(places: readonly ControllerPlace[]): readonly Candidate[] {
  return places.map((place) => ({ place, method: 'restart', reason: Reason.coldBoot }));
}

/** Back in service: whoever was in charge is asked first. */
export function returnCandidates(places: readonly ControllerPlace[], previous: ControllerPlace | undefined): readonly Candidate[] {
  const first = previous === undefined ? [] : [previous];
  return [...first, ...others(places, previous)].map((place) => ({ place, method: 'restart', reason: Reason.serviceRestored }));
}

/** The controller in charge has failed: the list from its beginning without that one, which is tried last. */
export function failoverCandidates(places: readonly ControllerPlace[], previous: ControllerPlace): readonly Candidate[] {
  return [...others(places, previous), previous].map((place) => candidateOf(place, previous));
}

/** Nobody answered, and the wait is over: the list from its beginning; who was in charge and is not in it comes last. */
export function retryCandidates(places: readonly ControllerPlace[], previous: ControllerPlace | undefined): readonly Candidate[] {
  if (previous === undefined) return coldCandidates(places);
  const isListed = places.some((place) => isSamePlace(place, previous));
  return [...places, ...(isListed ? [] : [previous])].map((place) => candidateOf(place, previous));
}

/** The controller in charge named another one; should that one not answer, all is as if the old one had failed. */
export function handOffCandidates(
  to: ControllerPlace,
  places: readonly ControllerPlace[],
  previous: ControllerPlace,
): readonly Candidate[] {
  const rest = failoverCandidates(places, previous).filter(({ place }) => !isSamePlace(place, to));
  return [{ place: to, method: 'handoff', reason: Reason.directedChange }, ...rest];
}

/** The same words for another controller, whom a refusal named: only of the previous one it is said that it was lost. */
export function followed(candidate: Candidate, place: ControllerPlace, previous: ControllerPlace | undefined): Candidate {
  const { method } = candidate;
  if (previous === undefined || method === 'restart' || method === 'handoff') return { ...candidate, place };
  return candidateOf(place, previous);
}

function candidateOf(place: ControllerPlace, previous: ControllerPlace): Candidate {
  return isSamePlace(place, previous)
    ? { place, method: 'disconnected', reason: Reason.serviceRestored }
    : { place, method: 'failover', reason: Reason.controllerFailure };
}

function others(places: readonly ControllerPlace[], without: ControllerPlace | undefined): readonly ControllerPlace[] {
  return places.filter((place) => without === undefined || !isSamePlace(place, without));
}

export function isSamePlace(a: ControllerPlace, b: ControllerPlace): boolean {
  return hopKey(a.hop) === hopKey(b.hop);
}

export function isSameMId(a: MId, b: MId): boolean {
  return formatMId(a).toLowerCase() === formatMId(b).toLowerCase();
}

/** Where a named controller is: known, to be asked for by its domain name, or nowhere. */
export type Whereabouts =
  | { readonly kind: 'known'; readonly place: ControllerPlace }
  | { readonly kind: 'name'; readonly host: string; readonly port: number }
  | { readonly kind: 'unknown' };

/**
 * @param like         Transport and listener of the association.
 * @param defaultPort  Where the name tells none: 2944 for text, 2945 for binary (RFC 3525 §9).
 */
export function whereabouts(mId: MId, places: readonly ControllerPlace[], like: Hop, defaultPort: number): Whereabouts {
  const listed = places.find((place) => place.mId !== undefined && isSameMId(place.mId, mId));
  if (listed) return { kind: 'known', place: listed };
  switch (mId.kind) {
    case 'ip4':
    case 'ip6':
      return { kind: 'known', place: { hop: { ...placed(like), host: mId.address, port: mId.port ?? defaultPort }, mId } };
    case 'domain':
      return { kind: 'name', host: mId.name, port: mId.port ?? defaultPort };
    case 'device':
    case 'mtp':
      return { kind: 'unknown' };
    default:
      return mId satisfies never;
  }
}

/** A hop to another address, over no connection that is there already. */
function placed({ transport, listener }: Hop): Pick<Hop, 'transport' | 'listener'> {
  return { transport, ...(listener !== undefined && { listener }) };
}

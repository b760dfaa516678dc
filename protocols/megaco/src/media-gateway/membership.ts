// Who comes into a context and who leaves it, with what that drags along: ports, bearers of a multiplex, the context
// itself when the last one goes (RFC 3525 §6.1.2, §7.1.3, §7.2.1, §7.2.3).
import type { Millis } from '@altpath/core';
import type { MuxDescriptor } from '../message/index.js';
import type { Contexts } from './contexts.js';
import type { MediaDesk } from './media-desk.js';
import { ErrorCode, type Refusal, refuse } from './refusal.js';
import type { MediaGatewaySettings } from './settings.js';
import type { Context, Termination } from './termination.js';
import type { Terminations } from './terminations.js';

/** What there is in a gateway, as commands find it. */
export interface Plant {
  readonly settings: MediaGatewaySettings;
  readonly terminations: Terminations;
  readonly contexts: Contexts;
  readonly desk: MediaDesk;
}

/** Whether commands may take it into a context: 521, 502. */
export function checkUsable(termination: Termination): Refusal | undefined {
  if (termination.isServiceChanging) return refuse(ErrorCode.serviceChanging, termination.id);
  // §7.2.1, §7.2.4: neither Add nor Move of what is out of service.
  return termination.serviceState === 'out-of-service' ? refuse(ErrorCode.notReady, `${termination.id} is out of service`) : undefined;
}

/** Room for one more, and for the bearers of its multiplex: 434. */
export function checkRoom({ settings }: Plant, context: Context | undefined, more: number): Refusal | undefined {
  const size = (context?.terminations.size ?? 0) + more;
  return size > settings.maxTerminationsPerContext
    ? refuse(ErrorCode.tooManyTerminations, String(settings.maxTerminationsPerContext))
    : undefined;
}

export function join({ terminations, contexts, desk }: Plant, termination: Termination, context: Context, now: Millis): void {
  terminations.admit(termination);
  context.add(termination);
  contexts.admit(context);
  termination.joinedAt = now;
  desk.touch(context);
}

/** From one context to another, with all that it is (§7.2.4). */
export function move({ contexts, desk }: Plant, termination: Termination, context: Context): void {
  const from = termination.context;
  from?.remove(termination);
  context.add(termination);
  contexts.admit(context);
  desk.touch(from);
  desk.touch(context);
  if (from) contexts.prune(from);
}

/** Out of its context: an ephemeral termination is no more, a physical one is as it was provisioned (§7.2.3). */
export function leave({ terminations, contexts, desk }: Plant, termination: Termination): void {
  const { context } = termination;
  if (!context) return;
  const ports = [...termination.streams.values()].flatMap(({ localPort }) => localPort ?? []);
  termination.reset();
  for (const port of ports) desk.giveBack(port);
  context.remove(termination);
  if (termination.kind === 'ephemeral') terminations.destroy(termination);
  contexts.prune(context);
  desk.touch(context);
}

/** Terminations that carry the streams of this one, where they are in the same context. */
export function bearersOf({ terminations }: Plant, { mux, context }: Termination): readonly Termination[] {
  return (mux?.terminationIds ?? []).flatMap((id) => {
    const bearer = terminations.find(id);
    return bearer && bearer.context === context ? [bearer] : [];
  });
}

/** Bearers that a Mux descriptor brings into the context; 471 where one cannot come (§7.2.1). */
export function impliedAdds(plant: Plant, mux: MuxDescriptor, context: Context | undefined): readonly Termination[] | Refusal {
  const bearers: Termination[] = [];
  for (const id of mux.terminationIds) {
    const bearer = plant.terminations.find(id);
    if (!bearer || bearer.kind === 'root') return refuse(ErrorCode.impliedAdd, id);
    if (context !== undefined && bearer.context === context) continue;
    if (bearer.context || checkUsable(bearer)) return refuse(ErrorCode.impliedAdd, id);
    bearers.push(bearer);
  }
  return bearers;
}

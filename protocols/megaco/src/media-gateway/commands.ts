// The controller's commands, each on all the terminations that it names (RFC 3525 §7.2.1 to §7.2.6). What one of them is
// refused is its reply; the others are tried all the same (§8).
import type { Millis } from '@altpath/core';
import {
  type AmmRequest,
  type AuditRequest,
  type AuditReturn,
  type CommandReply,
  type CommandRequest,
  type ContextId,
  isRoot,
  ROOT,
  type ServiceChangeParameters,
  type ServiceChangeRequest,
  type ServiceChangeResult,
  type SubtractRequest,
  type TerminationId,
} from '../message/index.js';
import { auditValue, checkAudit } from './audit.js';
import type { AuditGround } from './media-desk.js';
import { auditCapability, checkCapabilityAudit } from './capabilities.js';
import { type DescriptorPlan, planDescriptors } from './descriptors.js';
import { isSelected } from './individual-audit.js';
import { bearersOf, checkRoom, checkUsable, impliedAdds, join, leave, move, type Plant } from './membership.js';
import { contextIdOf, contextOf, existing, movers, newcomers, type Place, served } from './place.js';
import { type Checked, ErrorCode, errorOf, type Refusal, refuse } from './refusal.js';
import { statisticsOf } from './statistics.js';
import type { Context, Termination } from './termination.js';
import { unionOf } from './union.js';
import { wildnessOf } from './wildcards.js';

/** What the gateway does when the controller changes its service, or that of its lines (§7.2.8). */
export interface ServiceChanges {
  /** @returns what is answered; nothing but "done" where there is nothing to tell. */
  change(parameters: ServiceChangeParameters, termination: Termination, now: Millis): Checked<ServiceChangeResult | undefined>;
}

/** What commands are carried out on. */
export interface CommandGroundwork {
  readonly plant: Plant;
  readonly place: Place;
  readonly service: ServiceChanges;
  /** Version 3: how values that are asked for select. */
  readonly logic: 'and' | 'or';
  readonly now: Millis;
  /** Terminations that a command was carried out on. */
  readonly touched: Set<Termination>;
  /** What the first CHOOSE of this action became (§7.1.18). */
  chosen: TerminationId | undefined;
}

/** A reply in the context that it belongs to. */
export interface PlacedReply {
  readonly contextId: ContextId;
  readonly reply: CommandReply;
}

export interface CommandOutcome {
  readonly replies: readonly PlacedReply[];
  readonly isFailed: boolean;
}

/** What one termination has to say; where it is afterwards, or was before. */
interface Result {
  readonly contextId: ContextId;
  readonly terminationId: TerminationId;
  readonly answer: Checked<readonly AuditReturn[]>;
}

export function perform(request: CommandRequest, ground: CommandGroundwork): CommandOutcome {
  switch (request.kind) {
    case 'notify':
      return failure(request, request.terminationId, refuse(ErrorCode.unknownCommand, 'Notify to a gateway'), ground);
    case 'service-change':
      return changeService(request, ground);
    case 'audit-value':
    case 'audit-capability':
      return isRoot(request.terminationId) && ground.place.kind === 'all' ? listContexts(request, ground) : performEach(request, ground);
    default:
      return performEach(request, ground);
  }
}

function performEach(request: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>, ground: CommandGroundwork): CommandOutcome {
  const outcomes = [request.terminationId, ...(request.more ?? [])].map((id) => performOn(request, id, ground));
  return { replies: outcomes.flatMap(({ replies }) => replies), isFailed: outcomes.some(({ isFailed }) => isFailed) };
}

/** One termination id of the command, with all that it stands for. */
function performOn(
  request: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>,
  id: TerminationId,
  ground: CommandGroundwork,
): CommandOutcome {
  const { place, plant } = ground;
  const refusal = checkPlace(request, place, plant);
  const targets = refusal ? { ok: false as const, refusal } : targetsOf(request, id, ground);
  if (!targets.ok) return failure(request, id, targets.refusal, ground);
  const results = targets.value.map((termination) => {
    ground.touched.add(termination);
    return carryOut(request, id, termination, ground);
  });
  const isFailed = results.some(({ answer }) => !answer.ok);
  if (request.wildcardReturn === true && wildnessOf(id) === 'all') {
    const contextId = contextIdOf(place);
    const told = unionOf(results.map(({ answer }) => returnsOf(answer)));
    return { replies: [{ contextId, reply: replyOf(request, id, [...told, ...mapsOfRoot(request, ground)]) }], isFailed };
  }
  const replies = results.map(({ contextId, terminationId, answer }) => ({
    contextId,
    reply: replyOf(request, terminationId, returnsOf(answer)),
  }));
  return { replies, isFailed };
}

function targetsOf(
  request: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>,
  id: TerminationId,
  { place, plant, logic }: CommandGroundwork,
): Checked<readonly Termination[]> {
  if (request.kind === 'add') return newcomers(id, plant.terminations);
  if (request.kind === 'move') return movers(id, contextOf(place), plant.terminations);
  const found = existing(request.kind, id, place, plant.terminations);
  const individual = request.kind === 'audit-value' ? request.audit.individual : undefined;
  if (!found.ok || individual === undefined) return found;
  const selected = found.value.filter((each) => isSelected(each, individual, logic));
  return selected.length > 0 ? { ok: true, value: selected } : { ok: false, refusal: refuse(ErrorCode.noTerminationMatched, id) };
}

/** Which commands a place takes at all: 421; 411 where a command of this action has ended the context. */
function checkPlace({ kind }: CommandRequest, place: Place, { contexts }: Plant): Refusal | undefined {
  if (place.kind === 'context' && contexts.find(place.context.id) !== place.context)
    return refuse(ErrorCode.unknownContext, String(place.context.id));
  const brings = kind === 'add' || kind === 'move';
  if (brings && (place.kind === 'null' || place.kind === 'all')) return refuse(ErrorCode.illegalAction, `${kind} into no single context`);
  if (kind === 'subtract' && place.kind === 'null') return refuse(ErrorCode.illegalAction, 'Subtract from the null context');
  if (!brings && place.kind === 'choose' && !place.context)
    return refuse(ErrorCode.illegalAction, `${kind} in a context that is not there`);
  return undefined;
}

function carryOut(
  request: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>,
  id: TerminationId,
  termination: Termination,
  ground: CommandGroundwork,
): Result {
  const before = termination.context?.id ?? contextIdOf(ground.place);
  const answer = answerOf(request, termination, ground);
  const isChosen = request.kind === 'add' && wildnessOf(id) === 'choose';
  if (isChosen && answer.ok) ground.chosen ??= termination.id;
  const contextId = request.kind === 'add' || request.kind === 'move' ? contextIdOf(ground.place) : before;
  // What was chosen and could not be used has no name to be told.
  return { contextId, terminationId: isChosen && !answer.ok ? id : termination.id, answer };
}

function answerOf(
  request: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>,
  termination: Termination,
  ground: CommandGroundwork,
): Checked<readonly AuditReturn[]> {
  switch (request.kind) {
    case 'add':
    case 'move':
      return bring(request, termination, ground);
    case 'modify':
      return modify(request, termination, ground);
    case 'subtract':
      return subtract(request, termination, ground);
    case 'audit-value':
    case 'audit-capability':
      return audit(request, termination, ground);
    default:
      return request satisfies never;
  }
}

// --- Add and Move ------------------------------------------------------------------------------------------------

function bring(request: AmmRequest, termination: Termination, ground: CommandGroundwork): Checked<readonly AuditReturn[]> {
  const { plant, place, now } = ground;
  const unusable = checkUsable(termination);
  if (unusable) return { ok: false, refusal: unusable };
  const context = contextOf(place) ?? plant.contexts.draft();
  if (!context) return { ok: false, refusal: refuse(ErrorCode.noContextAvailable, String(plant.settings.maxContexts)) };
  const plan = planDescriptors(termination, request.descriptors, plant.desk);
  if (!plan.ok) return plan;
  const bearers = plan.value.mux ? impliedAdds(plant, plan.value.mux, context) : [];
  if ('code' in bearers) return { ok: false, refusal: bearers };
  const moving = request.kind === 'move' ? bearersOf(plant, termination) : [];
  const refusal =
    checkRoom(plant, context, 1 + bearers.length + moving.length) ?? plan.value.reserve(context.line ?? lineOf(termination) ?? bearers[0]);
  if (refusal) return { ok: false, refusal };
  if (request.kind === 'move') for (const each of [termination, ...moving]) move(plant, each, context);
  else join(plant, termination, context, now);
  for (const bearer of bearers) join(plant, bearer, context, now);
  if (place.kind === 'choose') place.context = context;
  return done(plan.value, ground);
}

function lineOf(termination: Termination): Termination | undefined {
  return termination.kind === 'physical' ? termination : undefined;
}

function done(plan: DescriptorPlan, { plant, now }: CommandGroundwork): Checked<readonly AuditReturn[]> {
  const chosen = plan.apply(now);
  const asked = plan.audit({ desk: plant.desk, now });
  // What an audit asks for tells more than what was chosen.
  return { ok: true, value: [...chosen.filter(({ kind }) => !asked.some((each) => each.kind === kind)), ...asked] };
}

// --- Modify ------------------------------------------------------------------------------------------------------

function modify(request: AmmRequest, termination: Termination, ground: CommandGroundwork): Checked<readonly AuditReturn[]> {
  const { plant, now } = ground;
  const { context } = termination;
  if (termination.isServiceChanging) return { ok: false, refusal: refuse(ErrorCode.serviceChanging, termination.id) };
  const plan = planDescriptors(termination, request.descriptors, plant.desk);
  if (!plan.ok) return plan;
  const { mux } = plan.value;
  if (mux && !context) return { ok: false, refusal: refuse(ErrorCode.impliedAdd, 'no context') };
  const bearers = mux ? impliedAdds(plant, mux, context) : [];
  if ('code' in bearers) return { ok: false, refusal: bearers };
  const refusal = (bearers.length > 0 ? checkRoom(plant, context, bearers.length) : undefined) ?? plan.value.reserve(context?.line);
  if (refusal) return { ok: false, refusal };
  if (mux && context) changeBearers(plant, termination, mux.terminationIds, bearers, context, now);
  plant.desk.touch(context);
  return done(plan.value, ground);
}

/** §7.2.2: bearers that the new Mux does not name any more leave the context. */
function changeBearers(
  plant: Plant,
  termination: Termination,
  named: readonly TerminationId[],
  coming: readonly Termination[],
  context: Context,
  now: Millis,
): void {
  const kept = new Set(named.map((id) => id.toLowerCase()));
  for (const bearer of bearersOf(plant, termination)) if (!kept.has(bearer.id.toLowerCase())) leave(plant, bearer);
  for (const bearer of coming) join(plant, bearer, context, now);
}

// --- Subtract ----------------------------------------------------------------------------------------------------

/** Statistics are told unless an Audit says otherwise; an empty one suppresses them (§7.2.3). */
function subtract(
  { audit: asked }: SubtractRequest,
  termination: Termination,
  { plant, now }: CommandGroundwork,
): Checked<readonly AuditReturn[]> {
  const refusal = asked && checkAudit(termination, asked);
  if (refusal) return { ok: false, refusal };
  const at: AuditGround = { desk: plant.desk, now };
  const counted = asked ? undefined : statisticsOf(termination, plant.desk, now);
  const told = asked ? auditValue(termination, asked, at) : counted ? [counted] : [];
  for (const bearer of bearersOf(plant, termination)) if (bearer !== termination) leave(plant, bearer);
  leave(plant, termination);
  return { ok: true, value: told };
}

// --- audits ------------------------------------------------------------------------------------------------------

function audit(request: AuditRequest, termination: Termination, { plant, now }: CommandGroundwork): Checked<readonly AuditReturn[]> {
  const isValue = request.kind === 'audit-value';
  const refusal = isValue ? checkAudit(termination, request.audit) : checkCapabilityAudit(termination, request.audit);
  if (refusal) return { ok: false, refusal };
  const at: AuditGround = { desk: plant.desk, now };
  return { ok: true, value: isValue ? auditValue(termination, request.audit, at) : auditCapability(termination, request.audit) };
}

/** §7.2.5: ROOT in all contexts asks which there are. */
function listContexts(request: AuditRequest, { place }: CommandGroundwork): CommandOutcome {
  const ids = place.kind === 'all' && place.contexts.length > 0 ? place.contexts.map(({ id }) => id) : [contextIdOf(place)];
  return { replies: ids.map((contextId) => ({ contextId, reply: replyOf(request, ROOT, []) })), isFailed: false };
}

/** §7.2.5: the digit maps of all terminations are all digit maps of the gateway. */
function mapsOfRoot(request: CommandRequest, { plant }: CommandGroundwork): readonly AuditReturn[] {
  const isAsked = request.kind === 'audit-value' && request.terminationId === '*' && request.audit.items.includes('digit-map');
  return isAsked ? plant.terminations.root.digitMaps.audit() : [];
}

// --- ServiceChange -----------------------------------------------------------------------------------------------

function changeService(request: ServiceChangeRequest, ground: CommandGroundwork): CommandOutcome {
  const { terminationId: id, parameters } = request;
  const targets = served(id, ground.plant.terminations);
  if (!targets.ok) return failure(request, id, targets.refusal, ground);
  let isFailed = false;
  const contextId = contextIdOf(ground.place);
  const replies = targets.value.map((termination): PlacedReply => {
    ground.touched.add(termination);
    const changed = ground.service.change(parameters, termination, ground.now);
    isFailed ||= !changed.ok;
    const told = changed.ok ? (changed.value ? { result: changed.value } : {}) : { error: errorOf(changed.refusal) };
    return { contextId, reply: { kind: 'service-change', terminationId: termination.id, ...told } };
  });
  const isOne = request.wildcardReturn === true && wildnessOf(id) === 'all' && !isFailed;
  return { replies: isOne ? [{ contextId, reply: { kind: 'service-change', terminationId: id } }] : replies, isFailed };
}

// --- replies -----------------------------------------------------------------------------------------------------

function failure(request: CommandRequest, id: TerminationId, refusal: Refusal, { place }: CommandGroundwork): CommandOutcome {
  const error = errorOf(refusal);
  const reply: CommandReply =
    request.kind === 'notify' || request.kind === 'service-change'
      ? { kind: request.kind, terminationId: id, error }
      : replyOf(request, id, [error]);
  return { replies: [{ contextId: contextIdOf(place), reply }], isFailed: true };
}

function returnsOf(answer: Checked<readonly AuditReturn[]>): readonly AuditReturn[] {
  return answer.ok ? answer.value : [errorOf(answer.refusal)];
}

function replyOf(
  { kind }: Exclude<CommandRequest, { kind: 'notify' | 'service-change' }>,
  terminationId: TerminationId,
  told: readonly AuditReturn[],
): CommandReply {
  return { kind, terminationId, ...(told.length > 0 && { audit: told }) };
}

// What an action says of its context itself: topology, priority, emergency; and what it asks (RFC 3525 §6.1.1, §7.1.18,
// §7.2.9).
import {
  type ActionRequest,
  type ContextAudit,
  type ContextProperties,
  isRoot,
  type TerminationId,
  type Topology,
  type TopologyDirection,
} from '../message/index.js';
import type { Place } from './place.js';
import { type Checked, ErrorCode, type Refusal, refuse, refused } from './refusal.js';
import type { Context, Termination } from './termination.js';
import type { Terminations } from './terminations.js';
import { expressionOf, wildnessOf } from './wildcards.js';

const DIRECTIONS: ReadonlySet<TopologyDirection> = new Set<TopologyDirection>(['bothway', 'isolate', 'oneway']);
const HIGHEST_PRIORITY = 15;

/** What can be told before the commands are carried out: 421, 422, 440, 445, 449, 522. */
export function checkProperties({ properties, commands }: ActionRequest, place: Place): Refusal | undefined {
  if (!properties) return undefined;
  const { priority, topology = [], properties: items = [] } = properties;
  if (place.kind === 'null') return refuse(ErrorCode.illegalAction, 'properties of the null context');
  if (priority !== undefined && (priority < 0 || priority > HIGHEST_PRIORITY))
    return refuse(ErrorCode.unknownValue, `priority ${priority}`);
  const [item] = items;
  // No package here defines properties of contexts.
  if (item) return refuse(item.name.includes('/') ? ErrorCode.unknownPackage : ErrorCode.unknownProperty, item.name);
  const hasChoice = commands.some(({ kind, terminationId }) => kind === 'add' && wildnessOf(terminationId) === 'choose');
  for (const { from, to, direction } of topology) {
    if (!DIRECTIONS.has(direction)) return refuse(ErrorCode.topologyNotSupported, direction);
    for (const id of [from, to]) {
      if (isRoot(id)) return refuse(ErrorCode.incorrectIdentifier, id);
      const isChoice = wildnessOf(id) === 'choose';
      if (isChoice && (id !== '$' || !hasChoice)) return refuse(ErrorCode.syntaxInAction, `topology of ${id}`);
    }
  }
  return undefined;
}

/**
 * Puts them in force, once the commands of the action have brought in whom the topology names: 422, 430, 431, 435. A
 * topology is done whole or not at all.
 *
 * @param chosen  What the first CHOOSE of the action became.
 */
export function applyProperties(
  context: Context,
  { priority, emergency, iepsCall, topology = [] }: ContextProperties,
  chosen: TerminationId | undefined,
  terminations: Terminations,
): Refusal | undefined {
  const pairs: { readonly from: Termination; readonly to: Termination; readonly triple: Topology }[] = [];
  for (const triple of topology) {
    const from = members(context, triple.from, chosen, terminations);
    const to = members(context, triple.to, chosen, terminations);
    if (!from.ok) return from.refusal;
    if (!to.ok) return to.refusal;
    if (triple.direction !== 'bothway' && from.value.some((each) => to.value.includes(each)))
      return refuse(ErrorCode.syntaxInAction, `topology of ${triple.from} and itself`);
    // A termination that matches both is not looped back.
    for (const each of from.value) for (const other of to.value) if (each !== other) pairs.push({ from: each, to: other, triple });
  }
  for (const { from, to, triple } of pairs)
    context.topology.set(from.id, to.id, triple.direction as 'bothway' | 'isolate' | 'oneway', triple.streamId);
  context.priority = priority ?? context.priority;
  context.emergency = emergency ?? context.emergency;
  context.iepsCall = iepsCall ?? context.iepsCall;
  return undefined;
}

function members(
  context: Context,
  id: TerminationId,
  chosen: TerminationId | undefined,
  terminations: Terminations,
): Checked<readonly Termination[]> {
  if (wildnessOf(id) === 'all') {
    const expression = expressionOf(id);
    const found = [...context.terminations.values()].filter((each) => expression.test(each.id));
    return found.length > 0 ? { ok: true, value: found } : refused(ErrorCode.noTerminationMatched, id);
  }
  const termination = context.find(id === '$' ? (chosen ?? id) : id);
  if (termination) return { ok: true, value: [termination] };
  return refused(terminations.find(id) ? ErrorCode.notInContext : ErrorCode.unknownTermination, id);
}

/** The attributes that are asked for; after the action has changed them (§7.2.9). */
export function auditContext(context: Context, asked: ContextAudit): ContextProperties {
  return {
    ...((asked.priority === true || asked.priorityIs !== undefined) && { priority: context.priority }),
    // "Emergency" has no opposite before version 3: where it is not told there is none.
    ...(((asked.emergency === true && context.emergency) || asked.emergencyIs !== undefined) && { emergency: context.emergency }),
    ...((asked.iepsCall === true || asked.iepsCallIs !== undefined) && { iepsCall: context.iepsCall }),
    ...(asked.topology === true && { topology: context.topology.audit([...context.terminations.values()].map(({ id }) => id)) }),
  };
}

/** Version 3: whether the context has the values that are asked for; without any, every context is meant. */
export function isMeant(context: Context, { priorityIs, emergencyIs, iepsCallIs, logic }: ContextAudit): boolean {
  const conditions = [
    ...(priorityIs === undefined ? [] : [context.priority === priorityIs]),
    ...(emergencyIs === undefined ? [] : [context.emergency === emergencyIs]),
    ...(iepsCallIs === undefined ? [] : [context.iepsCall === iepsCallIs]),
  ];
  if (conditions.length === 0) return true;
  return logic === 'or' ? conditions.some(Boolean) : conditions.every(Boolean);
}

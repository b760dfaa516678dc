// What replies to the controller's own questions say: errors at whatever level, packages, contexts, terminations.
import { ALL_CONTEXTS, type ContextId, NULL_CONTEXT, type PackageVersion, ROOT, type TerminationId } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';

/** H.248.8 */
export const ErrorCode = {
  version: 406,
  syntax: 442,
  unsupported: 443,
  badValue: 449,
  unknownTermination: 430,
  unauthorized: 402,
  notReady: 502,
  unavailable: 503,
  unauthorizedEntity: 504,
  beforeReply: 505,
  changing: 521,
} as const;

/** The first error of a reply, of the transaction, an action or a command; undefined where all was done. */
export function errorOf(result: ReplyResult): number | undefined {
  if (result.kind === 'error') return result.code;
  for (const { commands, error } of result.actions) {
    for (const command of commands) {
      if (command.kind === 'context-audit') {
        if (command.result.kind === 'error') return command.result.code;
        continue;
      }
      if ((command.kind === 'notify' || command.kind === 'service-change') && command.error) return command.error.code;
      if ('audit' in command) for (const found of command.audit ?? []) if (found.kind === 'error') return found.code;
    }
    if (error) return error.code;
  }
  return undefined;
}

/** Package names in lower case; undefined where none are told. */
export function packagesOf(result: ReplyResult): ReadonlySet<string> | undefined {
  if (result.kind === 'error') return undefined;
  const packages: PackageVersion[] = [];
  for (const { commands } of result.actions) {
    for (const command of commands) {
      if (command.kind !== 'audit-value') continue;
      for (const found of command.audit ?? []) if (found.kind === 'packages') packages.push(...found.packages);
    }
  }
  return packages.length === 0 ? undefined : new Set(packages.map(({ name }) => name.toLowerCase()));
}

/** Contexts that a reply is about, by number. */
export function contextsOf(result: ReplyResult): readonly ContextId[] {
  if (result.kind === 'error') return [];
  const listed = result.actions.flatMap(({ contextId, properties }) => [contextId, ...(properties?.contextList ?? [])]);
  return [...new Set(listed)].filter((id) => id !== NULL_CONTEXT && id !== ALL_CONTEXTS);
}

/** Terminations that a reply to an audit names, in lower case, without the root. */
export function terminationsOf(result: ReplyResult): readonly TerminationId[] {
  if (result.kind === 'error') return [];
  const named = result.actions.flatMap(({ commands }) =>
    commands.flatMap((command) => {
      if (command.kind !== 'context-audit') return [command.terminationId, ...(command.more ?? [])];
      return command.result.kind === 'terminations' ? command.result.terminationIds : [];
    }),
  );
  return [...new Set(named.map((id) => id.toLowerCase()))].filter((id) => id !== ROOT.toLowerCase() && !/[*$]/.test(id));
}

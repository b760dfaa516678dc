// Termination ids with wildcards: `*` means all that fit, `$` means that the gateway chooses one (RFC 3525 §6.2.2).
import type { TerminationId } from '../message/index.js';

export type Wildness = 'none' | 'all' | 'choose';

export function wildnessOf(id: TerminationId): Wildness {
  if (id.includes('$')) return 'choose';
  return id.includes('*') ? 'all' : 'none';
}

/**
 * Whether an id fits a pattern, compared without case. A wildcard stands for one character or more, so that `line/*` does
 * not mean `line/` itself, and it reaches across levels, as "this level and all below" does in binary (annex A.1).
 */
export function fits(pattern: TerminationId, id: TerminationId): boolean {
  return expressionOf(pattern).test(id);
}

/** Compiled once for a command that is asked of many terminations. */
export function expressionOf(pattern: TerminationId): RegExp {
  const source = pattern
    .split(/[*$]+/)
    .map((literal) => literal.replace(/[.+?^(){}|[\]\\]/g, String.raw`\$&`))
    .join('.+');
  return new RegExp(`^${source}$`, 'i');
}

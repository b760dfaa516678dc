// What the nodes tell each other of forks: each INVITE with several targets, in one datagram, fire and forget. A
// stand-in must know whom to cancel. Bounded, whatever is told.
import type { Signer } from '@altpath/core';
import { deriveBranch } from './derive.js';

export interface ForkNotice {
  /** The part of the derived branch that all forks share. */
  readonly seed: string;
  readonly targets: readonly string[];
}

const DIALOGS_LIMIT = 10_000;
/** Forks of one Call-ID, From tag and CSeq: more than a few are no honest call. */
const SEEDS_LIMIT = 8;
/** Targets of one fork. */
const TARGETS_LIMIT = 100;
/** A datagram between nodes holds about a kilobyte; longer lists go in several. */
const CONTENT_LIMIT = 900;

export class ForkNotices {
  /** By Call-ID, From tag and CSeq number. */
  readonly #notices = new Map<string, ForkNotice[]>();

  /** Another node's words. @returns `false` for what is no notice. */
  take(content: string): boolean {
    const told = parse(content);
    if (!told) return false;
    const key = dialogOf(told.seed);
    const known = this.#notices.get(key) ?? [];
    const same = known.find((each) => each.seed === told.seed);
    const targets = [...new Set([...(same?.targets ?? []), ...told.targets])].slice(0, TARGETS_LIMIT);
    this.#notices.delete(key);
    this.#notices.set(key, [...known.filter((each) => each !== same), { seed: told.seed, targets }].slice(-SEEDS_LIMIT));
    if (this.#notices.size > DIALOGS_LIMIT) this.#notices.delete(this.#notices.keys().next().value as string);
    return true;
  }

  /** The targets of the fork with this seed, as they were told. */
  targets(seed: string): readonly string[] | undefined {
    return this.#notices.get(dialogOf(seed))?.find((each) => each.seed === seed)?.targets;
  }

  /** The fork that a response belongs to: one of its targets gives the response's branch. */
  noticeFor(signer: Signer, callId: string, fromTag: string, cseq: number, branch: string): ForkNotice | undefined {
    const notices = this.#notices.get(`${callId}\n${fromTag}\n${cseq}`);
    return notices?.find(({ seed, targets }) => targets.some((target) => deriveBranch(signer, seed, target) === branch));
  }
}

/** What is told of a fork, in as many contents as it takes. */
export function writeNotices(seed: string, targets: readonly string[]): readonly string[] {
  const contents: string[] = [];
  let part: string[] = [];
  for (const target of targets) {
    const longer = JSON.stringify({ seed, targets: [...part, target] });
    if (longer.length > CONTENT_LIMIT && part.length > 0) {
      contents.push(JSON.stringify({ seed, targets: part }));
      part = [];
    }
    part.push(target);
  }
  return [...contents, JSON.stringify({ seed, targets: part })];
}

/** The seed's first three lines (derive.ts). */
function dialogOf(seed: string): string {
  return seed.split('\n', 3).join('\n');
}

function parse(content: string): ForkNotice | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('seed' in value) || !('targets' in value)) return undefined;
    const { seed, targets } = value;
    if (typeof seed !== 'string' || !Array.isArray(targets) || !targets.every((each): each is string => typeof each === 'string'))
      return undefined;
    return { seed, targets };
  } catch {
    // Not JSON: somebody else's datagram under our topic.
    return undefined;
  }
}

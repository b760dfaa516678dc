// How one branch of a request that is being proxied begins, and how it is cancelled (RFC 3261 §16.6, §9.1). When that is to be done
// is the response context's to know.
import { type Hop, hopKey, type Millis, type RouteTarget } from '@altpath/core';
import { buildCancel } from '../codec/build.js';
import type { Environment } from '../environment.js';
import { deriveBranch } from './derive.js';
import { assembleCopy, breadthOf, isTold, type Passage } from './forward.js';
import { type BranchOwner, Outbound } from './outbound.js';
import type { Transactions } from './transactions.js';

/** What branches need of the proxy around them. */
export interface BranchHost {
  readonly environment: Environment;
  readonly transactions: Transactions;
}

export interface BranchPlan {
  readonly passage: Passage;
  readonly target: RouteTarget;
  /** The target's, in the order of trying. */
  readonly hops: readonly Hop[];
  /** Of the request: branches are derived of it. */
  readonly seed: string;
  /** Of the token in the Via. */
  readonly flags: number;
  /** Which one it is of how many targets at the same time. */
  readonly index: number;
  readonly count: number;
  /** Another address of the target has failed: these are what is left. */
  readonly isNext: boolean;
  readonly owner: BranchOwner;
}

export interface BegunBranch {
  readonly branch: Outbound;
  /** Hops of other transports, which need a Via of their own. */
  readonly rest: readonly Hop[];
}

/** Makes it ready to be started; undefined where there is no hop. */
export function makeBranch({ environment, transactions }: BranchHost, plan: BranchPlan, now: Millis): BegunBranch | undefined {
  const { health, settings, signer } = environment;
  const { passage, target, hops, index, count } = plan;
  const hop = hops.find((each) => !health.isDown(hopKey(each), now)) ?? hops[0];
  if (!hop) return undefined;
  const { method } = passage.request;
  // RFC 3263 §4.3: the next address gets a transaction of its own. Else the fork target alone decides.
  const branch = deriveBranch(signer, plan.seed, plan.isNext ? `${target.address}\n${hopKey(hop)}` : target.address);
  const copy = {
    target,
    hop,
    branch,
    flags: plan.flags,
    forkIndex: index,
    forkCount: count,
    maxBreadth: shareOf(breadthOf(passage.request, settings.proxy.maxBreadth), count, index),
    callerTold: isTold(environment, passage.hop, now),
  };
  const sent = assembleCopy(environment, passage, copy, now);
  const same = hops.length === 1 ? hops : hops.filter((each) => each.transport === hop.transport);
  const options = { branch, method, sent, hops: same, patient: target.hop !== undefined, owner: plan.owner };
  return {
    branch: new Outbound(transactions, options, now),
    rest: hops.length === 1 ? [] : hops.filter((each) => each.transport !== hop.transport),
  };
}

/** As soon as that is allowed; it is unwanted from now on. Nothing is done for what has ended, or is no INVITE. */
export function cancelBranch(host: BranchHost, branch: Outbound, now: Millis): void {
  if (!branch.isInvite || branch.status >= 200 || branch.cancelSent) return;
  branch.wanted = false;
  // RFC 3261 §9.1: no CANCEL before a provisional response, lest it overtakes the INVITE.
  if (branch.status === 0 && !mayRingUnheard(host, branch, now)) return;
  const { transactions } = host;
  const { message } = branch;
  if (!message || transactions.findOutbound(branch.branch, 'CANCEL')) return;
  branch.cancelSent = branch.status > 0;
  const options = { branch: branch.branch, method: 'CANCEL', sent: buildCancel(message), hops: branch.hops, everywhere: true };
  new Outbound(transactions, options, now).start(now);
}

/**
 * Silent here for Timer B; or another node, which is gone, may have heard what we have not.
 * Deviation: RFC 3261 §9.1 waits for a provisional response; one T1 after the INVITE nothing can overtake it any more.
 */
function mayRingUnheard({ environment }: BranchHost, branch: Outbound, now: Millis): boolean {
  if (branch.ended || branch.lapsed) return true;
  const { peers, settings } = environment;
  if (now - branch.startedAt < settings.timers.t1) return false;
  return peers.nodes.some((node) => !node.self && ['suspect', 'down'].includes(peers.state(node.index, now)));
}

/** RFC 5393 §5.3.3: the breadth is shared out among the parallel branches, none gets less than one. */
function shareOf(breadth: number, count: number, index: number): number {
  const whole = Math.floor(breadth / count);
  return Math.max(1, whole + (index < breadth % count ? 1 : 0));
}

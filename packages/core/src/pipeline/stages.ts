// The four parts of a node (FIG. 8 of the reference design) as stages of one pipeline. Data moves one way:
// bytes -> message -> decision -> edits -> bytes. Core never knows a fork: a decision may name several targets, and
// the protocol that owns the response context asks for one assembly a target.
import type { Hop } from '../address.js';
import { applyEdits, type Edit } from '../edit.js';
import type { Outcome } from '../errors.js';
import type { SignalingMessage } from '../message.js';
import type { Millis } from '../time.js';

/** Decodes what came and matches it to what is going on. */
export interface Receiver<Message extends SignalingMessage> {
  decode(data: Buffer, from: Hop, now: Millis): Outcome<Message>;
}

/** One place a message may go. `address` is in the protocol's own text (a SIP URI, an endpoint name, an mId). */
export interface RouteTarget {
  readonly address: string;
  /** Hops that stand before the address, in the protocol's own text, first hop first. */
  readonly via?: readonly string[] | undefined;
  /** A known way there: the connection or the NAT binding a registration came over. */
  readonly hop?: Hop | undefined;
  /** 0..1000; higher first. */
  readonly preference?: number | undefined;
  /** A user of ours: registered here, so it is told where our stand-ins are. */
  readonly registered?: boolean | undefined;
}

/** What the node does with a message. `reject.reason` is a dotted word that the protocol maps to its own status. */
export type Decision =
  | {
      readonly kind: 'forward';
      readonly targets: readonly RouteTarget[];
      readonly edits?: readonly Edit[] | undefined;
      /** One after the other, as they stand, however the protocol forks else. */
      readonly inOrder?: boolean | undefined;
    }
  | { readonly kind: 'redirect'; readonly targets: readonly RouteTarget[] }
  | { readonly kind: 'serve'; readonly service: string }
  | { readonly kind: 'reject'; readonly reason: string }
  /** The answer comes later as an input; the message is asked about again then. */
  | { readonly kind: 'wait'; readonly on: number };

/** What routing may know of a message, in neutral words. */
export interface RoutingQuestion {
  readonly protocol: string;
  readonly operation: string;
  /** Where the message wants to go, canonical: scheme, user, host, port. */
  readonly destination: {
    readonly text: string;
    readonly scheme: string;
    readonly user: string;
    readonly host: string;
    readonly port?: number | undefined;
  };
  readonly from: Hop;
  /** It belongs to something that was let in before (a valid token, a known dialog). */
  readonly admitted: boolean;
  /** It belongs to a dialog that is there already, whoever made it: it begins nothing. */
  readonly inDialog?: boolean | undefined;
  /** A reply is not expected (ACK): a refusal is silence. */
  readonly unanswerable: boolean;
}

/** Decides. Runs the gateway's steps in order; the first that answers wins. */
export interface AddressResolver {
  resolve(question: RoutingQuestion, now: Millis): Decision;
}

/** One step of routing: answers, or leaves it to the next. */
export interface RoutingStep {
  readonly name: string;
  resolve(question: RoutingQuestion, now: Millis): Decision | undefined;
}

/** Joins steps into a resolver; what no step takes is rejected with `no-route`. */
export function resolverOf(steps: readonly RoutingStep[]): AddressResolver {
  return {
    resolve(question, now) {
      for (const step of steps) {
        const decision = step.resolve(question, now);
        if (decision) return decision;
      }
      return { kind: 'reject', reason: 'no-route' };
    },
  };
}

/** Applies the edits of a decision to the received bytes, once a target. */
export interface Assembler {
  assemble(message: SignalingMessage, edits: Edit[]): Buffer;
}

export const ASSEMBLER: Assembler = {
  assemble: (message, edits) => applyEdits(message.bytes, edits),
};

/** Sends, and feeds the outcome to the attempt plan of whoever asked. */
export interface Transmitter {
  /** `note` says why this hop, where it is not the plain way: ladders show it. */
  send(data: Buffer, hop: Hop, now: Millis, note?: string): void;
}

// One endpoint of a gateway as the call agent has it: what call control wants it to be, what it is, and the one command
// that is out to bring it there. The line decides which command comes next; sending, repeating and naming the call agent
// (N, RED/NL) are its owner's. RFC 3435 §2.3, §3.5, §4.4.
import type { FoundLeg, HalfCallState, LineName } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import type { Identifiers } from './identifiers.js';
import type { AuditedEndpoint, GatewayFacts, LineDescription, LineKind, LinePorts, NotifyCommand, ReportVerdict } from './line-facts.js';

export declare class Line {
  constructor(name: LineName, kind: LineKind, endpoint: EndpointName, facts: GatewayFacts, identifiers: Identifiers, ports: LinePorts);
  readonly name: LineName;
  readonly kind: LineKind;
  /** A command is out, or its owner holds the line (`hold`). */
  readonly busy: boolean;
  /** What call control wants; a newer order replaces one that is not yet sent. No event is given within. */
  order(state: HalfCallState, now: Millis): void;
  /**
   * The next command, or undefined: nothing to do, one is out, held, or waiting for `deadline`. Who takes the command sends it
   * (alone, or as the follow-up of a response) and gives back its outcome. Gives `reached` where nothing is left to do.
   */
  next(now: Millis): CommandDraft | undefined;
  /** A final response to the command out. */
  completed(response: Pick<MgcpResponse, 'code' | 'parameters' | 'descriptions'>, now: Millis): void;
  /** No response: whether the command was executed is not known. */
  failed(reason: 'timeout' | 'unreachable', now: Millis): void;
  /** NTFY. Whatever it gives back: answer 200, and ask `next` for the follow-up. */
  report(notify: NotifyCommand, now: Millis): ReportVerdict;
  /** RFC 3435 §4.4.5: the endpoint restarted and has nothing of what it had. Gives `lost` where there was a call. */
  restarted(now: Millis): void;
  /** DLCX from the gateway. @returns the code to answer: 250, 515, 516. */
  deletedByGateway(command: NotifyCommand, now: Millis): number;
  /** An audit's findings replace what was held to be there. The leg is for `CallControlPort.restore`; it is not called here. */
  adopt(audited: AuditedEndpoint, now: Millis): FoundLeg;
  /** The request identifier is that of the request in force here, not reported yet: who acts on its report is the first. */
  isCurrent(requestIdentifier: string): boolean;
  /** Its owner sends something of its own to the endpoint (audit, claim): `next` gives nothing until as many `resume`. */
  hold(): void;
  resume(): void;
  /** Forgets everything, the command that is out too (thaw; the line is another node's). Nothing is sent, no event given. */
  forget(): void;
  /** The instant at which `next` should be asked again, or `NEVER`. */
  deadline(): Millis;
  describe(): LineDescription;
}

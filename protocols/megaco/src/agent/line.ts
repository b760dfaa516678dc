// One termination of a gateway as the controller has it: what call control wants it to be, what it is, and the one
// transaction that is out to bring it there. The line decides which transaction comes next; sending, repeating and
// answering reports are its owner's. RFC 3525 §7.2, §7.1.9, §11.5.
import type { HalfCallState, LineName } from '@altpath/call-control';
import { NEVER, type Millis } from '@altpath/core';
import type { ActionRequest, TerminationId } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import type { Identifiers } from './identifiers.js';
import type {
  AuditVerdict,
  GatewayFacts,
  LineDescription,
  LineKind,
  LinePorts,
  LineReport,
  ReportVerdict,
  StepOutcome,
} from './line-facts.js';

/** The actions of one transaction. */
export type Step = readonly ActionRequest[];

/**
 * A line, or a trunk (media only). It is told orders, outcomes and reports, and asked for the next step. One transaction at
 * most is out; an order replaces one of which nothing was sent yet.
 */
export class Line {
  constructor(
    readonly name: LineName,
    readonly kind: LineKind,
    readonly terminationId: TerminationId,
    protected readonly facts: GatewayFacts,
    protected readonly identifiers: Identifiers,
    private readonly ports: LinePorts,
  ) {}

  /** A transaction is out, or the line's owner holds it (`hold`). */
  get busy(): boolean {
    return false;
  }

  /** What call control wants; replaces an order of which nothing was sent yet. No event is given within. */
  order(_state: HalfCallState, _now: Millis): void {
    this.ports.touched(this.name);
  }

  /**
   * The next transaction, or undefined: nothing to do, one is out, the line is held or waits for `deadline`. Who takes it
   * sends it and gives back its outcome by `settle`. Gives `reached` where nothing is left to do.
   */
  next(_now: Millis): Step | undefined {
    return undefined;
  }

  /** How the transaction that `next` gave ended. */
  settle(_outcome: StepOutcome, _now: Millis): void {
    this.ports.touched(this.name);
  }

  /** Notify. Whatever it gives back, the report is answered without an error; then `next` is asked. */
  report(_report: LineReport, _now: Millis): ReportVerdict {
    return 'foreign';
  }

  /** What asks the gateway for everything that a stand-in has to know of the line. Needs no state; may be sent at any time. */
  auditRequest(): Step {
    return [];
  }

  /**
   * The findings of `auditRequest` replace what was held to be there. An order follows from the leg that is to be given to
   * `CallControlPort.restore`.
   */
  adopt(_result: ReplyResult, _now: Millis): AuditVerdict {
    return { kind: 'found', leg: { line: this.name, hook: 'unknown' } };
  }

  /** Its owner sends something of its own to the termination (audit): `next` gives nothing until as many `resume`. */
  hold(): void {}

  resume(): void {}

  /** Forgets everything, the transaction that is out and holds too: the line is another node's, or the clock jumped. */
  forget(): void {}

  /** The gateway or the termination restarted and has nothing of what it had. Gives `lost` where there was something to lose. */
  restarted(_now: Millis): void {
    this.ports.touched(this.name);
  }

  /** Out of service (§7.2.8, Forced or Graceful): nothing is asked of it, and what context it is in is cleared away. */
  service(_inService: boolean, _now: Millis): void {
    this.ports.touched(this.name);
  }

  /** The instant at which `next` should be asked again, or `NEVER`. */
  deadline(): Millis {
    return NEVER;
  }

  describe(): LineDescription {
    return {
      name: this.name,
      hook: 'unknown',
      wanted: undefined,
      armed: undefined,
      requestId: undefined,
      contextId: undefined,
      ephemeral: undefined,
      outstanding: undefined,
    };
  }
}

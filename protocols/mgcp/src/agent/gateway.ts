// A media gateway under this controller: where it is, what it has, and how far this node has come with it. Known from the
// file and from nowhere else.
import { GatewayAddresses, type GatewayStage } from '@altpath/call-control';
import type { Millis, PathAttribute } from '@altpath/core';
import { DEFAULT_GATEWAY_PORT } from '../message/entity-name.js';
import { type EndpointName, matches } from '../message/endpoint-name.js';
import type { MgcpGatewaySettings } from '../settings.js';
import type { Destination } from '../transaction/index.js';
import type { GatewayFacts } from './line-facts.js';
import type { Line } from './line.js';

/** How long commands that are under way to a gateway that goes are waited for. */
export const QUIET_MS: Millis = 500;

/** To which node a gateway goes, and since when that one has it. */
export interface Leaving {
  readonly to: number;
  readonly since: Millis;
}

export class Gateway {
  readonly name: string;
  readonly addresses: GatewayAddresses;
  /** Where commands go. */
  readonly destination: Destination;
  readonly lines = new Map<string, Line>();
  /** Lines whose audit is still to come. */
  readonly unaudited = new Set<Line>();
  /** Lines that have not been told yet who their call agent is: the next command says it. */
  readonly unclaimed = new Set<Line>();
  /** Lines whose claim was refused or not answered, and when they are to be audited again. */
  readonly reclaimAt = new Map<Line, Millis>();
  stage: GatewayStage = 'foreign';
  /** Another node has taken it, with this one's leave; until what is under way is over, nothing new is sent. */
  leaving: Leaving | undefined;
  /** It has the redirect package; undefined: not known yet. */
  hasRed: boolean | undefined;
  /** Nothing was heard of it although it was asked. */
  silent = false;
  heardAt: Millis;

  constructor(
    readonly settings: MgcpGatewaySettings,
    readonly facts: GatewayFacts,
    /** undefined: a node without a listener for gateways. */
    readonly path: PathAttribute | undefined,
    now: Millis,
  ) {
    this.name = settings.name;
    this.heardAt = now;
    this.hasRed = settings.red === 'auto' ? undefined : settings.red === 'yes';
    this.addresses = new GatewayAddresses(settings.addresses);
    this.destination = { names: this.addresses.places.map(({ host, port = DEFAULT_GATEWAY_PORT }) => ({ host, port })) };
  }

  /** Whether the gateway is obeyed from there. */
  isAt(host: string): boolean {
    return this.addresses.has(host);
  }

  line(local: string): Line | undefined {
    return this.lines.get(local.toLowerCase());
  }

  /** Lines that a name, which may be a pattern, names. */
  linesOf(local: string): readonly Line[] {
    const one = this.line(local);
    if (one) return [one];
    return [...this.lines].flatMap(([name, line]) => (matches(local, name) ? [line] : []));
  }

  endpoint(local: string): EndpointName {
    return { local, domain: this.settings.domain };
  }
}

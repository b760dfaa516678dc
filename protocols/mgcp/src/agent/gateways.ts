// The gateways of the file, found by what a message says and where it comes from. Who is not found is nobody's gateway:
// it gets an error when it comes from an address that we know, and silence otherwise.
import { GatewayTable, type LinePorts, standInsOf } from '@altpath/call-control';
import { canonicalHost, type Millis } from '@altpath/core';
import type { EndpointName } from '../message/endpoint-name.js';
import { pathOf } from '../path-mapping.js';
import type { Environment } from '../environment.js';
import { dialPlanOf } from './digit-map.js';
import { Gateway } from './gateway.js';
import { Identifiers } from './identifiers.js';
import { Line } from './line.js';
import type { GatewayFacts, LineKind } from './line-facts.js';

export class Gateways extends GatewayTable<Gateway, Line> {
  readonly #byDomain = new Map<string, Gateway>();

  constructor(environment: Environment, ports: LinePorts, now: Millis) {
    super();
    const { settings, peers, calls } = environment;
    const identifiers = new Identifiers(peers.self.index);
    for (const each of settings.gateways) {
      const plan = each.digitMap === undefined ? dialPlanOf(calls.patterns) : { patterns: calls.patterns, digitMap: each.digitMap };
      const facts: GatewayFacts = {
        codecs: ['PCMU'],
        packetMs: 20,
        dialPlan: plan,
        requests: true,
        refusedModes: new Set(),
        refusedEvents: new Set(),
        localTime,
      };
      const standIns = standInsOf(peers.self.index, each.nodes).flatMap((index) => peers.nodes.find((node) => node.index === index) ?? []);
      const gateway = new Gateway(each, facts, pathOf(peers.self, standIns, each.notifiedEntity), now);
      const endpoints = (kind: LineKind, locals: readonly string[]): void => {
        for (const local of locals) {
          const line = new Line(`${local}@${each.name}`, kind, gateway.endpoint(local), facts, identifiers, ports);
          gateway.lines.set(local.toLowerCase(), line);
        }
      };
      endpoints('line', each.lines);
      endpoints('trunk', each.trunks ?? []);
      this.add(gateway);
      // Messages have literals in brackets, endpoint names here have none.
      this.#byDomain.set(canonicalHost(each.domain.replace(/^\[(.*)\]$/, '$1')), gateway);
    }
  }

  /** The gateway of an endpoint, whoever says so. */
  of(endpoint: EndpointName): Gateway | undefined {
    return this.#byDomain.get(canonicalHost(endpoint.domain));
  }
}

/** RFC 3660 §2.4, `L/ci`: month, day, hour and minute where the node is. */
function localTime(now: Millis): string {
  const date = new Date(now);
  return [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()].map((value) => String(value).padStart(2, '0')).join('/');
}

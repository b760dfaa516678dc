// The gateways of the file, found by what a message says and where it comes from. Who is not found is nobody's gateway.
import { GatewayTable, type LinePorts } from '@altpath/call-control';
import { type Hop, hopKey, ipFamily, type Millis } from '@altpath/core';
import type { Environment } from '../environment.js';
import type { MId, TerminationId } from '../message/index.js';
import type { MegacoGatewaySettings } from '../settings.js';
import { formatMId } from '../codec/text/index.js';
import { dialPlanOf } from './digit-map.js';
import { Gateway } from './gateway.js';
import { Identifiers } from './identifiers.js';
import type { DialPlan, GatewayFacts, LineKind } from './line-facts.js';
import { Line } from './line.js';
import { mIdKey, parseMId, withoutPort } from './m-ids.js';

export class Gateways extends GatewayTable<Gateway, Line> {
  readonly #byMId = new Map<string, Gateway>();
  readonly #keyed: readonly Gateway[];

  /** @throws RangeError for an mId that cannot be read: configuration has checked it before. */
  constructor(environment: Environment, ports: LinePorts, now: Millis) {
    super();
    const { settings, peers, calls } = environment;
    const usualPlan = dialPlanOf(calls.patterns);
    const identifiers = new Identifiers(peers.self.index);
    for (const each of settings.gateways) {
      const mId = parseMId(each.mid);
      if (mId === undefined) throw new RangeError(`no message identifier: ${each.mid}`);
      const facts = factsOf(each, each.digitMap === undefined ? usualPlan : dialPlanOf(calls.patterns, each.digitMap));
      const gateway = new Gateway(each, formatMId(mId), facts, each.key ?? settings.auth, now);
      const terminations = (kind: LineKind, ids: readonly TerminationId[]): void => {
        for (const id of ids) {
          const line = new Line(`${id}@${each.name}`, kind, id, facts, identifiers, ports);
          gateway.lines.set(id.toLowerCase(), line);
        }
      };
      terminations('line', each.lines);
      terminations('trunk', each.trunks ?? []);
      this.add(gateway);
      this.#byMId.set(mIdKey(mId), gateway);
    }
    this.#keyed = [...this].filter(({ authenticator }) => authenticator !== undefined);
  }

  /** The gateway of this name, whoever says so; where the file writes no port, with any. */
  of(mId: MId): Gateway | undefined {
    return this.#byMId.get(mIdKey(mId)) ?? this.#byMId.get(mIdKey(withoutPort(mId)));
  }

  /** Those whose association goes over this connection. */
  onFlow(flow: number): readonly Gateway[] {
    return [...this].filter(({ association }) => association?.hop.flow === flow);
  }

  /** Some messages have to be signed. */
  get haveKeys(): boolean {
    return this.#keyed.length > 0;
  }

  /** The gateway with a key that is spoken to there, or that spoke from there last. */
  keyedAt(hop: Hop): Gateway | undefined {
    const key = hopKey(hop);
    return this.#keyed.find(({ association, lastHeardFrom }) => lastHeardFrom === key || (association && hopKey(association.hop) === key));
  }
}

function factsOf({ addresses }: MegacoGatewaySettings, dialPlan: DialPlan): GatewayFacts {
  const isIp6 = addresses.length > 0 && addresses.every((text) => ipFamily(text.split('/', 1)[0] ?? '') === 6);
  return {
    codecs: ['PCMU'],
    packetMs: 20,
    family: isIp6 ? 'IP6' : 'IP4',
    ephemeral: '$',
    dialPlan,
    refusedModes: new Set(),
    refusedItems: new Set(),
  };
}

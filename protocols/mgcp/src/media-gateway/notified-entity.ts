// Whom an endpoint reports to (RFC 3435 §2.1.4): the notified entity, the list behind it (RFC 3991 §2.1), and where
// neither names anyone, whoever sent the last command.
import type { Hop } from '@altpath/core';
import { DEFAULT_AGENT_PORT, entityKey, type EntityName } from '../message/entity-name.js';
import type { Parameters } from '../message/parameters.js';
import type { Destination } from '../transaction/events.js';

export class NotifiedEntity {
  #entity: EntityName | null;
  #list: readonly EntityName[];
  #source: Hop | undefined;

  /** As provisioned: what holds after a restart. */
  constructor(entity: EntityName | null, list: readonly EntityName[]) {
    this.#entity = entity;
    this.#list = list;
  }

  /** What `N` gives in an audit: null where it was set to empty. */
  get entity(): EntityName | null {
    return this.#entity;
  }

  /** What `RED/NL` gives in an audit: the entity is not in it (RFC 3991 §2.1). */
  get list(): readonly EntityName[] {
    return this.#list;
  }

  /** A new value, from N, RED/N or RED/NL; what is not given stays. @returns true when commands have another way to go. */
  set(given: Pick<Parameters, 'notifiedEntity' | 'redirectEntity' | 'redirectList'>): boolean {
    const entity = given.redirectEntity !== undefined ? given.redirectEntity : given.notifiedEntity;
    if (entity === undefined && given.redirectList === undefined) return false;
    if (entity !== undefined) this.#entity = entity;
    if (given.redirectList !== undefined) this.#list = given.redirectList;
    return true;
  }

  /** Where a command other than an audit came from (§2.1.4: used only when there is no entity). */
  heardFrom(source: Hop): void {
    this.#source = source;
  }

  /** The entity, then the list in order; who stands in both is tried once. */
  destination(): Destination {
    const names = [...(this.#entity ? [this.#entity] : []), ...this.#list];
    if (names.length === 0) return { names: this.#source ? [{ host: this.#source.host, port: this.#source.port }] : [] };
    const seen = new Set<string>();
    const places = names.filter((name) => !seen.has(placeKey(name)) && seen.add(placeKey(name)));
    return { names: places.map((name) => ({ host: name.domain, port: name.port ?? DEFAULT_AGENT_PORT })) };
  }
}

/** `ca1@host` and `ca2@host` are one place to send to. */
function placeKey(name: EntityName): string {
  return entityKey({ domain: name.domain, ...(name.port !== undefined && { port: name.port }) });
}

// Between the live tables and what stands in Redis: batches of changes are compared and set record by record, so that an
// older account never replaces a newer one; what others write is heard; and after each break both sides are compared whole.
import type { Binding, LocationRecord, Millis, Observer } from '@altpath/core';
import type { Health } from './health.js';
import type { Change, RecordOf, TableName } from './journal.js';
import { isOver } from './live-table.js';
import { bindingsOf, decode } from './records.js';
import { RedisFault } from './redis-fault.js';
import { type Kind, type Kinds, kindsOf, type MergeBindings, without } from './redis-kinds.js';
import type { Exchange, RedisLink } from './redis-link.js';
import type { Calls, Details, Locations } from './tables.js';
import { type Disk, WriteBehind } from './write-behind.js';

export interface SyncOptions {
  readonly locations: Locations;
  readonly calls: Calls;
  readonly details: Details;
  readonly mergeBindings: MergeBindings;
  readonly observer: Observer;
  readonly health: Health;
  readonly batchMs: Millis;
  readonly domain: string;
  /** Which events are this process's own. */
  readonly writer: string;
  /** The open link. */
  readonly link: () => RedisLink;
}

/** Several commands for each record: few milliseconds of a batch are this node's own work. */
const MAX_BATCH = 200;
/** Batches on their way at a time: a call that goes on in a rush does not wait for the answer to the one before it. */
const MAX_UNDER_WAY = 32;
/** A record that two nodes write at the same time is tried again so often within one batch. */
const ROUNDS = 5;
/** Bindings that are remembered as left out while Redis is away, for one address of record. */
const MAX_LEFT_OUT = 50;

/** A record to be written, and what is known to stand in Redis. */
interface Open {
  readonly table: TableName;
  readonly key: string;
  readonly known: string;
}

export class RedisSync implements Disk {
  /** Where nodes tell each other what they have written. */
  readonly channel: string;
  /** What changes and has not been written. */
  readonly behind: WriteBehind;
  readonly #kinds: Kinds;
  readonly #root: string;
  /** Bindings that a registration does not have any more, until Redis has been told. */
  readonly #leftOut = new Map<string, readonly Binding[]>();
  /** What this node wrote last of calls that are going on: so it stands in Redis, or soon will, unless somebody else has written since. */
  readonly #calls = new Map<string, string>();

  constructor(private readonly options: SyncOptions) {
    const { locations, calls, details, mergeBindings, observer, health, batchMs, domain } = options;
    this.#kinds = kindsOf(locations, calls, details, mergeBindings);
    this.#root = `altpath:${domain}:`;
    this.channel = `${this.#root}changes`;
    this.behind = new WriteBehind(this, { batchMs, observer, health, maxBatch: MAX_BATCH, maxUnderWay: MAX_UNDER_WAY });
  }

  /** Key and event of a node's beat. */
  beatOf(node: string, count: number): [key: string, event: string] {
    return [`${this.#root}node:${node}`, `${this.options.writer} beat ${count}`];
  }

  /** A registration was replaced: what it has lost has gone, be it for good or for a moment. */
  replaced(before: LocationRecord, after: LocationRecord | undefined, now: Millis): void {
    const gone = before.bindings.filter(
      (binding) => !isOver(binding, now) && !after?.bindings.some(({ contactKey }) => contactKey === binding.contactKey),
    );
    if (gone.length === 0) return;
    this.#leftOut.set(before.aor, [...(this.#leftOut.get(before.aor) ?? []), ...gone].slice(-MAX_LEFT_OUT));
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** @throws RedisFault when not everything was answered: all of it is to be written again. */
  async commit(changes: readonly Change[]): Promise<void> {
    const link = this.options.link();
    if (link.fault) throw link.fault;
    const gone = changes.filter(({ table, record }) => record === undefined && table !== 'locations');
    const there = changes.filter((change) => !gone.includes(change));
    // One node writes a call at a time: what it has written itself is believed to stand there, so that the call is on its way at once.
    const calls = there
      .filter(({ table }) => table === 'calls')
      .map(({ table, key }) => ({ table, key, known: this.#calls.get(key) ?? '' }));
    const others = there.filter(({ table }) => table !== 'calls');
    const [contested, known] = await Promise.all([
      this.#exchange(calls, link),
      link.read(others.map((change) => this.#placeOf(change))),
      link.remove(gone.map((change) => this.#placeOf(change))),
    ]);
    let open: readonly Open[] = [...contested, ...others.map(({ table, key }, at) => ({ table, key, known: known[at] ?? '' }))];
    for (let round = 0; open.length > 0; round += 1) {
      if (round === ROUNDS) throw new RedisFault('contended', `${open.length} records are written by others all the time`);
      open = await this.#exchange(open, link);
    }
  }

  /** @returns what somebody else has written meanwhile, to be looked at again. */
  async #exchange(open: readonly Open[], link: RedisLink): Promise<readonly Open[]> {
    const now = Date.now();
    const steps = open.flatMap((each) => {
      const leftOut = this.#leftOutOf(each);
      const exchange = this.#exchangeOf(this.#kinds[each.table], each, leftOut, now);
      if (!exchange) this.#haveTold(each, leftOut);
      return exchange ? [{ each, leftOut, exchange }] : [];
    });
    for (const { each, exchange } of steps) this.#believe(each, exchange.next);
    const answers = await this.#ask(steps, link);
    return steps.flatMap(({ each, leftOut }, at) => {
      const answer = answers[at];
      if (typeof answer === 'string') return [{ ...each, known: answer }];
      if (answer) {
        this.#believe(each, undefined);
        this.options.observer.count('store.record.refused', answer.code);
      }
      this.#haveTold(each, leftOut);
      return [];
    });
  }

  async #ask(
    steps: readonly { readonly each: Open; readonly exchange: Exchange }[],
    link: RedisLink,
  ): Promise<Awaited<ReturnType<RedisLink['exchange']>>> {
    if (steps.length === 0) return [];
    try {
      return await link.exchange(steps.map(({ exchange }) => exchange));
    } catch (error) {
      for (const { each } of steps) this.#believe(each, undefined);
      throw error;
    }
  }

  /** @param text  What stands in Redis as soon as it has read it; undefined: nobody knows. */
  #believe({ table, key }: Open, text: string | undefined): void {
    if (table !== 'calls') return;
    if (text !== undefined && this.options.calls.table.read(key)) this.#calls.set(key, text);
    else this.#calls.delete(key);
  }

  /** What is to be written of a record, now that what stands in Redis has been taken in; undefined: nothing. */
  #exchangeOf<Name extends TableName>(
    kind: Kind<Name>,
    { table, key, known }: Open,
    leftOut: readonly Binding[],
    now: Millis,
  ): Exchange | undefined {
    const record = this.#takeIn(kind, key, known, leftOut, true, now);
    const lifeMs = record ? kind.lifeMs(record, now) : 0;
    const next = record && lifeMs > 0 ? kind.text(record, now) : '';
    // What has gone with the time goes from Redis with the time; only a registration may have to go before.
    if (next === known || (next === '' && table !== 'locations')) return undefined;
    const told = leftOut.length === 0 ? next : JSON.stringify({ aor: key, bindings: [], ...record, leftOut });
    return { key: this.#placeOf({ table, key }), expected: known, next, lifeMs, event: `${this.options.writer} ${kind.word} ${told}` };
  }

  #leftOutOf({ table, key }: Pick<Open, 'table' | 'key'>): readonly Binding[] {
    return (table === 'locations' ? this.#leftOut.get(key) : undefined) ?? [];
  }

  /** Unless more has gone meanwhile. */
  #haveTold({ table, key }: Open, leftOut: readonly Binding[]): void {
    if (table === 'locations' && this.#leftOut.get(key) === leftOut) this.#leftOut.delete(key);
  }

  // --- hearing -----------------------------------------------------------------------------------------------------

  /** Takes in what a node has written. @returns the number of a beat of our own. */
  hear(event: string, now: Millis): number | undefined {
    const [writer = '', word = ''] = event.split(' ', 2);
    const content = event.slice(writer.length + word.length + 2);
    if (writer === this.options.writer) return word === 'beat' ? Number(content) : undefined;
    const kind = this.#kindOf(word);
    if (kind) this.#hearRecord(kind, content, now);
    return undefined;
  }

  #hearRecord<Name extends TableName>(kind: Kind<Name>, text: string, now: Millis): void {
    const record = decode(kind.table, text);
    if (!record) return this.options.observer.count('store.record.unreadable', kind.word);
    const key = kind.keyOf(record);
    if (kind.table === 'locations') this.#dropLeftOut(key, text, now);
    if (kind.table === 'calls') this.#calls.delete(key);
    this.#takeIn(kind, key, text, [], this.behind.has(kind.table, key), now);
  }

  /** What the writer has left out goes here, too, unless something later is known of it. */
  #dropLeftOut(aor: string, text: string, now: Millis): void {
    const { table } = this.options.locations;
    const ours = table.read(aor);
    const leftOut = bindingsOf((JSON.parse(text) as { readonly leftOut?: unknown }).leftOut);
    if (ours && leftOut) table.put(without(ours, leftOut, this.options.mergeBindings, now));
  }

  /**
   * Takes what stands elsewhere into the live table.
   *
   * @param text     As it stands there; empty: nothing.
   * @param leftOut  Bindings that have gone here.
   * @param isDue    Ours has not been written yet.
   * @returns        What both know together.
   */
  #takeIn<Name extends TableName>(
    kind: Kind<Name>,
    key: string,
    text: string,
    leftOut: readonly Binding[],
    isDue: boolean,
    now: Millis,
  ): RecordOf[Name] | undefined {
    const ours = kind.own(key);
    const theirs = text === '' ? undefined : this.#read(kind, text, leftOut, now);
    if (!theirs) return ours;
    const both = ours ? kind.merge(theirs, ours, isDue, now) : theirs;
    if (both !== ours) kind.keep(both);
    return both;
  }

  #read<Name extends TableName>(kind: Kind<Name>, text: string, leftOut: readonly Binding[], now: Millis): RecordOf[Name] | undefined {
    const record = decode(kind.table, text);
    if (!record) this.options.observer.count('store.record.unreadable', kind.word);
    if (!record || kind.table !== 'locations') return record;
    const kept = without(record as LocationRecord, leftOut, this.options.mergeBindings, now);
    return kept.bindings.length === 0 ? undefined : (kept as RecordOf[Name]);
  }

  // --- comparing ---------------------------------------------------------------------------------------------------

  /**
   * Reads every record that Redis has, a page at a time, and writes what it lacks or has in an older account.
   *
   * @throws RedisFault when it stops answering, SignalingError `store.write` when it refuses.
   */
  async load(): Promise<void> {
    const link = this.options.link();
    this.#calls.clear();
    const lacking = this.#ownPlaces();
    for await (const page of link.keys(this.#root)) {
      const places = page.flatMap((place) => {
        const [word = ''] = place.slice(this.#root.length).split(':', 1);
        const kind = this.#kindOf(word);
        return kind ? [{ place, kind, key: place.slice(this.#root.length + word.length + 1) }] : [];
      });
      const texts = await link.read(places.map(({ place }) => place));
      const now = Date.now();
      places.forEach(({ place, kind, key }, at) => {
        lacking.delete(place);
        this.#compare(kind, key, texts[at] ?? '', now);
      });
    }
    await this.#writeAll([...lacking.values()]);
  }

  #compare<Name extends TableName>(kind: Kind<Name>, key: string, text: string, now: Millis): void {
    const { table } = kind;
    const record = this.#takeIn(kind, key, text, this.#leftOutOf({ table, key }), this.behind.has(table, key), now);
    if (record && kind.lifeMs(record, now) > 0 && kind.text(record, now) !== text) this.#makeDue(table, key, now);
  }

  /** Where every record of this node stands in Redis, if it stands there. */
  #ownPlaces(): Map<string, { readonly table: TableName; readonly key: string }> {
    const places = new Map<string, { readonly table: TableName; readonly key: string }>();
    for (const kind of Object.values<Kind<TableName>>(this.#kinds))
      for (const key of kind.keys()) {
        const place = { table: kind.table, key };
        places.set(this.#placeOf(place), place);
      }
    return places;
  }

  /** In pieces: what changes meanwhile has not long to wait. */
  async #writeAll(records: readonly { readonly table: TableName; readonly key: string }[]): Promise<void> {
    for (let at = 0; at < records.length; at += MAX_BATCH) {
      for (const { table, key } of records.slice(at, at + MAX_BATCH)) this.#makeDue(table, key, Date.now());
      await this.behind.flush();
    }
  }

  #makeDue(table: TableName, key: string, now: Millis): void {
    const kind = this.#kinds[table] as Kind<TableName>;
    const record = kind.own(key);
    if (record && kind.lifeMs(record, now) > 0) this.behind.put({ table, key, record } as Change);
  }

  #kindOf(word: string): Kind<TableName> | undefined {
    return Object.values<Kind<TableName>>(this.#kinds).find((kind) => kind.word === word);
  }

  #placeOf({ table, key }: { readonly table: TableName; readonly key: string }): string {
    return `${this.#root}${this.#kinds[table].word}:${key}`;
  }
}

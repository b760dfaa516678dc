// A table of what is kept by the hundred thousand and hardly ever read: as bytes outside the JavaScript heap, where the collector need not
// walk it. V8 lets its heap grow to about four times what lives in it, so a byte in there costs four.
//
// Entries are written one behind the other into pages. What is taken out leaves a gap, and a page goes when nothing in it is left: that
// suits tables whose oldest entries go first.
import type { Millis } from '@altpath/core';

/** What is kept under a key. */
export interface PackedEntry {
  readonly key: string;
  /** An instant by which entries can be told apart without reading them. */
  readonly at: Millis;
  readonly text: string;
}

interface Page {
  readonly bytes: Buffer;
  /** Where the next entry begins. */
  end: number;
  /** Entries that have not been taken out. */
  living: number;
}

/** Number of a page times `PAGE_BYTES`, and where in it the entry begins. */
type Place = number;

/** A longer entry gets a page of its own. */
const PAGE_BYTES = 0x10000;
/** Places have 32 bits. */
const MOST_PAGES = 0x10000;
/** No entry begins there: its head would not fit. */
const NOWHERE: Place = 0xffffffff;
const FIRST_SLOTS = 64;

/** About 30 bytes for an entry beside the characters of its key and text, which take one byte each, or two where one is not of Latin-1. */
export class PackedTable {
  /** In the order in which they were begun. */
  readonly #pages = new Map<number, Page>();
  #newest: Page | undefined;
  #newestNumber = -1;
  /** Places by the hashes of their keys: an entry is in the first slot from there on that was free. Half of them are, at least. */
  #slots = new Uint32Array(FIRST_SLOTS).fill(NOWHERE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): PackedEntry | undefined {
    const place = this.#placeIn(this.#slotOf(key, hashOf(key)));
    return place === NOWHERE ? undefined : this.#entryAt(place);
  }

  /** Replaces what is kept under this key; it counts as set last. */
  set(entry: PackedEntry): void {
    this.delete(entry.key);
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    const hash = hashOf(entry.key);
    this.#slots[this.#slotOf(entry.key, hash)] = this.#append(entry, hash);
    this.#size += 1;
  }

  delete(key: string): void {
    const slot = this.#slotOf(key, hashOf(key));
    const place = this.#placeIn(slot);
    if (place === NOWHERE) return;
    this.#free(slot);
    this.#size -= 1;
    const page = this.#pageOf(place);
    takeOut(page, offsetOf(place));
    if (page.living > 0) return;
    this.#pages.delete(numberOf(place));
    if (page === this.#newest) this.#newest = undefined;
  }

  /** The instants of all entries, the oldest first. */
  instants(): Float64Array {
    const instants = new Float64Array(this.#size);
    let nth = 0;
    for (const page of this.#pages.values())
      for (let head = 0; head < page.end; head += lengthIn(page, head)) {
        if (isGone(page, head)) continue;
        instants[nth] = instantIn(page, head);
        nth += 1;
      }
    return instants.sort();
  }

  /** Those of these instants, in the order in which they were set. Entries may come and go meanwhile. */
  *entries(from: Millis = -Infinity, until: Millis = Infinity): Generator<PackedEntry> {
    for (const page of this.#pages.values())
      for (let head = 0; head < page.end; head += lengthIn(page, head)) {
        if (isGone(page, head)) continue;
        const at = instantIn(page, head);
        if (from <= at && at <= until) yield entryIn(page, head);
      }
  }

  // --- pages -------------------------------------------------------------------------------------------------------

  #append(entry: PackedEntry, hash: number): Place {
    const characters = entry.key + entry.text;
    const isWide = IS_WIDE.test(characters);
    const length = HEAD.bytes + characters.length * (isWide ? 2 : 1);
    const page = this.#roomFor(length);
    const { bytes, end } = page;
    bytes.writeUInt32LE(hash, end + HEAD.hashAt);
    bytes.writeUInt32LE(entry.key.length * (isWide ? 2 : 1), end + HEAD.keyLengthAt);
    bytes.writeUInt32LE(length * FLAGS + (isWide ? WIDE : 0), end + HEAD.lengthAt);
    bytes.writeDoubleLE(entry.at, end + HEAD.instantAt);
    bytes.write(characters, end + HEAD.bytes, isWide ? 'utf16le' : 'latin1');
    page.end += length;
    page.living += 1;
    return this.#newestNumber * PAGE_BYTES + end;
  }

  #roomFor(length: number): Page {
    if (this.#newest && this.#newest.end + length <= this.#newest.bytes.length) return this.#newest;
    do this.#newestNumber = (this.#newestNumber + 1) % MOST_PAGES;
    while (this.#pages.has(this.#newestNumber));
    this.#newest = { bytes: Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, length)), end: 0, living: 0 };
    this.#pages.set(this.#newestNumber, this.#newest);
    return this.#newest;
  }

  #pageOf(place: Place): Page {
    const page = this.#pages.get(numberOf(place));
    if (!page) throw new RangeError('there is no such page');
    return page;
  }

  #entryAt(place: Place): PackedEntry {
    return entryIn(this.#pageOf(place), offsetOf(place));
  }

  #hashAt(place: Place): number {
    return this.#pageOf(place).bytes.readUInt32LE(offsetOf(place) + HEAD.hashAt);
  }

  // --- slots -------------------------------------------------------------------------------------------------------

  #placeIn(slot: number): Place {
    return this.#slots[slot] ?? NOWHERE;
  }

  /** Where the key is, or where it would be. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = this.#placeIn(slot);
      if (place === NOWHERE || (this.#hashAt(place) === hash && this.#entryAt(place).key === key)) return slot;
    }
  }

  /** Those behind move up, as far as they may: between an entry and the slot of its hash none is free. */
  #free(slot: number): void {
    const mask = this.#slots.length - 1;
    let free = slot;
    for (let next = (slot + 1) & mask; this.#placeIn(next) !== NOWHERE; next = (next + 1) & mask) {
      const place = this.#placeIn(next);
      const wayFrom = (other: number): number => (next - other) & mask;
      if (wayFrom(this.#hashAt(place)) < wayFrom(free)) continue;
      this.#slots[free] = place;
      free = next;
    }
    this.#slots[free] = NOWHERE;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2).fill(NOWHERE);
    const mask = this.#slots.length - 1;
    for (const place of before) {
      if (place === NOWHERE) continue;
      let slot = this.#hashAt(place) & mask;
      while (this.#placeIn(slot) !== NOWHERE) slot = (slot + 1) & mask;
      this.#slots[slot] = place;
    }
  }
}

function numberOf(place: Place): number {
  return Math.floor(place / PAGE_BYTES);
}

function offsetOf(place: Place): number {
  return place % PAGE_BYTES;
}

/** FNV-1a over the characters, its upper bits mixed into the lower ones, which choose the slot. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

// --- one entry -------------------------------------------------------------------------------------------------------

/** Where things stand in an entry's head. Behind it are the characters of key and text. */
const HEAD = { hashAt: 0, keyLengthAt: 4, lengthAt: 8, instantAt: 12, bytes: 20 };
/** Below the length in bytes, head and all: each character takes two; it has been taken out. */
const WIDE = 1;
const GONE = 2;
const FLAGS = 4;
const IS_WIDE = /[^\0-\xff]/;

function lengthIn({ bytes }: Page, head: number): number {
  return Math.floor(bytes.readUInt32LE(head + HEAD.lengthAt) / FLAGS);
}

function isGone({ bytes }: Page, head: number): boolean {
  return (bytes.readUInt32LE(head + HEAD.lengthAt) & GONE) !== 0;
}

function instantIn({ bytes }: Page, head: number): Millis {
  return bytes.readDoubleLE(head + HEAD.instantAt);
}

function entryIn(page: Page, head: number): PackedEntry {
  const { bytes } = page;
  const encoding = (bytes.readUInt32LE(head + HEAD.lengthAt) & WIDE) === 0 ? 'latin1' : 'utf16le';
  const keyAt = head + HEAD.bytes;
  const textAt = keyAt + bytes.readUInt32LE(head + HEAD.keyLengthAt);
  return {
    key: bytes.toString(encoding, keyAt, textAt),
    at: instantIn(page, head),
    text: bytes.toString(encoding, textAt, head + lengthIn(page, head)),
  };
}

function takeOut(page: Page, head: number): void {
  page.living -= 1;
  page.bytes.writeUInt32LE(page.bytes.readUInt32LE(head + HEAD.lengthAt) + GONE, head + HEAD.lengthAt);
}

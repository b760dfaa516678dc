// Named digit maps of one termination, those of ROOT behind them (RFC 3525 §7.1.14.1).
import type { DigitMapDescriptor, DigitMapValue } from '../message/index.js';
import { parseDigitMap } from './digit-map.js';
import { ErrorCode, refuse, type Refusal } from './refusal.js';
import type { DigitMaps } from './termination.js';

/** More than any dialling plan of one line needs. */
const MAX_MAPS = 32;

export class NamedDigitMaps implements DigitMaps {
  readonly #maps = new Map<string, { readonly name: string; readonly value: DigitMapValue }>();

  /** @param global  The maps of ROOT; undefined for ROOT's own. */
  constructor(private readonly global: DigitMaps | undefined) {}

  check({ name, value }: DigitMapDescriptor): Refusal | undefined {
    if (name === undefined) return refuse(ErrorCode.missingParameter, 'a digit map needs a name');
    const isKnown = this.#maps.has(name.toLowerCase());
    if (value === undefined) return isKnown || this.find(name) !== undefined ? undefined : refuse(ErrorCode.unknownDigitMap, name);
    if (!isEmpty(value) && parseDigitMap(value.body) === undefined) return refuse(ErrorCode.unknownValue, name);
    return isKnown || isEmpty(value) || this.#maps.size < MAX_MAPS ? undefined : refuse(ErrorCode.noSpaceForDigitMap, name);
  }

  set({ name, value }: DigitMapDescriptor): void {
    if (name === undefined) return;
    // An empty value deletes it; who uses it now goes on with what it was.
    if (value === undefined || isEmpty(value)) this.#maps.delete(name.toLowerCase());
    else this.#maps.set(name.toLowerCase(), { name, value });
  }

  find(name: string): DigitMapValue | undefined {
    return this.#maps.get(name.toLowerCase())?.value ?? this.global?.find(name);
  }

  audit(): readonly DigitMapDescriptor[] {
    return [...this.#maps.values()].map(({ name, value }) => ({ kind: 'digit-map', name, value }));
  }

  clear(): void {
    this.#maps.clear();
  }
}

function isEmpty({ body }: DigitMapValue): boolean {
  return body.trim() === '';
}

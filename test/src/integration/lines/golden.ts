// Messages as golden texts have them: what differs from run to run (transaction ids, identifiers, instants) is numbered in the
// order of its appearance, all else stands as it was on the wire.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../support/root.js';
import type { SimulatedGateway } from './simulated-gateway.js';

/** Set to write the texts anew instead of comparing with them. */
const UPDATE = process.env['UPDATE_GOLDEN'] !== undefined;

/** @returns the text under `test/golden`; a missing one, and every one with `UPDATE_GOLDEN`, is written from `actual` first. */
export function goldenText(name: string, actual: string): string {
  const path = join(ROOT, 'test/golden', name);
  if (UPDATE) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Everything that gateways and their agent said, from an instant on, in the order in which it was sent. */
export function conversation(gateways: readonly SimulatedGateway[], from: number, latencyMs: number): string {
  const numbers = new Numbers();
  const said = gateways.flatMap((gateway, at) =>
    gateway.passed.map(({ at: instant, direction, text }) => ({
      // What arrives was sent before.
      sentAt: direction === 'in' ? instant - latencyMs : instant,
      who: direction === 'in' ? `agent > g${at + 1}` : `g${at + 1} > agent`,
      gateway: at,
      text,
    })),
  );
  return said
    .filter(({ sentAt }) => sentAt >= from)
    .toSorted((a, b) => a.sentAt - b.sentAt)
    .map(({ who, gateway, text }) => `${who}\n${numbers.replaceIn(text, gateway).trimEnd().replace(/^/gm, '    ').trimEnd()}\n`)
    .join('\n')
    .replace(/^ +$/gm, '');
}

/** Gives each value of a kind the number of its first appearance. */
class Numbers {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @param gateway  Whose transactions and connections the text speaks of. */
  replaceIn(text: string, gateway: number): string {
    return text
      .replaceAll('\r\n', '\n')
      .replace(/^([A-Z]{4}) (\d+) /gm, (_all, verb: string, id: string) => `${verb} ${this.#of('t', id, gateway)} `)
      .replace(/^(\d{3}) (\d+)/gm, (_all, code: string, id: string) => `${code} ${this.#of('t', id, gateway)}`)
      .replace(/^(X|C): (\S+)$/gm, (_all, name: string, value: string) => `${name}: ${this.#of(name.toLowerCase(), value)}`)
      .replace(/^I: (\S+)$/gm, (_all, value: string) => `I: ${this.#of('i', value, gateway)}`)
      .replace(/L\/ci\(\d\d\/\d\d\/\d\d\/\d\d/g, 'L/ci(MM/DD/HH/MM');
  }

  #of(kind: string, value: string, gateway?: number): string {
    const key = `${kind} ${gateway ?? ''} ${value}`;
    let number = this.#known.get(key);
    if (number === undefined) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      number = `${kind}${count}`;
      this.#known.set(key, number);
    }
    return number;
  }
}

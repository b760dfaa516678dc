// What gateways and their controller say, as golden texts have it: what differs from run to run (transaction ids, identifiers,
// instants) is numbered in the order of its appearance, all else stands as it was on the wire.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Millis } from '@altpath/core';
import { expect } from 'chai';
import { ROOT } from '../../support/root.js';
import type { PlaceKind, ScenePlace } from './kinds.js';
import { playAll } from './play.js';
import { Scene, type SceneOptions } from './scene.js';
import { LONG_STORIES, SHORT_STORIES } from './stories.js';

/** Set to write the texts anew instead of comparing with them. */
const UPDATE = process.env['UPDATE_GOLDEN'] !== undefined;

/** Tests of power on and of every story that can be played there, each against its text `FOLDER/NAME.txt`. */
export function expectCallsAsWritten(folder: string, options: Pick<SceneOptions, 'kinds' | 'timers'>): void {
  const [from] = options.kinds;
  const opened = (): Scene => {
    const scene = new Scene({ seed: 4, nodes: 1, hasHeartbeat: false, gateways: 2, linesEach: 2, ...options });
    scene.start();
    return scene;
  };
  const expectGolden = (name: string, scene: Scene, from: Millis): void => {
    const actual = conversation(scene.places, from, scene.network.latencyMs);
    expect(actual).to.equal(goldenText(`${folder}/${name}.txt`, actual));
  };

  it('power on', () => {
    const scene = opened();
    expectGolden('power-on', scene, scene.begunAt);
  });

  for (const story of [...SHORT_STORIES, ...LONG_STORIES]) {
    if (from?.protocol === 'sip' && story.name === 'howler') continue;
    it(story.name, () => {
      const scene = opened();
      const from = scene.clock.now;
      const cast = scene.cast('1101', '1201', '1202');
      const [play] = playAll(scene, [cast], () => [story], { patienceMs: 5_000, pauseMs: 500, mindsAll: true }, 400_000);
      expect([play?.isOver, play?.complaints, scene.remains]).to.deep.equal([true, [], '']);
      expectGolden(story.name, scene, from);
    });
  }
}

/** @returns the text under `test/golden`; with `UPDATE_GOLDEN` it is written from `actual` first. */
function goldenText(name: string, actual: string): string {
  const path = join(ROOT, 'test/golden', name);
  if (UPDATE) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Everything that gateways and their controller said, from an instant on, in the order in which it was sent. */
function conversation(places: readonly ScenePlace[], from: Millis, latencyMs: Millis): string {
  const numbers = new Numbers();
  const said = places.flatMap((place, at) =>
    place.passed.map(({ at: instant, direction, text }) => ({
      // What arrives was sent before.
      sentAt: direction === 'in' ? instant - latencyMs : instant,
      who: direction === 'in' ? `${NODES[place.kind.protocol]} > g${at + 1}` : `g${at + 1} > ${NODES[place.kind.protocol]}`,
      gateway: at,
      protocol: place.kind.protocol,
      text,
    })),
  );
  return said
    .filter(({ sentAt }) => sentAt >= from)
    .toSorted((a, b) => a.sentAt - b.sentAt)
    .map(({ who, gateway, protocol, text }) => {
      const numbered = REPLACERS[protocol](text, gateway, numbers);
      return `${who}\n${numbered.trimEnd().replace(/^/gm, '    ').trimEnd()}\n`;
    })
    .join('\n')
    .replace(/^ +$/gm, '');
}

/** What a node is called in the protocol's own words. */
const NODES: Readonly<Record<PlaceKind['protocol'], string>> = { mgcp: 'agent', megaco: 'mgc', sip: 'node' };

/** Puts numbers in the place of what differs. `gateway`: whose transactions and connections the text speaks of. */
type Replacer = (text: string, gateway: number, numbers: Numbers) => string;

const REPLACERS: Readonly<Record<PlaceKind['protocol'], Replacer>> = {
  mgcp: (text, gateway, numbers) =>
    text
      .replaceAll('\r\n', '\n')
      .replace(/^([A-Z]{4}) (\d+) /gm, (_all, verb: string, id: string) => `${verb} ${numbers.of('t', id, gateway)} `)
      .replace(/^(\d{3}) (\d+)/gm, (_all, code: string, id: string) => `${code} ${numbers.of('t', id, gateway)}`)
      .replace(/^(X|C): (\S+)$/gm, (_all, name: string, value: string) => `${name}: ${numbers.of(name.toLowerCase(), value)}`)
      .replace(/^I: (\S+)$/gm, (_all, value: string) => `I: ${numbers.of('i', value, gateway)}`)
      .replace(/L\/ci\(\d\d\/\d\d\/\d\d\/\d\d/g, 'L/ci(MM/DD/HH/MM'),
  // Text with short tokens; a request id is what E and OE are given, a time has 17 characters.
  megaco: (text, gateway, numbers) =>
    text
      .replaceAll('\r\n', '\n')
      .replace(/\b(T|P|PN)=(\d+)/g, (_all, name: string, id: string) => `${name}=${numbers.of('t', id, gateway)}`)
      .replace(/\bK\{([\d,-]+)\}/g, (_all, ids: string) => `K{${ids.replace(/\d+/g, (id) => numbers.of('t', id, gateway))}}`)
      .replace(/\b(E|OE)=(\d+)/g, (_all, name: string, id: string) => `${name}=${numbers.of('x', id)}`)
      .replace(/nt\/dur=\d+/g, 'nt/dur=milliseconds')
      .replace(/\d{8}T\d{8}/g, 'yyyymmddThhmmsscc'),
  sip: (text, _place, numbers) =>
    text
      .replaceAll('\r\n', '\n')
      .replace(/\b(branch|tag|rport|pathToken)=([^;>\s,]+)/gi, (_all, name: string, value: string) => `${name}=${numbers.of(name, value)}`)
      .replace(/^Call-ID: (.+)$/gim, (_all, value: string) => `Call-ID: ${numbers.of('call', value)}`)
      .replace(/^(RAck: \d+ )?(RSeq: )?/gim, '$1$2')
      .replace(
        /^o=(\S+) (\d+) (\d+)/gm,
        (_all, user: string, id: string, version: string) => `o=${user} ${numbers.of('o', id)} ${numbers.of('v', version)}`,
      )
      // What is signed depends on the Call-ID.
      .replace(/\b(leg\.[^;@>\s]*)\.([\w-]{22})\b/gi, (_all, told: string, mac: string) => `${told}.${numbers.of('mac', mac)}`),
};

/** Gives each value of a kind the number of its first appearance. */
class Numbers {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  of(kind: string, value: string, gateway?: number): string {
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

// The part of the file about lines: what is shown of them, and what their subscribers may do.
import { isNumberPattern, NumberPlan, parseTarget } from '@altpath/call-control';
import type { RawFile, RawLine } from './raw.js';
import type { Reading } from './reading.js';
import { lineTrouble, targetTrouble } from './read-numbers.js';
import type { Path } from './source.js';
import type {
  GatewayConfiguration,
  GroupConfiguration,
  LineConfiguration,
  LineFeatureConfiguration,
  NumberConfiguration,
} from './types.js';

/** No pattern: one number. */
const IS_NUMBER = /^\+?[0-9*#]+$/;

/** What was read before, and lines refer to. */
export interface Surroundings {
  readonly gateways: readonly GatewayConfiguration[];
  readonly groups: readonly GroupConfiguration[];
  readonly numbers: readonly NumberConfiguration[];
}

/** Every line of every gateway, with its number: what is written for it, else the first number that leads there. */
export function readLines(raw: RawFile, around: Surroundings, reading: Reading): readonly LineConfiguration[] {
  const { gateways, numbers } = around;
  for (const [line, written] of Object.entries(raw.lines ?? {})) {
    const trouble = lineTrouble(line, gateways);
    if (trouble !== undefined) reading.report(['lines', line], trouble, 'key');
    if (written) checkAims(line, written, around, reading);
  }
  const lines = gateways.flatMap((gateway) =>
    [...gateway.lines, ...gateway.trunks].map((local) => {
      const line = `${local}@${gateway.name}`;
      const written = raw.lines?.[line] ?? {};
      const first = numbers.find((each) => IS_NUMBER.test(each.pattern) && !each.forbid && !each.emergency && each.targets.includes(line));
      return { line, number: written.number ?? first?.pattern, name: written.name, features: featuresOf(written) };
    }),
  );
  lines.forEach((each) => checkExtension(each, reading));
  return lines;
}

/** Short numbers are what a line's own number ends in. */
function checkExtension({ line, number, features: { extensionDigits } }: LineConfiguration, reading: Reading): void {
  if (extensionDigits === undefined) return;
  const path: Path = ['lines', line, 'extensionDigits'];
  if (number === undefined) reading.report(path, 'this line has no number, so it shares none of its digits with others');
  else if (number.length <= extensionDigits) reading.report(path, `its number ${number} has no more than ${extensionDigits} digits`);
}

function featuresOf({ callWaiting, threeWay, forward, doNotDisturb, extensionDigits, hold }: RawLine): LineFeatureConfiguration {
  return {
    callWaiting: callWaiting ?? false,
    threeWay: threeWay !== undefined && threeWay !== false,
    mixer: typeof threeWay === 'string' ? threeWay : undefined,
    forward: { always: forward?.always, busy: forward?.busy, noAnswer: forward?.noAnswer },
    doNotDisturb: doNotDisturb ?? false,
    extensionDigits,
    music: typeof hold === 'string' ? hold : undefined,
  };
}

function checkAims(line: string, { forward, threeWay, hold }: RawLine, around: Surroundings, reading: Reading): void {
  const path: Path = ['lines', line];
  const check = (key: Path, to: string | boolean | undefined, isPlayed: boolean): void => {
    if (typeof to !== 'string') return;
    const trouble = IS_NUMBER.test(to) ? numberTrouble(to, line, isPlayed, around) : aimTrouble(to, line, isPlayed, around);
    if (trouble !== undefined) reading.report([...path, ...key], trouble);
  };
  for (const key of ['always', 'busy', 'noAnswer'] as const) check(['forward', key], forward?.[key], false);
  check(['threeWay'], threeWay, true);
  check(['hold'], hold, true);
}

/** @param isPlayed  It is to play or mix media, which no telephone of a gateway does. */
function numberTrouble(number: string, line: string, isPlayed: boolean, { numbers }: Surroundings): string | undefined {
  const sound = numbers.filter(({ pattern, targets }) => isNumberPattern(pattern) && targets.length > 0);
  const pattern = new NumberPlan(Object.fromEntries(sound.map((each) => [each.pattern, each.targets]))).find(number)?.pattern;
  const entry = numbers.find((each) => each.pattern === pattern);
  if (!entry) return `${number} is none of the numbers`;
  if (entry.targets[0] === line) return `${number} is the number of this very line`;
  return isPlayed && entry.targets.every(isLine) ? `${number} leads to a line, and who plays speaks SIP` : undefined;
}

function aimTrouble(target: string, line: string, isPlayed: boolean, { gateways, groups }: Surroundings): string | undefined {
  if (target === line) return 'a line cannot be forwarded to itself';
  const trouble = targetTrouble(target, gateways, groups);
  if (trouble !== undefined || !isPlayed) return trouble;
  return isLine(target) ? `${target} is a line, and who plays speaks SIP` : undefined;
}

function isLine(target: string): boolean {
  return parseTarget(target, '').kind === 'line';
}

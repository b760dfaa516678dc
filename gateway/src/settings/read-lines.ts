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
      return {
        line,
        number: written.number ?? first?.pattern,
        name: written.name,
        isTrunk: gateway.trunks.includes(local),
        features: featuresOf(written),
      };
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
  const check = (key: Path, to: string | boolean | undefined, use: Use): void => {
    if (typeof to !== 'string') return;
    const trouble = IS_NUMBER.test(to) ? numberTrouble(to, line, use, around) : aimTrouble(to, line, use, around);
    if (trouble !== undefined) reading.report([...path, ...key], trouble);
  };
  for (const key of ['always', 'busy', 'noAnswer'] as const) check(['forward', key], forward?.[key], 'answers');
  check(['threeWay'], threeWay, 'mixes');
  check(['hold'], hold, 'plays');
}

/** What a feature wants of whom it names. A telephone of a gateway neither mixes nor plays; a channel may lead to a player. */
type Use = 'answers' | 'mixes' | 'plays';

function numberTrouble(number: string, line: string, use: Use, { numbers, gateways }: Surroundings): string | undefined {
  const sound = numbers.filter(({ pattern, targets }) => isNumberPattern(pattern) && targets.length > 0);
  const pattern = new NumberPlan(Object.fromEntries(sound.map((each) => [each.pattern, each.targets]))).find(number)?.pattern;
  const entry = numbers.find((each) => each.pattern === pattern);
  if (!entry) return `${number} is none of the numbers`;
  if (entry.targets[0] === line) return `${number} is the number of this very line`;
  return entry.targets.every((target) => isUnfit(target, use, gateways)) ? `${number} leads to a line, and ${WHO[use]}` : undefined;
}

function aimTrouble(target: string, line: string, use: Use, { gateways, groups }: Surroundings): string | undefined {
  if (target === line) return 'a line cannot be forwarded to itself';
  const trouble = targetTrouble(target, gateways, groups);
  if (trouble !== undefined) return trouble;
  return isUnfit(target, use, gateways) ? `${target} is a line, and ${WHO[use]}` : undefined;
}

const WHO: Readonly<Record<Use, string>> = {
  answers: 'who answers is one',
  mixes: 'who mixes speaks SIP',
  plays: 'who plays speaks SIP, or is behind a trunk',
};

function isUnfit(target: string, use: Use, gateways: Surroundings['gateways']): boolean {
  if (use === 'answers' || !isLine(target)) return false;
  return use === 'mixes' || !gateways.some(({ name, trunks }) => trunks.some((local) => `${local}@${name}` === target));
}

function isLine(target: string): boolean {
  return parseTarget(target, '').kind === 'line';
}

// Dial by extension: lines whose numbers differ in their last digits only are a group, and call each other by these digits.
// A line says how many digits that are; its own number has the rest.
import type { NumberMatch, NumberPlan } from '../number-plan.js';
import type { LineFeatures } from './line-features.js';

/**
 * The number that was meant by the short one of a group. Numbers of the plan come first: who has one that is as short
 * calls that.
 *
 * @param own  The calling line's number.
 * @returns undefined where the line has no short numbers, these digits are not as many, or nobody has the whole number.
 */
export function findExtension(
  digits: string,
  own: string | undefined,
  { extensionDigits }: LineFeatures,
  plan: NumberPlan,
): { readonly number: string; readonly match: NumberMatch } | undefined {
  if (own === undefined || extensionDigits === undefined || digits.length !== extensionDigits) return undefined;
  if (own.length <= extensionDigits || !/^[0-9]+$/.test(digits)) return undefined;
  const number = own.slice(0, -extensionDigits) + digits;
  const match = plan.find(number);
  return match && { number, match };
}

/** What digit maps must let through beside the plan's patterns, for lines with these features. */
export function extensionPatterns(lines: Iterable<LineFeatures | undefined>): readonly string[] {
  const lengths = new Set<number>();
  for (const features of lines) if (features?.extensionDigits !== undefined) lengths.add(features.extensionDigits);
  return [...lengths].sort((a, b) => a - b).map((length) => 'x'.repeat(length));
}

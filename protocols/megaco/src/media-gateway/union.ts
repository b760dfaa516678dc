// A wildcarded response: the union of what each termination would have answered, duplicates suppressed (RFC 3525 §6.2.2).
import type { AuditItem, AuditReturn, PackageVersion, Statistic } from '../message/index.js';

/** Packages and statistics become one descriptor each, empty ones one list; of the rest each different one is told. */
export function unionOf(all: readonly (readonly AuditReturn[])[]): readonly AuditReturn[] {
  const packages = new Distinct<PackageVersion>();
  const statistics = new Distinct<Statistic>();
  const empty = new Distinct<AuditItem>();
  const others = new Distinct<AuditReturn>();
  for (const each of all.flat()) {
    if (each.kind === 'packages') packages.add(...each.packages);
    else if (each.kind === 'statistics') statistics.add(...each.statistics);
    else if (each.kind === 'audit') empty.add(...each.items);
    else others.add(each);
  }
  // What one has and another has not is there.
  const present = new Set<string>(all.flat().map(({ kind }) => kind));
  const items = empty.values.filter((item) => !present.has(item));
  return [
    ...others.values,
    ...(statistics.values.length > 0 ? [{ kind: 'statistics' as const, statistics: statistics.values }] : []),
    ...(packages.values.length > 0 ? [{ kind: 'packages' as const, packages: packages.values }] : []),
    ...(items.length > 0 ? [{ kind: 'audit' as const, items }] : []),
  ];
}

/** Values that differ in what they say. */
class Distinct<Value> {
  readonly #byText = new Map<string, Value>();

  add(...values: readonly Value[]): void {
    for (const value of values) {
      const text = JSON.stringify(value);
      if (!this.#byText.has(text)) this.#byText.set(text, value);
    }
  }

  get values(): readonly Value[] {
    return [...this.#byText.values()];
  }
}

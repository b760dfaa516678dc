// What one kind of termination can: the packages that it realises and the items in them (RFC 3525 §6.2.3). Asked for every
// name of every command; the registry says what is in a package, the settings which packages a termination has.
import type { PackageVersion, Property } from '../message/index.js';
import type { Item, ItemKind, PackageDefinition, PackageRegistry, PropertyDefinition } from '../packages/index.js';
import { type Checked, ErrorCode, type ErrorCodeValue, refused } from './refusal.js';

const NOT_THERE: Readonly<Record<ItemKind, ErrorCodeValue>> = {
  property: ErrorCode.noSuchProperty,
  event: ErrorCode.noSuchEvent,
  signal: ErrorCode.noSuchSignal,
  statistic: ErrorCode.noSuchStatistic,
};

export class Realm {
  readonly #packages: readonly PackageDefinition[];
  readonly #names: ReadonlySet<string>;

  /**
   * @param names        Packages in the order in which audits tell them.
   * @param provisioned  Values that properties have before anybody sets them (§6.2.4).
   * @throws RangeError for a package that the registry does not know: a mistake in the settings.
   */
  constructor(
    readonly registry: PackageRegistry,
    names: readonly string[],
    readonly provisioned: readonly Property[] = [],
  ) {
    this.#packages = names.map((name) => {
      const found = registry.package(name);
      if (!found) throw new RangeError(`no package is called ${name}`);
      return found;
    });
    this.#names = new Set(this.#packages.map(({ name }) => name.toLowerCase()));
  }

  /** Provisioned values by the descriptor that tells them. */
  provisionedIn(place: NonNullable<PropertyDefinition['descriptor']>): readonly Property[] {
    return this.provisioned.filter(
      ({ name }) => (this.registry.item('property', name)?.value?.descriptor ?? 'termination-state') === place,
    );
  }

  get packages(): readonly PackageVersion[] {
    return this.#packages.map(({ name, version }) => ({ name, version }));
  }

  realises(packageName: string): boolean {
    return this.#names.has(packageName.toLowerCase());
  }

  /** The item of that name: 440 where its package is not realised, 450..453 where there is no such item in it. */
  find(kind: ItemKind, name: string): Checked<Item> {
    const slash = name.indexOf('/');
    if (slash < 0 || !this.realises(name.slice(0, slash))) return refused(ErrorCode.unknownPackage, name);
    const item = this.registry.item(kind, name);
    return item ? { ok: true, value: item } : refused(NOT_THERE[kind], name);
  }

  /**
   * The items of that kind. What an extended package has of its base is told under the base's name alone where that is
   * realised too.
   *
   * @param packageName  Of this package only; then what it has of its base is told in any case.
   */
  items(kind: ItemKind, packageName?: string): readonly Item[] {
    const chosen = packageName === undefined ? this.#packages : this.#packages.filter((each) => isNamed(each, packageName));
    return chosen.flatMap((each) =>
      namesOf(kind, each, (base) => packageName === undefined && this.realises(base.name)).flatMap((name) => {
        const item = this.registry.item(kind, `${each.name}/${name}`);
        return item ? [item] : [];
      }),
    );
  }
}

function isNamed(definition: PackageDefinition, name: string): boolean {
  return definition.name.toLowerCase() === name.toLowerCase();
}

/** Names of a package's items, its base's first unless that one speaks for itself; each once. */
function namesOf(kind: ItemKind, definition: PackageDefinition, isApart: (base: PackageDefinition) => boolean): readonly string[] {
  const { extends: base } = definition;
  const inherited = base === undefined || isApart(base) ? [] : namesOf(kind, base, isApart);
  const own = (OWN[kind](definition) ?? []).map(({ name }) => name);
  return [...new Set([...inherited, ...own])];
}

const OWN: Readonly<Record<ItemKind, (definition: PackageDefinition) => readonly { readonly name: string }[] | undefined>> = {
  property: ({ properties }) => properties,
  event: ({ events }) => events,
  signal: ({ signals }) => signals,
  statistic: ({ statistics }) => statistics,
};

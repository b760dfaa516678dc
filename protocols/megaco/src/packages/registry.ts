// The packages that are known, asked by name or by number. Another package joins with `with(...)`; an unknown name or
// number is no error here: the codecs carry it on as it is.
import type { ItemKind, PackageDefinition, ParameterDefinition, PropertyDefinition, SignalDefinition } from './definition.js';
import { AL, CT, G, IT, NT, ROOT_PACKAGE, RTP, SWB, TDMC } from './base.js';
import { CD, CG, DD, DG, TONEDET, TONEGEN } from './tones.js';

/** One item of one package, ready to be asked. */
export interface Item {
  /** As text writes it: `al/of`. */
  readonly name: string;
  /** Package and item in 32 bits: 0x00090005. */
  readonly number: number;
  /** Type of its value; properties and statistics only. */
  readonly value?: PropertyDefinition | undefined;
  /** Parameters; events and signals only. */
  readonly parameters: ParameterTable;
  /** Signals only. */
  readonly signalType?: SignalDefinition['type'] | undefined;
}

/** The parameters of one event or signal, by name without case and by number. */
export class ParameterTable {
  readonly #byName = new Map<string, ParameterDefinition>();
  readonly #byId = new Map<number, ParameterDefinition>();

  constructor(parameters: readonly ParameterDefinition[]) {
    for (const parameter of parameters) {
      this.#byName.set(parameter.name.toLowerCase(), parameter);
      this.#byId.set(parameter.id, parameter);
    }
  }

  get all(): Iterable<ParameterDefinition> {
    return this.#byName.values();
  }

  named(name: string): ParameterDefinition | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  numbered(id: number): ParameterDefinition | undefined {
    return this.#byId.get(id);
  }
}

const NO_PARAMETERS = new ParameterTable([]);

/**
 * An unchangeable set of packages. Look-ups are single hash reads, made once for every name of every message.
 *
 * @see RFC 3525 §12, annex E
 */
export class PackageRegistry {
  readonly packages: readonly PackageDefinition[];
  readonly #packagesByName = new Map<string, PackageDefinition>();
  readonly #packagesById = new Map<number, PackageDefinition>();
  readonly #byName: Readonly<Record<ItemKind, Map<string, Item>>> = perKind();
  readonly #byNumber: Readonly<Record<ItemKind, Map<number, Item>>> = perKind();

  /** @throws RangeError when two packages share a name or a number: a mistake of who registers them. */
  constructor(packages: readonly PackageDefinition[]) {
    this.packages = packages;
    for (const each of packages) {
      const name = each.name.toLowerCase();
      if (this.#packagesByName.has(name) || this.#packagesById.has(each.id))
        throw new RangeError(`package ${each.name} (${each.id.toString(16)}) is there already`);
      this.#packagesByName.set(name, each);
      this.#packagesById.set(each.id, each);
      // From the innermost base outwards, so that what both define is the extending package's.
      for (const layer of layersOf(each)) this.#add(each, layer);
    }
  }

  /** @returns a registry that knows these packages as well. */
  with(...more: readonly PackageDefinition[]): PackageRegistry {
    return new PackageRegistry([...this.packages, ...more]);
  }

  package(name: string): PackageDefinition | undefined {
    return this.#packagesByName.get(name) ?? this.#packagesByName.get(name.toLowerCase());
  }

  packageNumbered(id: number): PackageDefinition | undefined {
    return this.#packagesById.get(id);
  }

  /** @param name `al/of`, any case. */
  item(kind: ItemKind, name: string): Item | undefined {
    const names = this.#byName[kind];
    return names.get(name) ?? names.get(name.toLowerCase());
  }

  /** @param number Package and item in 32 bits. */
  itemNumbered(kind: ItemKind, number: number): Item | undefined {
    return this.#byNumber[kind].get(number);
  }

  #add(owner: PackageDefinition, layer: PackageDefinition): void {
    for (const value of layer.properties ?? []) this.#put('property', owner, value, { value });
    for (const value of layer.statistics ?? []) this.#put('statistic', owner, value, { value });
    for (const event of layer.events ?? []) this.#put('event', owner, event, { parameters: new ParameterTable(event.parameters) });
    for (const signal of layer.signals ?? [])
      this.#put('signal', owner, signal, { parameters: new ParameterTable(signal.parameters), signalType: signal.type });
  }

  #put(
    kind: ItemKind,
    owner: PackageDefinition,
    { name, id }: { readonly name: string; readonly id: number },
    rest: Partial<Omit<Item, 'name' | 'number'>>,
  ): void {
    const item: Item = { parameters: NO_PARAMETERS, ...rest, name: `${owner.name}/${name}`, number: owner.id * 0x1_0000 + id };
    this.#byName[kind].set(item.name.toLowerCase(), item);
    this.#byNumber[kind].set(item.number, item);
  }
}

function perKind<K>(): Record<ItemKind, Map<K, Item>> {
  return { property: new Map(), event: new Map(), signal: new Map(), statistic: new Map() };
}

function layersOf(definition: PackageDefinition): readonly PackageDefinition[] {
  return definition.extends === undefined ? [definition] : [...layersOf(definition.extends), definition];
}

/** The packages that every gateway of ours knows. */
export const STANDARD_PACKAGES = new PackageRegistry([G, ROOT_PACKAGE, TONEGEN, TONEDET, DG, DD, CG, CD, AL, CT, NT, RTP, TDMC, IT, SWB]);

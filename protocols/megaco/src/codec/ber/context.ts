// What the mapping between annex A's values and the message model has to know: the packages, the gateway's termination
// ids, the version. Beside it the names and values that every descriptor is made of.
import { SignalingError } from '@altpath/core';
import type {
  IndividualProperty,
  ItemName,
  NonStandardData,
  Parameter,
  ParameterValue,
  Property,
  Statistic,
  TerminationId,
  Value,
} from '../../message/index.js';
import type { Item, ItemKind, PackageRegistry, ParameterDefinition } from '../../packages/index.js';
import { localFault } from './faults.js';
import type {
  IndividualPropertyValue,
  NonStandardValue,
  ParameterValue as ParameterRecord,
  PropertyValue,
  StatisticsValue,
  TerminationIdValue,
} from './schema-descriptors.js';
import type { TerminationNames } from './termination-names.js';
import { hex, hexNumber, itemName, itemNumber, Wrapping } from './wrapping.js';

/** A list, the `relation`, `range` and `sublist` of annex A, as one record has it. */
type Values = Pick<PropertyValue, 'value' | 'extraInfo'>;

const CHOOSE: ParameterValue = { kind: 'one', value: { text: '$', quoted: false } };

/** One message's view of names and values. Reading never fails; writing throws SignalingError for what has no number. */
export class Mapping {
  readonly #wrapping: Wrapping;

  constructor(
    readonly packages: PackageRegistry,
    readonly terminations: TerminationNames,
    /** The version of the message: what is written, and never what is read, depends on it. */
    readonly version: number,
  ) {
    this.#wrapping = new Wrapping(packages);
  }

  // ---------------------------------------------------------------- names

  itemName(kind: ItemKind, number: number): ItemName {
    return itemName(this.packages, kind, number);
  }

  itemNumber(kind: ItemKind, name: ItemName): number {
    return itemNumber(this.packages, kind, name);
  }

  termination(value: TerminationIdValue): TerminationId {
    return this.terminations.read(value);
  }

  terminationRecord(id: TerminationId): TerminationIdValue {
    return this.terminations.write(id);
  }

  // ---------------------------------------------------------------- values

  property(record: PropertyValue): Property {
    const item = this.packages.itemNumbered('property', record.name);
    return { name: this.itemName('property', record.name), value: this.#value(record, item?.value) };
  }

  propertyRecord({ name, value }: Property): PropertyValue {
    return { name: this.itemNumber('property', name), ...this.#valueRecord(value, this.packages.item('property', name)?.value) };
  }

  /** `owner`: the event or signal whose parameters these are. */
  parameters(kind: 'event' | 'signal', owner: number, records: readonly ParameterRecord[]): readonly Parameter[] {
    if (records.length === 0) return NO_PARAMETERS;
    const table = this.packages.itemNumbered(kind, owner)?.parameters;
    return records.map((record) => {
      const definition = table?.numbered(record.name);
      return { name: definition?.name ?? hex(record.name), value: this.#value(record, definition) };
    });
  }

  parameterRecords(kind: 'event' | 'signal', owner: ItemName, parameters: readonly Parameter[]): readonly ParameterRecord[] {
    if (parameters.length === 0) return [];
    const item = this.packages.item(kind, owner);
    return parameters.map(({ name, value }) => {
      const definition = item?.parameters.named(name);
      return { name: definition?.id ?? numberOf(name, owner), ...this.#valueRecord(value, definition) };
    });
  }

  statistic({ statName, statValue }: StatisticsValue[number]): Statistic {
    const name = this.itemName('statistic', statName);
    if (statValue === undefined) return { name };
    const values = this.#read(statValue, this.packages.itemNumbered('statistic', statName)?.value);
    return { name, value: values.length === 1 ? { kind: 'one', value: values[0] as Value } : { kind: 'sublist', values } };
  }

  statisticRecord({ name, value }: Statistic): StatisticsValue[number] {
    const statName = this.itemNumber('statistic', name);
    if (value === undefined) return { statName };
    return { statName, statValue: this.#valueRecord(value, this.packages.item('statistic', name)?.value).value };
  }

  individualProperty({ name, propertyParms }: IndividualPropertyValue): IndividualProperty {
    return propertyParms === undefined ? { name: this.itemName('property', name) } : this.property(propertyParms);
  }

  individualPropertyRecord({ name, value }: IndividualProperty): IndividualPropertyValue {
    const number = this.itemNumber('property', name);
    return value === undefined ? { name: number } : { name: number, propertyParms: this.propertyRecord({ name, value }) };
  }

  /** An empty sequence means CHOOSE; see the comment at PropertyParm in annex A.2. */
  #value({ value, extraInfo }: Values, definition: ParameterDefinition | undefined): ParameterValue {
    const values = this.#read(value, definition);
    const [first, second] = values;
    if (first === undefined) return CHOOSE;
    if (extraInfo?.kind === 'relation') return { kind: 'relation', relation: extraInfo.value, value: first };
    if (extraInfo?.kind === 'range' && extraInfo.value && second !== undefined) return { kind: 'range', from: first, to: second };
    if (extraInfo?.kind === 'sublist' && extraInfo.value) return { kind: 'sublist', values };
    return second === undefined ? { kind: 'one', value: first } : { kind: 'alternatives', values };
  }

  #read(values: readonly Buffer[], definition: ParameterDefinition | undefined): Value[] {
    return values.map((octets) => this.#wrapping.read(octets, definition));
  }

  #valueRecord(value: ParameterValue, definition: ParameterDefinition | undefined): Values {
    const write = (each: Value): Buffer => this.#wrapping.write(each, definition);
    switch (value.kind) {
      case 'one':
        return { value: value.value.text === '$' && !value.value.quoted ? [] : [write(value.value)] };
      case 'relation':
        return { value: [write(value.value)], extraInfo: { kind: 'relation', value: value.relation } };
      case 'range':
        return { value: [write(value.from), write(value.to)], extraInfo: { kind: 'range', value: true } };
      case 'sublist':
        return { value: value.values.map(write), extraInfo: { kind: 'sublist', value: true } };
      case 'alternatives':
        return { value: value.values.map(write) };
      default:
        return value satisfies never;
    }
  }
}

const NO_PARAMETERS: readonly Parameter[] = [];

function numberOf(name: string, owner: Item['name']): number {
  const number = hexNumber(name);
  if (number === undefined) throw new SignalingError(localFault('name', `${owner} has no parameter ${name} with a number`));
  return number;
}

/** Digit maps have a name of 2 octets; text calls them `dialplan0` and so on, as Erlang/OTP does. */
export function digitMapName(number: number): string {
  return `dialplan${number}`;
}

/** @throws SignalingError for a name that is neither `dialplanN` nor `0x` and 4 hex digits. */
export function digitMapNumber(name: string): number {
  const digits = /^dialplan(\d{1,5})$/i.exec(name)?.[1];
  const number = digits === undefined ? hexNumber(name) : Number(digits);
  if (number === undefined || number > 0xffff)
    throw new SignalingError(localFault('name', `the digit map ${name} has no number: dialplan0 to dialplan65535 have`));
  return number;
}

/** NonStandardData into the model's words. */
export function nonStandard({ nonStandardIdentifier: { kind, value }, data }: NonStandardValue): NonStandardData {
  const octets = data.toString('latin1');
  switch (kind) {
    case 'object':
      return { identifier: { kind: 'object', oid: dotted(value) }, data: octets };
    case 'experimental':
      return { identifier: { kind: 'experimental', text: value }, data: octets };
    case 'h221NonStandard':
      return {
        identifier: {
          kind: 'h221',
          country1: value.t35CountryCode1,
          country2: value.t35CountryCode2,
          extension: value.t35Extension,
          manufacturer: value.manufacturerCode,
        },
        data: octets,
      };
    default:
      return kind satisfies never;
  }
}

/** And back. @throws SignalingError for an object identifier that is none. */
export function nonStandardRecord({ identifier, data }: NonStandardData): NonStandardValue {
  const octets = Buffer.from(data, 'latin1');
  switch (identifier.kind) {
    case 'object':
      return { nonStandardIdentifier: { kind: 'object', value: oidOctets(identifier.oid) }, data: octets };
    case 'experimental':
      return { nonStandardIdentifier: { kind: 'experimental', value: identifier.text }, data: octets };
    case 'h221':
      return {
        nonStandardIdentifier: {
          kind: 'h221NonStandard',
          value: {
            t35CountryCode1: identifier.country1,
            t35CountryCode2: identifier.country2,
            t35Extension: identifier.extension,
            manufacturerCode: identifier.manufacturer,
          },
        },
        data: octets,
      };
    default:
      return identifier satisfies never;
  }
}

/** X.690 §8.19: seven bits an octet, the first number holds two arcs. */
function dotted(octets: Buffer): string {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const octet of octets) {
    value = (value << 7n) | BigInt(octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

function oidOctets(oid: string): Buffer {
  if (!/^[0-2](?:\.\d{1,140})+$/.test(oid)) throw new SignalingError(localFault('name', `${oid} is no object identifier`));
  const [root = 0n, second = 0n, ...rest] = oid.split('.').map(BigInt);
  const octets = [root * 40n + second, ...rest].flatMap((number) => {
    const sevens = [Number(number & 0x7fn)];
    for (let left = number >> 7n; left > 0n; left >>= 7n) sevens.unshift(Number(left & 0x7fn) | 0x80);
    return sevens;
  });
  return Buffer.from(octets);
}

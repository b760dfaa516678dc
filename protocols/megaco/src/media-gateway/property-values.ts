// Values of package properties: whether a value is one of the property's, and which of several the gateway takes where
// the controller leaves the choice (RFC 3525 §7.1.1, §7.1.5, §12.2).
import type { ParameterValue, Property, Value } from '../message/index.js';
import type { PropertyDefinition, ValueType } from '../packages/index.js';
import type { Realm } from './realm.js';
import { type Checked, ErrorCode, type Refusal, refuse, refused } from './refusal.js';

/** Properties as chosen. */
export interface ChosenProperties {
  readonly properties: readonly Property[];
  /** The controller left something open: the descriptor is told (§7.1.1). */
  readonly isChosen: boolean;
}

/**
 * Checks the properties of one descriptor and chooses: 445 (no package in the name), 440, 450, 455 (of another descriptor),
 * 456 (twice), 534 (read-only), 449.
 */
export function chooseProperties(
  realm: Realm,
  given: readonly Property[],
  place: NonNullable<PropertyDefinition['descriptor']>,
): Checked<ChosenProperties> {
  const properties: Property[] = [];
  let isChosen = false;
  const seen = new Set<string>();
  for (const { name, value } of given) {
    const definition = findProperty(realm, name);
    if (!definition.ok) return definition;
    const refusal = checkPlace(name, definition.value, place, seen);
    if (refusal) return { ok: false, refusal };
    const chosen = chooseValue(definition.value, value, provisionedOf(realm, name));
    if (chosen === undefined) return refused(ErrorCode.unknownValue, name);
    isChosen ||= chosen !== value;
    properties.push({ name, value: chosen });
  }
  return { ok: true, value: { properties, isChosen } };
}

/** The definition of a property: 445, 440, 450. */
export function findProperty(realm: Realm, name: string): Checked<PropertyDefinition> {
  if (!name.includes('/')) return refused(ErrorCode.unknownProperty, name);
  const item = realm.find('property', name);
  if (!item.ok) return item;
  return item.value.value ? { ok: true, value: item.value.value } : refused(ErrorCode.noSuchProperty, name);
}

function checkPlace(name: string, definition: PropertyDefinition, place: string, seen: Set<string>): Refusal | undefined {
  if (definition.descriptor !== undefined && definition.descriptor !== place) return refuse(ErrorCode.propertyIllegal, name);
  if (seen.has(name.toLowerCase())) return refuse(ErrorCode.propertyTwice, name);
  seen.add(name.toLowerCase());
  return definition.readOnly === true ? refuse(ErrorCode.readOnly, name) : undefined;
}

function provisionedOf(realm: Realm, name: string): ParameterValue | undefined {
  return realm.provisioned.find((each) => each.name.toLowerCase() === name.toLowerCase())?.value;
}

/** @returns `given` itself where it leaves no choice; undefined where nothing that it allows is a value of the property. */
function chooseValue(
  definition: PropertyDefinition,
  given: ParameterValue,
  provisioned: ParameterValue | undefined,
): ParameterValue | undefined {
  switch (given.kind) {
    case 'one':
      if (given.value.text === '$' && !given.value.quoted) return provisioned ?? anyValue(definition);
      return isValue(definition, given.value) ? given : undefined;
    case 'alternatives': {
      const value = given.values.find((each) => isValue(definition, each));
      return value && { kind: 'one', value };
    }
    case 'range':
      return [given.from, given.to].every((each) => isValue(definition, each)) ? { kind: 'one', value: given.from } : undefined;
    case 'relation':
      return isValue(definition, given.value) ? valueBeside(definition, given.relation, given.value) : undefined;
    case 'sublist':
      return definition.list === true && given.values.every((each) => isValue(definition, each)) ? given : undefined;
    default:
      return given satisfies never;
  }
}

function valueBeside(
  definition: PropertyDefinition,
  relation: 'greater' | 'smaller' | 'unequal',
  { text }: Value,
): ParameterValue | undefined {
  const values = wordsOf(definition.type)?.filter((each) => each.toLowerCase() !== text.toLowerCase());
  if (values !== undefined && relation === 'unequal') return one(values[0]);
  const number = numberOf(text);
  if (number === undefined) return undefined;
  const beside = String(relation === 'smaller' ? number - 1 : number + 1);
  return isValue(definition, { text: beside, quoted: false }) ? one(beside) : undefined;
}

/** What the gateway takes where it is free to: the first of what there is. */
function anyValue(definition: PropertyDefinition): ParameterValue | undefined {
  const words = wordsOf(definition.type);
  if (words !== undefined) return one(words[0]);
  return definition.type.kind === 'integer' || definition.type.kind === 'double' ? one(String(definition.min ?? 0)) : undefined;
}

/** Words of types that have nothing else. */
export function wordsOf(type: ValueType): readonly string[] | undefined {
  if (type.kind === 'boolean') return ['on', 'off'];
  return type.kind === 'enumeration' ? Object.keys(type.values) : undefined;
}

function one(text: string | undefined): ParameterValue | undefined {
  return text === undefined ? undefined : { kind: 'one', value: { text, quoted: false } };
}

/** Whether a value is one of the property's, in type and bounds. */
export function isValue({ type, min, max }: PropertyDefinition, { text }: Value): boolean {
  switch (type.kind) {
    case 'boolean':
    case 'enumeration':
      return (wordsOf(type) ?? []).some((each) => each.toLowerCase() === text.toLowerCase());
    case 'integer':
    case 'double': {
      const named = type.kind === 'integer' && Object.keys(type.words ?? {}).some((each) => each.toLowerCase() === text.toLowerCase());
      const number = numberOf(text);
      return named || (number !== undefined && number >= (min ?? -Infinity) && number <= (max ?? Infinity));
    }
    case 'character':
      return [...text].length === 1;
    case 'octets':
      return /^(?:0x)?(?:[0-9a-f]{2})*$/i.test(text);
    case 'string':
    case 'signal-name':
      return true;
    default:
      return type satisfies never;
  }
}

function numberOf(text: string): number | undefined {
  return /^(?:-?\d{1,15}|0x[0-9a-f]{1,12})$/i.test(text) ? Number(text) : undefined;
}

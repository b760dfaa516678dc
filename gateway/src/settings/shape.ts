// The file against the schema: what does not fit becomes problems in plain words, and what is only to come becomes notes.
// Values that do not fit are cut out, so that the checks of meaning can look at the rest in the same run.
import { Ajv, type ErrorObject } from 'ajv';
import type { Schema } from './schema-parts.js';
import { SCHEMA } from './schema.js';
import { type Path, pathText, type Problem, type Source } from './source.js';
import { nearest } from './values.js';

const validate = newValidator();

function newValidator(): ReturnType<Ajv['compile']> {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, allowUnionTypes: true });
  ajv.addVocabulary(['x-expects', 'x-pending', 'x-secret']);
  return ajv.compile(SCHEMA);
}

/** @param data  The file's values; what does not fit is removed from it. */
export function checkShape(source: Source, data: unknown): readonly Problem[] {
  if (validate(data)) return [];
  const found = new Map<string, Problem>();
  const misfits: Path[] = [];
  for (const error of validate.errors ?? []) {
    const path = pathOf(data, error.instancePath);
    const told = describe(error, path, source);
    if (!told) continue;
    // One word about one place is enough, however many keywords it fails.
    const id = `${told.problem.line}:${told.problem.column}`;
    if (!found.has(id)) found.set(id, told.problem);
    if (told.misfit) misfits.push(told.misfit);
  }
  // From the back, so that an entry taken out of a list does not move the ones that are still to go.
  for (const path of misfits.reverse()) cut(data, path);
  return [...found.values()];
}

function describe(error: ErrorObject, path: Path, source: Source): { readonly problem: Problem; readonly misfit?: Path } | undefined {
  const schema = error.parentSchema as Schema | undefined;
  const where = pathText(path);
  switch (error.keyword) {
    case 'if':
      return undefined;
    case 'required': {
      const missing = String((error.params as { missingProperty: unknown }).missingProperty);
      return { problem: source.problem([...path, missing], `${pathText([...path, missing])} is missing`) };
    }
    case 'additionalProperties': {
      const unknown = String((error.params as { additionalProperty: unknown }).additionalProperty);
      const near = nearest(unknown, Object.keys(schema?.['properties'] ?? {}));
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      const problem = source.problem([...path, unknown], `${pathText([...path, unknown])}: unknown key${hint}`, 'key');
      return { problem, misfit: [...path, unknown] };
    }
    case 'propertyNames':
      return undefined;
    default: {
      const words = schema?.['x-expects'];
      const expected = typeof words === 'string' ? words : (error.message ?? 'what belongs here');
      if (error.propertyName !== undefined) {
        const named = [...path, error.propertyName];
        return { problem: source.problem(named, `${where}: ${JSON.stringify(error.propertyName)} is not ${expected}`, 'key') };
      }
      const said = schema?.['x-secret'] === true ? 'this' : shown(error.data);
      const problem = source.problem(path, `${where === '' ? 'the file' : where}: ${said} is not ${expected}`);
      return { problem, misfit: path };
    }
  }
}

/** Never a secret, never a page. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  // A URL may have been given a password.
  const text = JSON.stringify(value).replace(/:\/\/[^/@]*@/, '://***@');
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

/** `/cluster/nodes/a/listen/0` as a path; numbers where the value is a list. */
function pathOf(data: unknown, pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  const path: (string | number)[] = [];
  let value = data;
  for (const step of steps) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(name) : name);
    value = child(value, name);
  }
  return path;
}

function child(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[name] : undefined;
}

function cut(data: unknown, path: Path): void {
  const last = path.at(-1);
  if (last === undefined) return;
  const holder = path.slice(0, -1).reduce(child, data);
  // A list keeps its places, since positions are counted by them.
  if (Array.isArray(holder)) holder[Number(last)] = undefined;
  else if (typeof holder === 'object' && holder !== null) delete (holder as Record<string, unknown>)[String(last)];
}

/** Every value that the schema knows, from the outside in; `visit` says whether to go on inside. */
export function walk(
  data: unknown,
  visit: (schema: Schema, value: unknown, path: Path) => boolean,
  schema: Schema = SCHEMA,
  path: Path = [],
): void {
  if (data === undefined || data === null) return;
  if (!visit(schema, data, path)) return;
  const branch = branchFor(schema, data);
  if (branch) return walk(data, visit, branch, path);
  if (Array.isArray(data)) {
    const items = schema['items'] as Schema | undefined;
    if (items) data.forEach((each, at) => walk(each, visit, items, [...path, at]));
    return;
  }
  if (typeof data !== 'object') return;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const others = schema['additionalProperties'];
  for (const [name, value] of Object.entries(data)) {
    const next = Object.hasOwn(properties, name) ? properties[name] : typeof others === 'object' ? (others as Schema) : undefined;
    if (next) walk(value, visit, next, [...path, name]);
  }
}

/** Keys that are accepted and do nothing yet: `cluster.nodes.a.workers`. */
export function pendingKeys(data: unknown): readonly Path[] {
  const found: Path[] = [];
  walk(data, (schema, _value, path) => {
    if (schema['x-pending'] === undefined) return true;
    found.push(path);
    return false;
  });
  return found;
}

function branchFor(schema: Schema, data: unknown): Schema | undefined {
  const condition = schema['if'] as { readonly type: string } | undefined;
  if (!condition) return undefined;
  const type = Array.isArray(data) ? 'array' : typeof data;
  return schema[type === condition.type ? 'then' : 'else'] as Schema;
}

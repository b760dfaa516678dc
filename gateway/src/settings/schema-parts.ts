// The words of which the schema is made: one for each value type of the configuration, and how objects are put together.
// `x-expects` is what a person is told when a value does not fit, `x-pending` names the part of the work that is to come,
// `x-secret` marks what may stand in the environment or in a file.

export interface Schema {
  readonly [keyword: string]: unknown;
}

/** A value type: JSON Schema keywords and the words for it. */
function value(expects: string, keywords: Schema): Schema {
  return { ...keywords, 'x-expects': expects };
}

function text(expects: string, pattern?: string): Schema {
  return value(expects, { type: 'string', ...(pattern === undefined ? { minLength: 1 } : { pattern }) });
}

const DURATION = '(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+';
const HOST = '(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9.])?|\\[[0-9A-Fa-f:.]+\\])';

export const ANY_TEXT = text('text');
export const DURATION_TEXT = text('a duration such as 500ms, 3s or 1h', `^${DURATION}$`);
export const DURATION_OR_OFF = text('a duration such as 500ms, 3s or 1h, or off', `^(?:off|${DURATION})$`);
export const SIZE = value('a size such as 64KiB', { type: ['string', 'integer'], pattern: '^\\d+(?:B|KiB|MiB|GiB|KB|MB)?$', minimum: 1 });
export const ADDRESS = text('an address such as 192.0.2.7:5060 or host.example', `^${HOST}(?::\\d{1,5})?$`);
export const NAME = text('a domain name or an address', '^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9.])?|\\[?[0-9A-Fa-f:.]+\\]?)$');
export const DNS_NAME = text('a domain name', '^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9.])?$');
export const RANGE = text('an address range such as 10.0.0.0/8', '^[0-9A-Fa-f:.]+(?:/\\d{1,3})?$');
export const SECRET = { ...text('a secret: text, "${ENV}" or file:PATH'), 'x-secret': true };
export const FILE_PATH = text('a path');
export const NODE_NAME_PATTERN = '^[a-z0-9-]+$';
export const NODE_NAME = text('a node name of a-z, 0-9 and -', NODE_NAME_PATTERN);
export const SWITCH = value('true or false', { type: 'boolean' });
export const SWITCH_OR_TEXT = value('true, false or text', { type: ['boolean', 'string'], minLength: 1 });

export function url(schemes: string, example: string): Schema {
  return text(`a URL such as ${example}`, `^(?:${schemes})://${HOST}:\\d{1,5}/?$`);
}

export function oneOf(...words: readonly string[]): Schema {
  return value(`one of ${words.join(', ')}`, { type: 'string', enum: words });
}

export function count(minimum: number, maximum?: number): Schema {
  const expects = maximum === undefined ? `a whole number from ${minimum}` : `a whole number from ${minimum} to ${maximum}`;
  return value(expects, { type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) });
}

export function amount(above: number): Schema {
  return value(`a number above ${above}`, { type: 'number', exclusiveMinimum: above });
}

export function list(items: Schema, minItems = 0): Schema {
  return value(minItems > 0 ? 'a list with at least one entry' : 'a list', { type: 'array', items, ...(minItems > 0 ? { minItems } : {}) });
}

/** One value or a list of them. */
export function oneOrMore(items: Schema): Schema {
  return { if: { type: 'array' }, then: list(items, 1), else: items };
}

/** An object with these keys and no other; keys whose name ends in `!` are required. */
export function object(keys: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  const names = Object.keys(keys);
  const properties = Object.fromEntries(names.map((name) => [name.replace(/!$/, ''), keys[name]]));
  const required = names.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  return {
    ...value('a mapping', { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) }),
    ...more,
  };
}

/** An object whose keys are names of the operator's choice. */
export function map(entries: Schema, more: Schema = {}): Schema {
  return { ...value('a mapping', { type: 'object', additionalProperties: entries }), ...more };
}

/** A text, or an object that says more. */
export function textOr(plain: Schema, detailed: Schema): Schema {
  return { if: { type: 'object' }, then: detailed, else: plain };
}

/** With its meaning, and its default where it has one. */
export function key(schema: Schema, description: string, byDefault?: unknown): Schema {
  return { ...schema, description, ...(byDefault === undefined ? {} : { default: byDefault }) };
}

/** Checked, and said to be not built yet. */
export function pending(part: string, schema: Schema): Schema {
  return { ...schema, 'x-pending': part };
}

// Whether the parameters of an event or a signal are those of its package (RFC 3525 §12.2, H.248.8: 446, 449, 454).
import type { Parameter, ParameterValue, Value } from '../message/index.js';
import type { Item } from '../packages/index.js';
import { isValue } from './property-values.js';
import { ErrorCode, refuse, type Refusal } from './refusal.js';

/**
 * @returns why one of them is not taken: unknown (446), no value of its type (449), no word of its enumeration (454).
 */
export function checkParameters(item: Item, parameters: readonly Parameter[]): Refusal | undefined {
  for (const { name, value } of parameters) {
    const definition = item.parameters.named(name);
    // Extensions (`X-...`) of somebody else's mean nothing here, and do no harm.
    if (definition === undefined) {
      if (/^x-/i.test(name)) continue;
      return refuse(ErrorCode.unknownParameter, `${item.name} ${name}`);
    }
    // Of an enumeration the word is unknown, of other types the value does not fit.
    const code = definition.type.kind === 'enumeration' ? ErrorCode.noSuchParameterValue : ErrorCode.unknownValue;
    if (!valuesOf(value).every((each) => isValue(definition, each))) return refuse(code, `${item.name} ${name}`);
  }
  return undefined;
}

function valuesOf(value: ParameterValue): readonly Value[] {
  if (value.kind === 'one' || value.kind === 'relation') return [value.value];
  return value.kind === 'range' ? [value.from, value.to] : value.values;
}

// Records as they are kept for hours: fields in one fixed order, and texts that own their characters.
import type { Binding, LocationRecord } from '@altpath/core';

/** Names that many records share (nodes, protocols, causes), kept once. Bounded: what comes later is kept as it is. */
const SHARED = new Map<string, string>();
const MAX_SHARED = 256;
const NO_PATH: readonly string[] = Object.freeze([]);

/**
 * Copies a record for keeping; live bindings first, best q first, then newest first, as look-ups want them.
 *
 * A text cut out of a received message keeps the whole message in memory for as long as it lives. So texts are copied,
 * and where the binding kept before has an equal one, that one is used again: a refresh makes no new texts.
 */
export function compact(record: LocationRecord, before: LocationRecord | undefined): LocationRecord {
  const aor = before?.aor ?? own(record.aor);
  const bindings = record.bindings.map((binding) => {
    const known = before?.bindings.find((other) => other.contactKey === binding.contactKey);
    return known === binding ? binding : compactBinding(binding, known);
  });
  return { aor, bindings: bindings.length > 1 ? bindings.sort(inOrderOfUse) : bindings };
}

function compactBinding(binding: Binding, known: Binding | undefined): Binding {
  const contact = text(binding.contact, known?.contact);
  return {
    contact,
    contactKey: text(binding.contactKey, known?.contactKey ?? contact),
    callId: text(binding.callId, known?.callId),
    cseq: binding.cseq,
    expiresAt: binding.expiresAt,
    q: binding.q,
    path: binding.path.length === 0 ? NO_PATH : binding.path.map((uri, at) => text(uri, known?.path[at])),
    instance: optional(binding.instance, known?.instance),
    regId: binding.regId,
    source: optional(binding.source, known?.source),
    node: shared(binding.node),
    updatedAt: binding.updatedAt,
    parameters: text(binding.parameters, known?.parameters),
    removed: binding.removed,
  };
}

function inOrderOfUse(a: Binding, b: Binding): number {
  return b.q - a.q || b.updatedAt - a.updatedAt;
}

function text(value: string, known: string | undefined): string {
  return value === known ? known : own(value);
}

function optional(value: string | undefined, known: string | undefined): string | undefined {
  return value === undefined ? undefined : text(value, known);
}

/** The same characters in memory of their own. */
export function own(value: string): string {
  const copy = Buffer.from(value, 'latin1').toString('latin1');
  return copy === value ? copy : value;
}

/** One text for all who have an equal one, as far as there is room. */
export function shared(value: string): string {
  const known = SHARED.get(value);
  if (known !== undefined) return known;
  const copy = own(value);
  if (SHARED.size < MAX_SHARED) SHARED.set(copy, copy);
  return copy;
}

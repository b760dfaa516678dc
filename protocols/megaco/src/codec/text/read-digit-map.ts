// Digit maps: a termination's own, and the one of an event. RFC 3525 §B.2 digitMapDescriptor, eventDM; the timer Z is
// version 2. The map itself is kept as text: matching digits is no business of a codec.
import type { DigitMapDescriptor, DigitMapValue, EventDigitMap } from '../../message/index.js';
import { COLON, EQUAL, LEFT_BRACE } from './characters.js';
import type { Mutable } from './read-values.js';
import { decimal, type Scanner } from './scanner.js';

/** Behind `DigitMap` in an event: `= name`, `= { map }`, or `{ map }` as later editions and Erlang/OTP write it. */
export function readEventDigitMap(s: Scanner): EventDigitMap {
  if (s.eat(EQUAL) && !s.at(LEFT_BRACE)) return { kind: 'name', name: readMapName(s) };
  s.expectRaw();
  return { kind: 'value', value: digitMapValue(s) };
}

function readMapName(s: Scanner): string {
  const name = s.word();
  if (name === '') s.unexpected('the name of a digit map');
  return name;
}

/** Behind `DigitMap`: `= { map }`, `= name`, `= name { map }`, `{ map }`. */
export function readDigitMap(s: Scanner): DigitMapDescriptor {
  const name = s.eat(EQUAL) && !s.at(LEFT_BRACE) ? readMapName(s) : undefined;
  if (name !== undefined && !s.at(LEFT_BRACE)) return { kind: 'digit-map', name, value: undefined };
  s.expectRaw();
  return { kind: 'digit-map', name, value: digitMapValue(s) };
}

const TIMERS: Readonly<Record<string, 'start' | 'short' | 'long' | 'duration'>> = {
  T: 'start',
  S: 'short',
  L: 'long',
  Z: 'duration',
};

/** Up to the closing brace: timers in front (`T:16,S:3,`), then the map itself, which this room does not read. */
function digitMapValue(s: Scanner): DigitMapValue {
  const start = s.pos;
  const text = s.raw();
  const value: Mutable<DigitMapValue> = { start: undefined, short: undefined, long: undefined, duration: undefined, body: '' };
  let at = blanksEnd(text, 0);
  while (text.charCodeAt(at + 1) === COLON) {
    const timer = TIMERS[text.charAt(at).toUpperCase()];
    const comma = text.indexOf(',', at);
    const length = comma < 0 ? -1 : decimal(text.slice(at + 2, comma).trim(), 99, 2);
    if (timer === undefined || length < 0 || value[timer] !== undefined) {
      s.fail('digit-map', 'a timer of a digit map is not T, S, L or Z with up to two digits, once', start + at);
      return value;
    }
    value[timer] = length;
    at = blanksEnd(text, comma + 1);
  }
  // An empty map is met (`DigitMap = dialplan1 { }`, version 3) and given on as it is.
  value.body = text.slice(at);
  return value;
}

function blanksEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

// The packages of tones: tonegen and tonedet, and those that fill them with DTMF (dg, dd) and call progress (cg, cd).
// RFC 3525 annex E.3 to E.8; parameter `btd` is of version 2 of the packages (H.248.1 version 3).
import {
  enumeration,
  type EventDefinition,
  INTEGER,
  type PackageDefinition,
  type ParameterDefinition,
  type SignalDefinition,
  STRING,
  type ValueType,
} from './definition.js';

/** DTMF characters: signal, event and tone have the same number (E.5.3). */
const DTMF: Readonly<Record<string, number>> = {
  d0: 0x0010,
  d1: 0x0011,
  d2: 0x0012,
  d3: 0x0013,
  d4: 0x0014,
  d5: 0x0015,
  d6: 0x0016,
  d7: 0x0017,
  d8: 0x0018,
  d9: 0x0019,
  da: 0x001a,
  db: 0x001b,
  dc: 0x001c,
  dd: 0x001d,
  ds: 0x0020,
  do: 0x0021,
};

/** Call progress tones (E.7.3): dial, ringing, busy, congestion, special information, warning, payphone, (caller) waiting. */
const PROGRESS: Readonly<Record<string, number>> = {
  dt: 0x0030,
  rt: 0x0031,
  bt: 0x0032,
  ct: 0x0033,
  sit: 0x0034,
  wt: 0x0035,
  prt: 0x0036,
  cw: 0x0037,
  cr: 0x0038,
};

/** "Any tone" (E.4.2). */
const ANY_TONE: Readonly<Record<string, number>> = { '*': 0x0000 };

const DIRECTION = enumeration({ EXT: 0x01, INT: 0x02, BOTH: 0x03 });

/** `pt`: the tones of a list one after the other. */
function playTone(tone: ValueType): SignalDefinition {
  return {
    name: 'pt',
    id: 0x0001,
    type: 'brief',
    parameters: [
      { name: 'tl', id: 0x0001, type: tone, list: true },
      { name: 'ind', id: 0x0002, type: INTEGER },
      { name: 'btd', id: 0x0003, type: DIRECTION },
    ],
  };
}

/** Start, end and long duration of a tone. */
function toneEvents(tones: Readonly<Record<string, number>>): readonly EventDefinition[] {
  const type = enumeration({ ...ANY_TONE, ...tones });
  const wanted: ParameterDefinition = { name: 'tl', id: 0x0001, type, list: true };
  const seen: ParameterDefinition = { name: 'tid', id: 0x0003, type };
  const duration: ParameterDefinition = { name: 'dur', id: 0x0002, type: INTEGER };
  return [
    { name: 'std', id: 0x0001, parameters: [wanted, seen] },
    { name: 'etd', id: 0x0002, parameters: [wanted, duration, seen] },
    { name: 'ltd', id: 0x0003, parameters: [wanted, duration, seen] },
  ];
}

function toneSignals(
  tones: Readonly<Record<string, number>>,
  type: SignalDefinition['type'],
  parameters: readonly ParameterDefinition[],
): readonly SignalDefinition[] {
  return [playTone(enumeration(tones)), ...Object.entries(tones).map(([name, id]) => ({ name, id, type, parameters }))];
}

function tonesAsEvents(tones: Readonly<Record<string, number>>): readonly EventDefinition[] {
  return [...toneEvents(tones), ...Object.entries(tones).map(([name, id]) => ({ name, id, parameters: [] }))];
}

/** E.3: to be extended only; it defines no tone. */
export const TONEGEN: PackageDefinition = { name: 'tonegen', id: 0x0003, version: 2, signals: [playTone(STRING)] };

/** E.4: to be extended only. */
export const TONEDET: PackageDefinition = { name: 'tonedet', id: 0x0004, version: 1, events: toneEvents({}) };

/** E.5: DTMF as signals. */
export const DG: PackageDefinition = {
  name: 'dg',
  id: 0x0005,
  version: 2,
  extends: TONEGEN,
  signals: toneSignals(DTMF, 'brief', [{ name: 'btd', id: 0x0001, type: DIRECTION }]),
};

/** E.6: DTMF as events, and the completion of a digit map. */
export const DD: PackageDefinition = {
  name: 'dd',
  id: 0x0006,
  version: 1,
  extends: TONEDET,
  events: [
    ...tonesAsEvents(DTMF),
    {
      name: 'ce',
      id: 0x0004,
      parameters: [
        { name: 'ds', id: 0x0001, type: STRING },
        { name: 'Meth', id: 0x0003, type: enumeration({ UM: 0x0001, PM: 0x0002, FM: 0x0003 }) },
      ],
    },
  ],
};

/** E.7: call progress tones as signals. */
export const CG: PackageDefinition = {
  name: 'cg',
  id: 0x0007,
  version: 1,
  extends: TONEGEN,
  signals: toneSignals(PROGRESS, 'time-out', [{ name: 'btd', id: 0x0001, type: DIRECTION }]),
};

/** E.8: call progress tones as events. */
export const CD: PackageDefinition = {
  name: 'cd',
  id: 0x0008,
  version: 1,
  extends: TONEDET,
  events: tonesAsEvents(PROGRESS),
};

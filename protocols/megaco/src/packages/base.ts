// The packages of gateways and lines: g, root, al, ct, nt, rtp, tdmc (RFC 3525 annex E), it (H.248.14), and swb, which
// Erlang/OTP has in its tables. The packages of tones are in tones.ts.
import {
  BOOLEAN,
  DOUBLE,
  enumeration,
  type EventDefinition,
  INTEGER,
  OCTETS,
  type PackageDefinition,
  type ParameterDefinition,
  STRING,
} from './definition.js';

/** E.1: what every gateway has. SLID, RID and the method PI came with version 2 of the package (H.248.1 version 3). */
export const G: PackageDefinition = {
  name: 'g',
  id: 0x0001,
  version: 2,
  events: [
    {
      name: 'cause',
      id: 0x0001,
      parameters: [
        { name: 'Generalcause', id: 0x0001, type: enumeration({ NR: 0x0001, UR: 0x0002, FT: 0x0003, FP: 0x0004, IW: 0x0005, UN: 0x0006 }) },
        { name: 'Failurecause', id: 0x0002, type: OCTETS },
      ],
    },
    {
      name: 'sc',
      id: 0x0002,
      parameters: [
        { name: 'SigID', id: 0x0001, type: { kind: 'signal-name' } },
        { name: 'Meth', id: 0x0002, type: enumeration({ TO: 0x0001, EV: 0x0002, SD: 0x0003, NC: 0x0004, PI: 0x0005 }) },
        { name: 'SLID', id: 0x0003, type: INTEGER },
        { name: 'RID', id: 0x0004, type: INTEGER },
      ],
    },
  ],
};

const SETTABLE = { descriptor: 'termination-state', min: 0 } as const;
const READ_ONLY = { descriptor: 'termination-state', min: 1, readOnly: true } as const;

/** E.2: properties of the whole gateway; times in milliseconds. 7 and 8 are of version 2 of H.248.1, the rest of version 3. */
export const ROOT_PACKAGE: PackageDefinition = {
  name: 'root',
  id: 0x0002,
  version: 2,
  properties: [
    { name: 'maxNumberOfContexts', id: 0x0001, type: DOUBLE, ...READ_ONLY },
    { name: 'maxTerminationsPerContext', id: 0x0002, type: INTEGER, ...READ_ONLY },
    { name: 'normalMGExecutionTime', id: 0x0003, type: INTEGER, ...SETTABLE },
    { name: 'normalMGCExecutionTime', id: 0x0004, type: INTEGER, ...SETTABLE },
    { name: 'MGProvisionalResponseTimerValue', id: 0x0005, type: INTEGER, ...SETTABLE },
    { name: 'MGCProvisionalResponseTimerValue', id: 0x0006, type: INTEGER, ...SETTABLE },
    { name: 'MGCOriginatedPendingLimit', id: 0x0007, type: INTEGER, ...SETTABLE },
    { name: 'MGOriginatedPendingLimit', id: 0x0008, type: INTEGER, ...SETTABLE },
    { name: 'MGSegmentationTimerValue', id: 0x0009, type: INTEGER, ...SETTABLE },
    { name: 'MGCSegmentationTimerValue', id: 0x000a, type: INTEGER, ...SETTABLE },
    { name: 'MGMaxPDUSize', id: 0x000b, type: INTEGER, ...SETTABLE },
    { name: 'MGCMaxPDUSize', id: 0x000c, type: INTEGER, ...SETTABLE },
  ],
};

const HOOK_PARAMETERS: readonly ParameterDefinition[] = [
  { name: 'strict', id: 0x0001, type: enumeration({ exact: 0x00, state: 0x01, failWrong: 0x02 }) },
  { name: 'init', id: 0x0002, type: BOOLEAN },
];

/** E.9: an analog line. */
export const AL: PackageDefinition = {
  name: 'al',
  id: 0x0009,
  version: 1,
  events: [
    { name: 'on', id: 0x0004, parameters: HOOK_PARAMETERS },
    { name: 'of', id: 0x0005, parameters: HOOK_PARAMETERS },
    {
      name: 'fl',
      id: 0x0006,
      parameters: [
        { name: 'mindur', id: 0x0004, type: INTEGER },
        { name: 'maxdur', id: 0x0005, type: INTEGER },
      ],
    },
  ],
  signals: [
    {
      name: 'ri',
      id: 0x0002,
      type: 'time-out',
      parameters: [
        { name: 'cad', id: 0x0006, type: INTEGER, list: true },
        { name: 'freq', id: 0x0007, type: INTEGER },
      ],
    },
  ],
};

/** E.10: continuity test. */
export const CT: PackageDefinition = {
  name: 'ct',
  id: 0x000a,
  version: 1,
  events: [{ name: 'cmp', id: 0x0005, parameters: [{ name: 'res', id: 0x0008, type: enumeration({ failure: 0x0000, success: 0x0001 }) }] }],
  signals: [
    { name: 'ct', id: 0x0003, type: 'time-out', parameters: [] },
    { name: 'rsp', id: 0x0004, type: 'on-off', parameters: [] },
  ],
};

const PAYLOAD_CHANGE: EventDefinition = {
  name: 'pltrans',
  id: 0x0001,
  // E.12.2 says "enumerated", and names as its values the encoding names of IANA, which have no numbers.
  parameters: [{ name: 'rtppltype', id: 0x0001, type: STRING, list: true }],
};

/** E.11: what all network terminations have. */
export const NT: PackageDefinition = {
  name: 'nt',
  id: 0x000b,
  version: 1,
  properties: [{ name: 'jit', id: 0x0007, type: INTEGER, descriptor: 'local-control', min: 0 }],
  events: [
    { name: 'netfail', id: 0x0005, parameters: [{ name: 'cs', id: 0x0001, type: STRING }] },
    { name: 'qualert', id: 0x0006, parameters: [{ name: 'th', id: 0x0001, type: INTEGER }] },
  ],
  statistics: [
    { name: 'dur', id: 0x0001, type: DOUBLE },
    { name: 'os', id: 0x0002, type: DOUBLE },
    { name: 'or', id: 0x0003, type: DOUBLE },
  ],
};

/** E.12: RTP. */
export const RTP: PackageDefinition = {
  name: 'rtp',
  id: 0x000c,
  version: 1,
  extends: NT,
  events: [PAYLOAD_CHANGE],
  statistics: [
    { name: 'ps', id: 0x0004, type: DOUBLE },
    { name: 'pr', id: 0x0005, type: DOUBLE },
    { name: 'pl', id: 0x0006, type: DOUBLE },
    { name: 'jit', id: 0x0007, type: DOUBLE },
    { name: 'delay', id: 0x0008, type: DOUBLE },
  ],
};

/** E.13: TDM circuits. */
export const TDMC: PackageDefinition = {
  name: 'tdmc',
  id: 0x000d,
  version: 1,
  extends: NT,
  properties: [
    { name: 'ec', id: 0x0008, type: BOOLEAN, descriptor: 'local-control' },
    { name: 'gain', id: 0x000a, type: { kind: 'integer', words: { automatic: 0xffff_ffff } }, descriptor: 'local-control' },
  ],
};

/** H.248.14: the gateway's watch over a silent controller; `mit` in hundredths of a second. */
export const IT: PackageDefinition = {
  name: 'it',
  id: 0x0045,
  version: 1,
  events: [{ name: 'ito', id: 0x0001, parameters: [{ name: 'mit', id: 0x0001, type: INTEGER }] }],
};

/** Not registered; two statistics that Erlang/OTP knows by number. */
export const SWB: PackageDefinition = {
  name: 'swb',
  id: 0xfefe,
  version: 1,
  statistics: [
    { name: 'fs', id: 0x0000, type: DOUBLE },
    { name: 'as', id: 0x0001, type: DOUBLE },
  ],
};

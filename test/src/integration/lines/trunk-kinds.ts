// Gateways of the scene that have circuits to other networks, and no telephones: a script sees of each what it would of a telephone
// that nobody lifts.
import type { GatewayKind } from './kinds.js';
import { megacoKind } from './megaco-kinds.js';
import { mgcpKind } from './mgcp-kinds.js';

/** Four circuits each. */
export const TRUNK_KINDS = {
  MGCP: withTrunks(mgcpKind('redirect', { lines: ['ds/[1-4]'] }), 'ds'),
  'H.248': withTrunks(megacoKind({ encoding: 'compact', transport: 'udp' }, { lines: [], trunks: ['ds/1/[1-4]'] }), 'ds/1'),
} as const satisfies Readonly<Record<string, GatewayKind>>;

function withTrunks(kind: GatewayKind, span: string): GatewayKind {
  const lineName = (nth: number): string => `${span}/${nth}`;
  const namesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => lineName(at + 1));
  const what = `circuits of ${kind.what}`;
  return kind.protocol === 'mgcp'
    ? { ...kind, what, lineName, settings: (place) => ({ ...kind.settings(place), lines: [], trunks: namesOf(place.lines) }) }
    : { ...kind, what, lineName, settings: (place) => ({ ...kind.settings(place), lines: [], trunks: namesOf(place.lines) }) };
}

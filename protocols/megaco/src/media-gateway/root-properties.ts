// What ROOT says of the whole gateway (RFC 3525 annex E.2), as provisioned: the controller may set most of it anew.
import { type Property, singleText, word } from '../message/index.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../transaction/index.js';
import type { MediaGatewaySettings } from './settings.js';
import type { Termination } from './termination.js';

export type RootNumber =
  | 'maxNumberOfContexts'
  | 'maxTerminationsPerContext'
  | 'normalMGExecutionTime'
  | 'normalMGCExecutionTime'
  | 'MGProvisionalResponseTimerValue'
  | 'MGCProvisionalResponseTimerValue'
  | 'MGCOriginatedPendingLimit'
  | 'MGOriginatedPendingLimit';

/** Properties of ROOT before anybody sets them; times in milliseconds. */
export function rootProperties(settings: MediaGatewaySettings): readonly Property[] {
  if (!settings.rootPackages.some((name) => name.toLowerCase() === 'root')) return [];
  const { provisionalMs, ownPendingLimit, peerPendingLimit } = DEFAULT_TRANSACTION_SETTINGS;
  const numbers: Readonly<Record<RootNumber, number>> = {
    maxNumberOfContexts: settings.maxContexts,
    maxTerminationsPerContext: settings.maxTerminationsPerContext,
    normalMGExecutionTime: provisionalMs,
    normalMGCExecutionTime: provisionalMs,
    MGProvisionalResponseTimerValue: provisionalMs,
    MGCProvisionalResponseTimerValue: provisionalMs,
    MGCOriginatedPendingLimit: peerPendingLimit,
    MGOriginatedPendingLimit: ownPendingLimit,
  };
  return Object.entries(numbers).map(([name, value]) => ({ name: `root/${name}`, value: word(value) }));
}

/** A number that ROOT holds now; undefined where it realises no such property. */
export function rootNumber(root: Termination, name: RootNumber): number | undefined {
  const property = root.properties.find((each) => each.name.toLowerCase() === `root/${name}`.toLowerCase());
  const value = Number(singleText(property?.value));
  return property && Number.isFinite(value) ? value : undefined;
}

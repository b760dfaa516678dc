// Names of call agents as NotifiedEntity has them: `ca1@ca.example.net:2727` (RFC 3435 §2.1.4, §3.2.1.3).
import { canonicalHost } from '@altpath/core';
import { formatDomain, isLocalName, parseDomain } from './endpoint-name.js';

/** The name of a call agent. Who reads `port` puts 2727 where there is none (`DEFAULT_AGENT_PORT`). */
export interface EntityName {
  readonly local?: string | undefined;
  /** A name, an IP literal without brackets, or `#123`. */
  readonly domain: string;
  readonly port?: number | undefined;
}

/** RFC 3435 §3.5: where call agents listen, and gateways. */
export const DEFAULT_AGENT_PORT = 2727;
export const DEFAULT_GATEWAY_PORT = 2427;

export function formatEntity(name: EntityName): string {
  const local = name.local === undefined ? '' : `${name.local}@`;
  const port = name.port === undefined ? '' : `:${name.port}`;
  return `${local}${formatDomain(name.domain)}${port}`;
}

/** @returns undefined for what names nobody: no domain, a port outside 1..65535, a character of no name. */
export function parseEntity(text: string): EntityName | undefined {
  const at = text.indexOf('@');
  const local = at < 0 ? undefined : text.slice(0, at);
  if (local !== undefined && !isLocalName(local)) return undefined;
  const place = text.slice(at + 1);
  const colon = place.indexOf(':', place.startsWith('[') ? place.indexOf(']') + 1 : 0);
  const domain = parseDomain(colon < 0 ? place : place.slice(0, colon));
  const port = colon < 0 ? undefined : parsePort(place.slice(colon + 1));
  if (domain === undefined || (colon >= 0 && port === undefined)) return undefined;
  const address = port === undefined ? { domain } : { domain, port };
  return local === undefined ? address : { local, ...address };
}

/** The text under which tables know an entity: without case, with the port that applies. */
export function entityKey(name: EntityName): string {
  const local = name.local === undefined ? '' : `${name.local.toLowerCase()}@`;
  return `${local}${formatDomain(canonicalHost(name.domain))}:${name.port ?? DEFAULT_AGENT_PORT}`;
}

function parsePort(digits: string): number | undefined {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

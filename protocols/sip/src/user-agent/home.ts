// Calls between nodes: a line whose gateway another node of the cluster holds is called through that node, by an INVITE that
// names the line and bears a signature of the cluster. Only a valid one is believed.
import type { LineName } from '@altpath/call-control';
import { formatHostPort, type RouteTarget, type Signer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { userText } from './caller-identity.js';

export const HOME_HEADER = 'Altpath-Home';
const LINE = 'line';

/** The node's address as a target, with the line in its URI; undefined where the node does not speak SIP. */
export function homeTarget(environment: Environment, node: number, line: LineName, dialled: string | undefined): RouteTarget | undefined {
  const addresses = environment.peers.nodes[node]?.addresses ?? [];
  const address = addresses.find((each) => each.transport === 'udp') ?? addresses[0];
  if (!address) return undefined;
  const { transport, host, port } = address;
  const user = userText(dialled ?? 'line');
  const suffix = transport === 'udp' ? '' : `;transport=${transport}`;
  return { address: `sip:${user}@${formatHostPort(address)}${suffix};${LINE}=${escaped(line)}`, hop: { transport, host, port } };
}

/** The header line that goes with it. */
export function homeLine(signer: Signer, callId: string, fromTag: string, line: LineName): string {
  const { keyId, mac } = signer.sign('leg', homeContent(callId, fromTag, line));
  return `${HOME_HEADER}: ${keyId}.${mac}`;
}

/** Does an INVITE claim to come from another node of ours, for a line of this one? */
export function isForLine(request: SipMessage): boolean {
  return request.has(HOME_HEADER);
}

/** @returns the line that another node calls; undefined where the signature is not the cluster's, or of another INVITE. */
export function lineOf(signer: Signer, request: SipMessage): LineName | undefined {
  const header = request.header(HOME_HEADER) ?? '';
  const written = request.uri.parameters.get(LINE);
  const dot = header.indexOf('.');
  if (!written || dot < 1) return undefined;
  const line = unescaped(written);
  const isValid = signer.verify('leg', homeContent(request.callId, request.fromTag, line), header.slice(0, dot), header.slice(dot + 1));
  return isValid ? line : undefined;
}

function homeContent(callId: string, fromTag: string, line: string): string {
  return `home\n${callId}\n${fromTag}\n${line}`;
}

/** RFC 3261 §25.1 `pvalue`. */
function escaped(line: string): string {
  return line.replace(/[^\w.!~*'()-]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

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

/** What an INVITE of another node of ours is for. */
export interface HomeCall {
  readonly line: LineName;
  /** What call control calls the call there; undefined: it is not told. */
  readonly recordId: string | undefined;
}

/** The header line that goes with it: `KEY.MAC`, or `KEY.MAC.CALL`. @param sipCallId  Of the INVITE. */
export function homeLine(signer: Signer, sipCallId: string, fromTag: string, call: HomeCall): string {
  const { keyId, mac } = signer.sign('leg', homeContent(sipCallId, fromTag, call));
  return `${HOME_HEADER}: ${[keyId, mac, ...(call.recordId === undefined ? [] : [call.recordId])].join('.')}`;
}

/** Does an INVITE claim to come from another node of ours, for a line of this one? */
export function isForLine(request: SipMessage): boolean {
  return request.has(HOME_HEADER);
}

/** @returns undefined where the signature is not the cluster's, or of another INVITE. */
export function homeCallOf(signer: Signer, request: SipMessage): HomeCall | undefined {
  const [, keyId = '', mac = '', recordId] = FORM.exec(request.header(HOME_HEADER) ?? '') ?? [];
  const written = request.uri.parameters.get(LINE);
  if (!written) return undefined;
  const call = { line: unescaped(written), recordId };
  return signer.verify('leg', homeContent(request.callId, request.fromTag, call), keyId, mac) ? call : undefined;
}

const FORM = /^([\w-]{1,32})\.([\w-]{22})(?:\.([0-9A-F]{13}))?$/;

function homeContent(sipCallId: string, fromTag: string, { line, recordId }: HomeCall): string {
  return ['home', sipCallId, fromTag, line, ...(recordId === undefined ? [] : [recordId])].join('\n');
}

/** RFC 3261 §25.1 `pvalue`. */
function escaped(line: string): string {
  return line.replace(/[^\w.!~*'()-]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

// The names of gateways, mIds, as the file writes them and as messages carry them (RFC 3525 §6.2.2, annex B mId).
import { canonicalHost } from '@altpath/core';
import { readMId } from '../codec/text/read-values.js';
import { Scanner } from '../codec/text/scanner.js';
import type { MId } from '../message/index.js';

/** Reads `mg1`, `[10.0.0.5]:2944`, `<gw.example.test>`, `MTP{0a1b}`. @returns undefined for anything else. */
export function parseMId(text: string): MId | undefined {
  const scanner = new Scanner(text.trim());
  const mId = readMId(scanner);
  return scanner.stop === undefined && scanner.atEnd ? mId : undefined;
}

/** One text for mIds that are the same: names without case, addresses by value. */
export function mIdKey(mId: MId): string {
  switch (mId.kind) {
    case 'ip4':
    case 'ip6':
      return `[${canonicalHost(mId.address)}]${portOf(mId)}`;
    case 'domain':
      return `<${canonicalHost(mId.name)}>${portOf(mId)}`;
    case 'device':
      return mId.name.toLowerCase();
    case 'mtp':
      return `mtp{${mId.address.toLowerCase()}}`;
    default:
      return mId satisfies never;
  }
}

/** The same without its port: a file need not write one. */
export function withoutPort(mId: MId): MId {
  switch (mId.kind) {
    case 'ip4':
    case 'ip6':
      return { kind: mId.kind, address: mId.address };
    case 'domain':
      return { kind: 'domain', name: mId.name };
    case 'device':
    case 'mtp':
      return mId;
    default:
      return mId satisfies never;
  }
}

function portOf({ port }: { readonly port?: number | undefined }): string {
  return port === undefined ? '' : `:${port}`;
}

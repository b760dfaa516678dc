// How alternates are spelled in SIP: `alternatePath=10.0.0.2%3A5060+10.0.0.3`, legal as a Via parameter and as a URI
// parameter. The comma, quoted and raw forms are read and never written: an unquoted comma in a Via starts the next
// Via, and proxies in the field drop messages with the quoted one.
import { formatHostPort, type HostPort, parseHostPort } from '@altpath/core';

/** The parameter that carries the addresses of the stand-ins. */
export const ALTERNATE_PATH = 'alternatePath';
/** The parameter that carries the cluster's signature. */
export const PATH_TOKEN = 'pathToken';
/** The header of `pathAttribute.carrier: header`. */
export const ALTERNATE_PATH_HEADER = 'AlternatePath';

export function writeAlternates(list: readonly HostPort[]): string {
  return list.map((each) => formatHostPort(each).replaceAll(':', '%3A').replace('[', '%5B').replace(']', '%5D')).join('+');
}

const ESCAPES: Readonly<Record<string, string>> = { '%3a': ':', '%5b': '[', '%5d': ']', '%2c': ',', '%2b': ',' };

/** Reads every spelling; what is no address is left out, and no more than eight are read. */
export function readAlternates(text: string | null | undefined): readonly HostPort[] {
  if (!text) return [];
  const plain = text.replace(/^"|"$/g, '').replace(/%(?:3a|5b|5d|2c|2b)/gi, (escape) => ESCAPES[escape.toLowerCase()] ?? escape);
  const list: HostPort[] = [];
  for (const part of plain.split(/[+,]/, 8)) {
    const address = parseHostPort(part.trim());
    if (address) list.push(address);
  }
  return list;
}

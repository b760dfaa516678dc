// Message identifiers, addresses, time stamps, profiles and errors between annex A and the model. RFC 3525 annex A.2.
import { canonicalHost, SignalingError, ipFamily } from '@altpath/core';
import type { ErrorDescriptor, MId, ServiceChangeAddress, ServiceChangeProfile, TimeStamp } from '../../message/index.js';
import { localFault } from './faults.js';
import type { AddressValue, ErrorValue, MIdValue, TimeValue } from './schema-descriptors.js';

/** MId into the model; an IPv6 literal in its shortest spelling. */
export function mIdOf({ kind, value }: MIdValue): MId {
  switch (kind) {
    case 'ip4Address':
      return { kind: 'ip4', address: ip4Text(value.address), port: value.portNumber };
    case 'ip6Address':
      return { kind: 'ip6', address: ip6Text(value.address), port: value.portNumber };
    case 'domainName':
      return { kind: 'domain', name: value.name, port: value.portNumber };
    case 'deviceName':
      return { kind: 'device', name: value };
    case 'mtpAddress':
      return { kind: 'mtp', address: value.toString('hex') };
    default:
      return kind satisfies never;
  }
}

/** MId from the model. @throws SignalingError for an address that is none. */
export function mIdRecord(mId: MId): MIdValue {
  switch (mId.kind) {
    case 'ip4':
      return { kind: 'ip4Address', value: { address: ip4Octets(mId.address), portNumber: mId.port } };
    case 'ip6':
      return { kind: 'ip6Address', value: { address: ip6Octets(mId.address), portNumber: mId.port } };
    case 'domain':
      return { kind: 'domainName', value: { name: mId.name, portNumber: mId.port } };
    case 'device':
      return { kind: 'deviceName', value: mId.name };
    case 'mtp':
      return { kind: 'mtpAddress', value: mtpOctets(mId.address) };
    default:
      return mId satisfies never;
  }
}

/** ServiceChangeAddress into the model. */
export function addressOf(value: AddressValue): ServiceChangeAddress {
  return value.kind === 'portNumber' ? { kind: 'port', port: value.value } : mIdOf(value);
}

/** ServiceChangeAddress from the model. */
export function addressRecord(address: ServiceChangeAddress): AddressValue {
  return address.kind === 'port' ? { kind: 'portNumber', value: address.port } : mIdRecord(address);
}

/** ErrorDescriptor into the model. */
export function errorOf({ errorCode, errorText }: ErrorValue): ErrorDescriptor {
  return errorText === undefined ? { kind: 'error', code: errorCode } : { kind: 'error', code: errorCode, text: errorText };
}

/** ErrorDescriptor from the model. */
export function errorRecord({ code, text }: ErrorDescriptor): ErrorValue {
  return { errorCode: code, errorText: text };
}

/** TimeNotation into `yyyymmddThhmmsscc`. */
export function timeStampOf({ date, time }: TimeValue): TimeStamp {
  return `${date}T${time}`;
}

/** TimeNotation from `yyyymmddThhmmsscc`. */
export function timeRecord(timeStamp: TimeStamp): TimeValue {
  return { date: timeStamp.slice(0, 8), time: timeStamp.slice(9) };
}

/** `name/version`; a text without a version is a profile of version 0. */
export function profileOf({ profileName }: { readonly profileName: string }): ServiceChangeProfile {
  const slash = profileName.lastIndexOf('/');
  const version = profileName.slice(slash + 1);
  return slash > 0 && /^\d{1,2}$/.test(version)
    ? { name: profileName.slice(0, slash), version: Number(version) }
    : { name: profileName, version: 0 };
}

/** `name/version`. */
export function profileRecord({ name, version }: ServiceChangeProfile): { readonly profileName: string } {
  return { profileName: `${name}/${version}` };
}

function ip4Text(address: Buffer): string {
  return `${address[0]}.${address[1]}.${address[2]}.${address[3]}`;
}

function ip6Text(address: Buffer): string {
  return canonicalHost((address.toString('hex').match(/.{4}/g) ?? []).join(':'));
}

function ip4Octets(address: string): Buffer {
  if (ipFamily(address) !== 4) throw new SignalingError(localFault('address', `${address} is no IPv4 address`));
  const octets = Buffer.allocUnsafe(4);
  let at = 0;
  for (let octet = 0; octet < 4; octet += 1) {
    let value = 0;
    for (; at < address.length && address.charCodeAt(at) !== DOT; at += 1) value = value * 10 + address.charCodeAt(at) - ZERO;
    octets[octet] = value;
    at += 1;
  }
  return octets;
}

const DOT = 0x2e;
const ZERO = 0x30;

function ip6Octets(address: string): Buffer {
  if (ipFamily(address) !== 6 || address.includes('%')) throw new SignalingError(localFault('address', `${address} is no IPv6 address`));
  const plain = canonicalHost(address);
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const middle = new Array<string>(8 - front.length - back.length).fill('0');
  return Buffer.from([...front, ...middle, ...back].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function mtpOctets(address: string): Buffer {
  if (!/^(?:[0-9a-f]{2})+$/i.test(address)) throw new SignalingError(localFault('address', `${address} is no MTP address`));
  return Buffer.from(address, 'hex');
}

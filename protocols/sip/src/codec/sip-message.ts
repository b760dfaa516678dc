// A received SIP message: its bytes, an index of where its header fields stand, and views that are read when somebody
// asks and then kept. Only decode() makes one. Strings that come out of it may share the message's memory: whoever
// keeps one for long (a registration) and not the message copies it.
import type { SignalingMessage } from '@altpath/core';
import {
  CLASSES,
  COLON,
  STAR,
  TOKEN,
  readDecimal,
  skipClass,
  skipLws,
  unfold,
} from '../message/characters.js';
import { type NameAddress, NO_ADDRESS, readNameAddress, readNameAddresses } from '../message/name-address.js';
import { type SipUri, parseUri } from '../message/uri.js';
import { NO_VIA, type Via, readVia, readVias } from '../message/via.js';
import * as names from './header-names.js';

/** Numbers a header field takes in the index: name, start of the line, start and end of the value (folds inside). */
export const STRIDE = 4;

/** What the scan found; everything is an offset into the bytes, or a number of the index. @internal */
export interface Scan {
  readonly bytes: Buffer;
  /** The same bytes as latin1. */
  readonly text: string;
  /** `STRIDE` numbers for each header field. */
  readonly index: readonly number[];
  /** End of the start line, line end excluded; start of the first header line. */
  readonly startLineEnd: number;
  readonly headersStart: number;
  /** Where the empty line begins. */
  readonly headersEnd: number;
  readonly bodyStart: number;
  readonly status: number;
  readonly methodEnd: number;
  readonly start: number;
  readonly uriStart: number;
  readonly uriEnd: number;
  readonly reasonStart: number;
}

/** The methods that are worth one shared string each. */
const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'PRACK', 'UPDATE', 'INFO', 'SUBSCRIBE', 'NOTIFY', 'MESSAGE', 'REFER', 'PUBLISH'];
const INTERNED = new Map(METHODS.map((method) => [method, method]));

/**
 * A SIP request or response as received. Offsets count bytes of `bytes`; text is latin1, so UTF-8 comes out byte by
 * byte and goes in again unharmed. Views of what is absent are empty (`''`, `[]`, `undefined`); decode() has seen to
 * it that the mandatory ones are there.
 */
export class SipMessage implements SignalingMessage {
  readonly protocol = 'sip';
  readonly bytes: Buffer;
  readonly isRequest: boolean;
  /** Of a request: from the start line, with case. Of a response: from CSeq. */
  readonly method: string;
  /** Empty for a response, as are its two offsets 0. */
  readonly requestUri: string;
  readonly requestUriStart: number;
  readonly requestUriEnd: number;
  /** 0 for a request. */
  readonly status: number;
  readonly bodyStart: number;
  /** @internal */ readonly scan: Scan;

  private lazyCallId: string | undefined = undefined;
  private lazyCseq: number | undefined = undefined;
  private lazyCseqMethod: string | undefined = undefined;
  private lazyFrom: NameAddress | undefined = undefined;
  private lazyTo: NameAddress | undefined = undefined;
  private lazyTopVia: Via | undefined = undefined;
  private lazyVias: readonly Via[] | undefined = undefined;
  private lazyRoutes: readonly NameAddress[] | undefined = undefined;
  private lazyRecordRoutes: readonly NameAddress[] | undefined = undefined;
  private lazyContacts: readonly NameAddress[] | '*' | undefined = undefined;
  private lazyUri: SipUri | undefined = undefined;

  /** @internal */
  constructor(scan: Scan) {
    this.scan = scan;
    this.bytes = scan.bytes;
    this.isRequest = scan.status === 0;
    this.status = scan.status;
    this.bodyStart = scan.bodyStart;
    this.requestUriStart = scan.uriStart;
    this.requestUriEnd = scan.uriEnd;
    this.requestUri = this.isRequest ? scan.text.slice(scan.uriStart, scan.uriEnd) : '';
    this.method = this.isRequest ? intern(scan.text.slice(scan.start, scan.methodEnd)) : this.cseqMethod;
  }

  get role(): 'command' | 'reply' {
    return this.isRequest ? 'command' : 'reply';
  }

  get operation(): string {
    return this.method;
  }

  get callKey(): string {
    return this.callId;
  }

  /** Branch, sent-by and method: what binds a response to its request (RFC 3261 §17.1.3, §17.2.3). */
  get transactionKey(): string {
    const via = this.topVia;
    return `${via.branch}|${via.sentBy}|${this.method}`;
  }

  /** The reason phrase; empty for a request. */
  get reason(): string {
    return this.isRequest ? '' : this.scan.text.slice(this.scan.reasonStart, this.scan.startLineEnd);
  }

  /** Shares the message's memory. */
  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart);
  }

  /** The Request-URI, parsed; for a response, or a Request-URI that is none, one with an empty scheme. */
  get uri(): SipUri {
    if (!this.lazyUri) {
      const read = parseUri(this.requestUri);
      this.lazyUri = read.ok ? read.value : NO_URI;
    }
    return this.lazyUri;
  }

  get callId(): string {
    this.lazyCallId ??= this.header('call-id') ?? '';
    return this.lazyCallId;
  }

  /** The sequence number, 0 to 2^31 - 1; -1 when there is none. */
  get cseq(): number {
    if (this.lazyCseq === undefined) this.readCseq();
    return this.lazyCseq as number;
  }

  get cseqMethod(): string {
    if (this.lazyCseqMethod === undefined) this.readCseq();
    return this.lazyCseqMethod as string;
  }

  private readCseq(): void {
    this.lazyCseq = -1;
    this.lazyCseqMethod = '';
    const { bytes, text, index } = this.scan;
    const at = this.find(names.CSEQ);
    if (at < 0) return;
    const end = index[at + 3] as number;
    const start = index[at + 2] as number;
    const numberEnd = skipClass(bytes, start, end, TOKEN);
    const methodStart = skipLws(bytes, numberEnd, end);
    const number = readDecimal(bytes, start, numberEnd);
    // RFC 3261 §8.1.1.5: the number is below 2^31.
    if (number < 0 || number >= 2 ** 31 || methodStart === numberEnd || skipClass(bytes, methodStart, end, TOKEN) !== end) return;
    if (methodStart >= end) return;
    this.lazyCseq = number;
    this.lazyCseqMethod = intern(text.slice(methodStart, end));
  }

  get from(): NameAddress {
    this.lazyFrom ??= this.single(names.FROM);
    return this.lazyFrom;
  }

  get to(): NameAddress {
    this.lazyTo ??= this.single(names.TO);
    return this.lazyTo;
  }

  private single(id: number): NameAddress {
    const { bytes, text, index } = this.scan;
    const at = this.find(id);
    if (at < 0) return NO_ADDRESS;
    const end = index[at + 3] as number;
    const address = readNameAddress(bytes, text, index[at + 2] as number, end);
    return address && address.end === end ? address : NO_ADDRESS;
  }

  get fromTag(): string {
    return this.from.tag;
  }

  get toTag(): string {
    return this.to.tag;
  }

  get topVia(): Via {
    if (!this.lazyTopVia) {
      const { bytes, text, index } = this.scan;
      const at = this.find(names.VIA);
      this.lazyTopVia = (at < 0 ? undefined : readVia(bytes, text, index[at + 2] as number, index[at + 3] as number)) ?? NO_VIA;
    }
    return this.lazyTopVia;
  }

  /** Every Via value from the top, across comma lists and lines, up to the first that is none. */
  get vias(): readonly Via[] {
    if (!this.lazyVias) {
      const vias: Via[] = [];
      this.readAllVias(vias);
      this.lazyVias = vias;
    }
    return this.lazyVias;
  }

  /** @returns `false` when one of the values is no Via. @internal */
  readAllVias(into: Via[]): boolean {
    const { bytes, text, index } = this.scan;
    for (let at = this.find(names.VIA); at >= 0; at = this.find(names.VIA, at + STRIDE)) {
      if (!readVias(bytes, text, index[at + 2] as number, index[at + 3] as number, into)) return false;
    }
    return true;
  }

  /** 0 to 255. */
  get maxForwards(): number | undefined {
    const value = this.decimal(names.MAX_FORWARDS);
    return value === undefined || value > 255 ? undefined : value;
  }

  /** Seconds; what is above 2^32 - 1 counts as that (RFC 3261 §20.19). */
  get expires(): number | undefined {
    const value = this.decimal(names.EXPIRES);
    return value === undefined ? undefined : Math.min(value, 2 ** 32 - 1);
  }

  get contentLength(): number | undefined {
    return this.decimal(names.CONTENT_LENGTH);
  }

  private decimal(id: number): number | undefined {
    const at = this.find(id);
    if (at < 0) return undefined;
    const value = readDecimal(this.bytes, this.scan.index[at + 2] as number, this.scan.index[at + 3] as number);
    return value < 0 ? undefined : value;
  }

  get routes(): readonly NameAddress[] {
    this.lazyRoutes ??= this.addresses(names.ROUTE);
    return this.lazyRoutes;
  }

  get recordRoutes(): readonly NameAddress[] {
    this.lazyRecordRoutes ??= this.addresses(names.RECORD_ROUTE);
    return this.lazyRecordRoutes;
  }

  get paths(): readonly NameAddress[] {
    return this.addresses(names.PATH);
  }

  private addresses(id: number): readonly NameAddress[] {
    if (this.find(id) < 0) return NONE;
    const list: NameAddress[] = [];
    this.readAddresses(id, list);
    return list;
  }

  /** @returns `false` when one of the values is no address; those before it have been appended. @internal */
  readAddresses(id: number, into: NameAddress[]): boolean {
    const { bytes, text, index } = this.scan;
    for (let at = this.find(id); at >= 0; at = this.find(id, at + STRIDE)) {
      if (!readNameAddresses(bytes, text, index[at + 2] as number, index[at + 3] as number, into)) return false;
    }
    return true;
  }

  /** `*` only when that is the whole of the first Contact (RFC 3261 §10.2.2). */
  get contacts(): readonly NameAddress[] | '*' {
    if (this.lazyContacts === undefined) {
      const at = this.find(names.CONTACT);
      const start = this.scan.index[at + 2];
      const star = at >= 0 && this.bytes[start as number] === STAR && this.scan.index[at + 3] === (start as number) + 1;
      this.lazyContacts = star ? '*' : this.addresses(names.CONTACT);
    }
    return this.lazyContacts;
  }

  /** The first value of that name, unfolded and trimmed; compact names are the same header. */
  header(name: string): string | undefined {
    const id = names.headerId(name);
    const at = this.find(id, 0, name);
    return at < 0 ? undefined : this.valueAt(at);
  }

  /** One text for each header line of that name, unfolded and trimmed, comma lists unsplit. */
  headerValues(name: string): readonly string[] {
    const id = names.headerId(name);
    const values: string[] = [];
    for (let at = this.find(id, 0, name); at >= 0; at = this.find(id, at + STRIDE, name)) values.push(this.valueAt(at));
    return values;
  }

  /** The comma-separated elements of every line of that name: for lists of tokens, which hold no quotes. */
  tokens(name: string): readonly string[] {
    const id = names.headerId(name);
    let at = this.find(id, 0, name);
    if (at < 0) return NONE;
    const tokens: string[] = [];
    for (; at >= 0; at = this.find(id, at + STRIDE, name)) {
      for (const part of this.valueAt(at).split(',')) {
        const token = part.trim();
        if (token !== '') tokens.push(token);
      }
    }
    return tokens;
  }

  has(name: string): boolean {
    return this.find(names.headerId(name), 0, name) >= 0;
  }

  /** Place in the index of the first header field of that number from `from` on, or -1. @internal */
  find(id: number, from = 0, name = ''): number {
    const { index } = this.scan;
    const lower = id === names.OTHER ? name.toLowerCase() : '';
    for (let at = from; at < index.length; at += STRIDE) {
      if (index[at] === id && (id !== names.OTHER || this.nameAt(at).toLowerCase() === lower)) return at;
    }
    return -1;
  }

  /** The value at a place in the index, unfolded. @internal */
  valueAt(at: number): string {
    return unfold(this.scan.text.slice(this.scan.index[at + 2], this.scan.index[at + 3]));
  }

  /** The name as written. @internal */
  nameAt(at: number): string {
    const start = this.scan.index[at + 1] as number;
    let end = start;
    while (this.bytes[end] !== COLON && ((CLASSES[this.bytes[end] as number] as number) & TOKEN) !== 0) end += 1;
    return this.scan.text.slice(start, end);
  }

  /** First byte after a header line, its line end included. @internal */
  lineEnd(at: number): number {
    return this.scan.index[at + STRIDE + 1] ?? this.scan.headersEnd;
  }
}

const NONE: readonly never[] = [];
const NO_URI: SipUri = { scheme: '', user: '', host: '', parameters: NO_VIA.parameters, headers: '', text: '' };

function intern(method: string): string {
  return INTERNED.get(method) ?? method;
}

// A received SIP message: its bytes, an index of where its header lines stand, and views that are read when somebody
// asks and then kept. Only decode() makes one. Strings that come out of it may share the message's memory: whoever
// keeps one for long (a registration) and not the message copies it.
import type { SignalingMessage } from '@altpath/core';
import { CLASSES, readDecimal, skipClass, skipLws, trimLws, trimmed, unfold } from '../message/characters.js';
import { type NameAddress, NO_ADDRESS, readNameAddress, readNameAddresses } from '../message/name-address.js';
import { NO_URI, type SipUri, readUri } from '../message/uri.js';
import { NO_VIA, type Via, readVia, readVias } from '../message/via.js';
import * as names from './header-names.js';

// Characters and classes of characters.ts, folded here.
const COLON = 0x3a;
const CR = 0x0d;
const NINE = 0x39;
const SP = 0x20;
const STAR = 0x2a;
const ZERO = 0x30;
const LWS = 2;
const TOKEN = 1;
const table = CLASSES;

const lengths = names.NAME_LENGTHS;
export const LONG_NAME = 64;
/** Names below this number have their first line noted. */
export const FIRSTS = 13;

/** What the scan found. Every number is an offset into the bytes; an end is one past the last. @internal */
export class Scan {
  /**
   * One number for each header line, in order: where the line starts, times 128, plus `LONG_NAME` where its long name
   * stands with the colon directly behind, plus the number of its name. Where the value stands is worked out for the
   * few lines that somebody asks for.
   */
  readonly lines: number[] = [];
  /** By number, for the names that routing asks for: the first line that bears it, or -1. */
  readonly first: number[] = [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1];
  /** Names numbered below 31 that are there, and those that are there twice, one bit each. */
  present = 0;
  repeated = 0;
  /** Some header line goes on in the next one. */
  folded = false;
  methodStart = 0;
  methodEnd = 0;
  uriStart = 0;
  uriEnd = 0;
  /** 0 in a request. */
  status = 0;
  reasonStart = 0;
  /** End of the start line, line end excluded, and the start of the first header line. */
  startLineEnd = 0;
  headersStart = 0;
  /** Where the empty line begins. */
  headersEnd = 0;
  bodyStart = 0;

  /** @param text  The same bytes as latin1. */
  constructor(
    readonly bytes: Buffer,
    readonly text: string,
  ) {}

  /** @returns the first header line of that number from line `from` on, or -1. */
  find(id: number, from = 0): number {
    const { lines, first } = this;
    if (id < FIRSTS && from === 0 && id !== names.OTHER) return first[id] as number;
    for (let line = from; line < lines.length; line += 1) if (((lines[line] as number) & 63) === id) return line;
    return -1;
  }

  lineStart(line: number): number {
    return (this.lines[line] as number) >>> 7;
  }

  /** First byte after the line, line end included. */
  lineEnd(line: number): number {
    const { lines } = this;
    return line + 1 < lines.length ? (lines[line + 1] as number) >>> 7 : this.headersEnd;
  }

  valueStart(line: number): number {
    const { bytes } = this;
    const packed = this.lines[line] as number;
    let i = packed >>> 7;
    if ((packed & LONG_NAME) !== 0) i += lengths[packed & 63] as number;
    else while (bytes[i] !== COLON) i += 1;
    i += 1;
    if (bytes[i] === SP) i += 1;
    if (((table[bytes[i] as number] as number) & LWS) === 0) return i;
    return Math.min(skipLws(bytes, i, bytes.length), this.contentEnd(line));
  }

  valueEnd(line: number): number {
    const end = this.contentEnd(line);
    return ((table[this.bytes[end - 1] as number] as number) & LWS) === 0 ? end : trimLws(this.bytes, this.valueStart(line), end);
  }

  /** The end of the line without its line end. */
  private contentEnd(line: number): number {
    const end = this.lineEnd(line) - 1;
    return this.bytes[end - 1] === CR ? end - 1 : end;
  }

  /** The value, folded lines joined. */
  valueOf(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return this.folded ? unfold(value) : value;
  }

  /** @returns the number that the value is; -1 when it is none, or no such line is there. */
  decimalOf(id: number): number {
    const line = this.find(id);
    return line < 0 ? -1 : readDecimal(this.bytes, this.valueStart(line), this.valueEnd(line));
  }
}

/** The methods that are worth one shared string each, the frequent ones first. */
const METHODS = 'INVITE ACK BYE REGISTER OPTIONS CANCEL PRACK UPDATE INFO SUBSCRIBE NOTIFY MESSAGE REFER PUBLISH'.split(' ');

const NONE: readonly never[] = [];

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
  /** 0 for a request. */
  readonly status: number;
  readonly bodyStart: number;
  /** @internal */ readonly scan: Scan;

  private lazyUri: SipUri | undefined = undefined;
  private lazyCallId: string | undefined = undefined;
  private lazyCseq = -2;
  private lazyCseqMethod = '';
  private lazyMaxForwards = -2;
  private lazyFrom: NameAddress | undefined = undefined;
  private lazyTo: NameAddress | undefined = undefined;
  private lazyTopVia: Via | undefined = undefined;
  private lazyVias: readonly Via[] | undefined = undefined;
  private lazyRoutes: readonly NameAddress[] | undefined = undefined;
  private lazyRecordRoutes: readonly NameAddress[] | undefined = undefined;
  private lazyContacts: readonly NameAddress[] | '*' | undefined = undefined;

  /** @internal */
  constructor(bytes: Buffer, scan: Scan) {
    this.bytes = bytes;
    this.scan = scan;
    this.status = scan.status;
    this.isRequest = scan.status === 0;
    this.bodyStart = scan.bodyStart;
    this.method = this.isRequest ? methodAt(bytes, scan.text, scan.methodStart, scan.methodEnd) : this.cseqMethod;
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

  /** Empty for a response, as its two offsets are 0. */
  get requestUri(): string {
    return this.scan.text.slice(this.scan.uriStart, this.scan.uriEnd);
  }

  get requestUriStart(): number {
    return this.scan.uriStart;
  }

  get requestUriEnd(): number {
    return this.scan.uriEnd;
  }

  /** The Request-URI, parsed; for a response, or a Request-URI that is none, one with an empty scheme. */
  get uri(): SipUri {
    this.lazyUri ??= readUri(this.bytes, this.scan.text, this.scan.uriStart, this.scan.uriEnd) ?? NO_URI;
    return this.lazyUri;
  }

  /** The reason phrase; empty for a request. */
  get reason(): string {
    return this.isRequest ? '' : this.scan.text.slice(this.scan.reasonStart, this.scan.startLineEnd);
  }

  /** Shares the message's memory. */
  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart);
  }

  get callId(): string {
    if (this.lazyCallId === undefined) {
      const line = this.scan.find(names.CALL_ID);
      this.lazyCallId = line < 0 ? '' : this.scan.valueOf(line);
    }
    return this.lazyCallId;
  }

  /** The sequence number, 0 to 2^31 - 1; -1 when there is none. */
  get cseq(): number {
    if (this.lazyCseq === -2) this.readCseq();
    return this.lazyCseq;
  }

  get cseqMethod(): string {
    if (this.lazyCseq === -2) this.readCseq();
    return this.lazyCseqMethod;
  }

  private readCseq(): void {
    this.lazyCseq = -1;
    const line = this.scan.find(names.CSEQ);
    if (line < 0) return;
    const { bytes } = this;
    const start = this.scan.valueStart(line);
    const end = this.scan.valueEnd(line);
    let number = 0;
    let i = start;
    for (; i < end; i += 1) {
      const code = bytes[i] as number;
      if (code < ZERO || code > NINE) break;
      number = number * 10 + code - ZERO;
    }
    const method = skipLws(bytes, i, end);
    // RFC 3261 §8.1.1.5: the number is below 2^31.
    if (i === start || number >= 2 ** 31 || method === i || method === end || skipClass(bytes, method, end, TOKEN) !== end) return;
    this.lazyCseq = number;
    this.lazyCseqMethod = methodAt(bytes, this.scan.text, method, end);
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
    const line = this.scan.find(id);
    if (line < 0) return NO_ADDRESS;
    const end = this.scan.valueEnd(line);
    const address = readNameAddress(this.bytes, this.scan.text, this.scan.valueStart(line), end);
    return address !== undefined && address.end === end ? address : NO_ADDRESS;
  }

  get fromTag(): string {
    return this.from.tag;
  }

  get toTag(): string {
    return this.to.tag;
  }

  get topVia(): Via {
    if (this.lazyTopVia === undefined) {
      const line = this.scan.find(names.VIA);
      const via = line < 0 ? undefined : readVia(this.bytes, this.scan.text, this.scan.valueStart(line), this.scan.valueEnd(line));
      this.lazyTopVia = via ?? NO_VIA;
    }
    return this.lazyTopVia;
  }

  /** Every Via value from the top, across comma lists and lines, up to the first that is none. */
  get vias(): readonly Via[] {
    if (this.lazyVias === undefined) {
      const vias: Via[] = [];
      this.readAllVias(vias);
      this.lazyVias = vias;
    }
    return this.lazyVias;
  }

  /** @returns `false` when one of the values is no Via; those before it have been appended. @internal */
  readAllVias(into: Via[]): boolean {
    const top = this.topVia;
    const first = this.scan.find(names.VIA);
    if (top === NO_VIA) return false;
    into.push(top);
    const end = this.scan.valueEnd(first);
    const comma = skipLws(this.bytes, top.end, end);
    if (comma < end && !readVias(this.bytes, this.scan.text, comma + 1, end, into)) return false;
    for (let line = this.scan.find(names.VIA, first + 1); line >= 0; line = this.scan.find(names.VIA, line + 1)) {
      if (!readVias(this.bytes, this.scan.text, this.scan.valueStart(line), this.scan.valueEnd(line), into)) return false;
    }
    return true;
  }

  /** 0 to 255. */
  get maxForwards(): number | undefined {
    if (this.lazyMaxForwards === -2) this.lazyMaxForwards = this.scan.decimalOf(names.MAX_FORWARDS);
    const value = this.lazyMaxForwards;
    return value < 0 || value > 255 ? undefined : value;
  }

  /** Seconds; what is above 2^32 - 1 counts as that (RFC 3261 §20.19). */
  get expires(): number | undefined {
    const value = this.scan.decimalOf(names.EXPIRES);
    return value < 0 ? undefined : Math.min(value, 2 ** 32 - 1);
  }

  get contentLength(): number | undefined {
    const value = this.scan.decimalOf(names.CONTENT_LENGTH);
    return value < 0 ? undefined : value;
  }

  get routes(): readonly NameAddress[] {
    this.lazyRoutes ??= this.addresses(names.ROUTE);
    return this.lazyRoutes;
  }

  /** Reads the Routes, and keeps them. @returns `false` when one of the values is no address. @internal */
  readRoutes(): boolean {
    const list: NameAddress[] = [];
    this.lazyRoutes = list;
    return this.readAddresses(names.ROUTE, list);
  }

  get recordRoutes(): readonly NameAddress[] {
    this.lazyRecordRoutes ??= this.addresses(names.RECORD_ROUTE);
    return this.lazyRecordRoutes;
  }

  get paths(): readonly NameAddress[] {
    return this.addresses(names.PATH);
  }

  private addresses(id: number): readonly NameAddress[] {
    if (this.scan.find(id) < 0) return NONE;
    const list: NameAddress[] = [];
    this.readAddresses(id, list);
    return list;
  }

  /** @returns `false` when one of the values is no address; those before it have been appended. @internal */
  readAddresses(id: number, into: NameAddress[]): boolean {
    for (let line = this.scan.find(id); line >= 0; line = this.scan.find(id, line + 1)) {
      if (!readNameAddresses(this.bytes, this.scan.text, this.scan.valueStart(line), this.scan.valueEnd(line), into)) return false;
    }
    return true;
  }

  /** `*` only when that is the whole of the first Contact (RFC 3261 §10.2.2). */
  get contacts(): readonly NameAddress[] | '*' {
    if (this.lazyContacts === undefined) {
      const line = this.scan.find(names.CONTACT);
      const start = line < 0 ? 0 : this.scan.valueStart(line);
      const isStar = line >= 0 && this.bytes[start] === STAR && this.scan.valueEnd(line) === start + 1;
      this.lazyContacts = isStar ? '*' : this.addresses(names.CONTACT);
    }
    return this.lazyContacts;
  }

  /** The first value of that name, unfolded and trimmed; compact names are the same header. */
  header(name: string): string | undefined {
    const line = this.findNamed(name);
    return line < 0 ? undefined : this.scan.valueOf(line);
  }

  /** One text for each header line of that name, unfolded and trimmed, comma lists unsplit. */
  headerValues(name: string): readonly string[] {
    const values: string[] = [];
    for (let line = this.findNamed(name); line >= 0; line = this.findNamed(name, line + 1)) values.push(this.scan.valueOf(line));
    return values;
  }

  /** The comma-separated elements of every line of that name: for lists of tokens, which hold no quotes. */
  tokens(name: string): readonly string[] {
    let line = this.findNamed(name);
    if (line < 0) return NONE;
    const tokens: string[] = [];
    for (; line >= 0; line = this.findNamed(name, line + 1)) {
      for (const part of this.scan.valueOf(line).split(',')) {
        const token = trimmed(part);
        if (token !== '') tokens.push(token);
      }
    }
    return tokens;
  }

  has(name: string): boolean {
    return this.findNamed(name) >= 0;
  }

  // --- the index, for the rest of the codec ----------------------------------------------------------------------

  /** The first header line of that name from line `from` on, or -1; also for names that have no number. @internal */
  findNamed(name: string, from = 0): number {
    const { scan } = this;
    const id = names.headerId(name);
    if (id !== names.OTHER) return scan.find(id, from);
    const lower = name.toLowerCase();
    for (let line = scan.find(id, from); line >= 0; line = scan.find(id, line + 1)) {
      const start = scan.lineStart(line);
      const end = skipClass(this.bytes, start, scan.headersEnd, TOKEN);
      if (end - start === lower.length && scan.text.slice(start, end).toLowerCase() === lower) return line;
    }
    return -1;
  }
}

/** @returns `true` for a method that some document of the IETF defines. @internal */
export function isKnownMethod(method: string): boolean {
  return METHODS.includes(method);
}

const WORDS = METHODS.map((method) => Buffer.from(method, 'latin1'));

/** The method in the range, frequent ones as a shared string. */
function methodAt(bytes: Buffer, text: string, start: number, end: number): string {
  for (let m = 0; m < WORDS.length; m += 1) {
    const word = WORDS[m] as Buffer;
    if (word.length !== end - start) continue;
    let i = 0;
    while (i < word.length && bytes[start + i] === word[i]) i += 1;
    if (i === word.length) return METHODS[m] as string;
  }
  return text.slice(start, end);
}

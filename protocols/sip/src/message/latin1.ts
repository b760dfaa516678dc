// Bytes to latin1 text and back without the detour through encodings by name. Node's Buffer has carried these two
// methods since its beginning and calls them itself; its type declarations leave them out.

interface Latin1Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** @returns the bytes as text, one character a byte: offsets into one are offsets into the other. */
export function latin1(bytes: Buffer): string {
  return (bytes as Buffer & Latin1Buffer).latin1Slice(0, bytes.length);
}

const scratch = Buffer.allocUnsafeSlow(2048) as Buffer & Latin1Buffer;

/** @returns the text as bytes, valid until the next call; the first `text.length` of them count. */
export function scratchBytes(text: string): Buffer {
  if (text.length > scratch.length) return Buffer.from(text, 'latin1');
  scratch.latin1Write(text, 0, text.length);
  return scratch;
}

// Character classes of the text encoding as one table. RFC 3525 §B.2, terminal productions.

/** SafeChar: what words, names, numbers and bare values are made of. */
export const SAFE = 1;
/** ALPHA, DIGIT and `_`: names of packages, items and parameters. */
export const NAME = 2;
/** What a TerminationID or device name may hold besides: `/ * $ @ - .` */
export const PATH = 4;
/** 0-9, A-F, a-f. */
export const HEX = 8;

/** Classes by octet; index with a char code below 256. */
export const CLASS = new Uint8Array(256);

function mark(characters: string, bits: number): void {
  for (let i = 0; i < characters.length; i += 1) {
    const code = characters.charCodeAt(i);
    CLASS[code] = (CLASS[code] ?? 0) | bits;
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
mark(`${LETTERS}0123456789`, SAFE | NAME | PATH);
mark('_', SAFE | NAME | PATH);
mark('/*$@-.', SAFE | PATH);
mark("+&!'?^`~\\()%|", SAFE);
mark('0123456789ABCDEFabcdef', HEX);

/** @param text  Characters of one octet. @returns whether every character has one of `bits`; an empty text has. */
export function isAll(text: string, bits: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (((CLASS[text.charCodeAt(i)] as number) & bits) === 0) return false;
  return true;
}

/** Char codes that the grammar gives a meaning. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUAL = 0x3d;
export const GREATER = 0x3e;
export const LEFT_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const RIGHT_BRACKET = 0x5d;
export const LEFT_BRACE = 0x7b;
export const RIGHT_BRACE = 0x7d;

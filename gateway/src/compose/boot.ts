// A process's life, told from every other.
import { randomBytes } from 'node:crypto';

/** 64 random bits: never used before. */
export function newBoot(): string {
  return randomBytes(8).toString('base64url');
}

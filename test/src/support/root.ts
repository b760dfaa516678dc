// Where the checkout is, for tests that start its programs or read its files.
import { fileURLToPath } from 'node:url';

/** The root of the checkout, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

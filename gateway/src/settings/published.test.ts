// What is published about the configuration: the JSON Schema in docs/, the files in examples/ and the page of keys. None
// of them may say something else than the program.
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfiguration, SCHEMA } from './index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.yaml'));
const KEY = Buffer.alloc(32, 1).toString('base64');
const ENVIRONMENT = { ALTPATH_KEY: KEY, ALTPATH_OLD_KEY: KEY, ALTPATH_ADMIN_TOKEN: 'a token' };

/** How docs/altpath.schema.json is made again, from the root of a built house. */
const AGAIN = `node -e "import('./gateway/dist/settings/index.js').then((door) => console.log(JSON.stringify(door.SCHEMA, null, 2)))" > docs/altpath.schema.json && npx prettier --write docs/altpath.schema.json`;

describe('what is published about the configuration', () => {
  it('the schema in docs is the schema of the program', () => {
    const published: unknown = JSON.parse(readFileSync(join(ROOT, 'docs/altpath.schema.json'), 'utf8'));
    expect(published, `make it again: ${AGAIN}`).to.deep.equal(JSON.parse(JSON.stringify(SCHEMA)));
  });

  it('there are examples', () => {
    expect(EXAMPLES).to.include.members(['minimal.yaml', 'pair.yaml']);
  });

  for (const name of EXAMPLES) {
    it(`examples/${name} is good, and nothing in it is without effect`, () => {
      const loaded = loadConfiguration(join(ROOT, 'examples', name), ENVIRONMENT);
      expect(loaded.ok ? [] : loaded.problems).to.deep.equal([]);
      expect(loaded.ok && loaded.notes).to.deep.equal([]);
    });
  }

  it('the page of keys names every part of the file', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const parts = keysOf(SCHEMA).concat(
      ['cluster', 'sip', 'pathAttribute', 'trust', 'limits'].flatMap((part) => keysOf(properties(SCHEMA)[part])),
    );
    const missing = parts.filter((key) => !new RegExp(`\\b${key}\\b`).test(page));
    expect(missing).to.deep.equal([]);
  });
});

type Node = { readonly [keyword: string]: unknown };

function properties(schema: Node | undefined): Readonly<Record<string, Node>> {
  return (schema?.['properties'] ?? {}) as Readonly<Record<string, Node>>;
}

function keysOf(schema: Node | undefined): readonly string[] {
  return Object.keys(properties(schema));
}

// The lint rules that hold the design: no clock, no dice, no timer in a pure room; no promise that nobody waits for.
import { join } from 'node:path';
import { expect } from 'chai';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { ROOT } from '../support/root.js';

const PURE_FILES = ['protocols/sip/src/proxy/any.ts', 'protocols/mgcp/src/any.ts', 'packages/core/src/any.ts', 'packages/sdp/src/any.ts'];

const FORBIDDEN: readonly [rule: string, code: string][] = [
  ['no-restricted-properties', 'export const now = Date.now();'],
  ['no-restricted-properties', 'export const dice = Math.random();'],
  ['no-restricted-syntax', 'export const today = new Date();'],
  ['no-restricted-globals', 'setTimeout(() => undefined, 1);'],
  ['no-restricted-globals', 'setInterval(() => undefined, 1);'],
  ['no-restricted-globals', 'setImmediate(() => undefined);'],
  ['no-restricted-globals', 'export const at = performance.now();'],
  ['no-restricted-globals', 'export const env = process.env;'],
  ['no-restricted-imports', "import { randomBytes } from 'node:crypto'; export { randomBytes };"],
  ['no-restricted-imports', "import { createServer } from 'node:net'; export { createServer };"],
];

const ALLOWED = [
  'export const day = new Date(86_400_000);',
  "import { isIP } from 'node:net'; export { isIP };",
  "import { createHash } from 'node:crypto'; export { createHash };",
];

describe('lint in the pure rooms', function () {
  this.timeout(60_000);

  for (const file of PURE_FILES) {
    it(`${file} has no clock, no timer and no dice`, async () => {
      const lint = await linterFor(file);
      for (const [rule, code] of FORBIDDEN) expect(lint(code), code).to.include(rule);
      for (const code of ALLOWED) expect(lint(code), code).to.deep.equal([]);
    });
  }

  it('the gateway may read the clock', async () => {
    const lint = await linterFor('gateway/src/any.ts');
    for (const [, code] of FORBIDDEN) expect(lint(code), code).to.deep.equal([]);
  });

  it('a promise that nobody waits for is an error', async () => {
    const eslint = new ESLint({ cwd: ROOT, ignore: false });
    const [result] = await eslint.lintFiles([join(ROOT, 'test/canary/lint/floating.ts')]);
    expect(result?.messages.map(({ ruleId }) => ruleId)).to.deep.equal(['@typescript-eslint/no-floating-promises']);
  });
});

/** What the house's own configuration says of a piece of code in `file`: names of the restrictions that it breaks. */
async function linterFor(file: string): Promise<(code: string) => string[]> {
  const config = (await new ESLint({ cwd: ROOT }).calculateConfigForFile(join(ROOT, file))) as Linter.Config;
  const rules = Object.fromEntries(Object.entries(config.rules ?? {}).filter(([name]) => name.startsWith('no-restricted-')));
  const parser = tseslint.parser as Linter.Parser;
  return (code) =>
    new Linter()
      .verify(code, [{ files: ['**/*.ts'], languageOptions: { parser }, rules }], { filename: 'any.ts' })
      .map(({ ruleId, message }) => ruleId ?? message);
}

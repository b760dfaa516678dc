// The layers of the house (ARCHITECTURE.md), and the proof that the check can fail.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/root.js';
import { type Cruise, cruise } from './cruise.js';

const CANARY = join(ROOT, 'test/canary');

describe('the layers of the house', function () {
  this.timeout(120_000);
  let house: Cruise;

  before(async () => {
    house = await cruise(ROOT);
  });

  it('no import breaks a rule', () => {
    expect(house.violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`)).to.deep.equal([]);
  });

  it('every source file has been read', () => {
    expect([...house.sources].sort()).to.deep.equal(sourcesOf(ROOT));
  });

  it('imports between rooms have been followed to their doors', () => {
    const doors = house.imports.filter((line) => line.endsWith('-> packages/core/dist/index.d.ts'));
    expect(
      doors.some((line) => line.startsWith('protocols/sip/')),
      'the sip room imports core',
    ).to.equal(true);
    expect(
      doors.some((line) => line.startsWith('packages/')),
      'a package imports core',
    ).to.equal(true);
  });
});

describe('the canary house', function () {
  this.timeout(120_000);
  let canary: Cruise;

  before(async () => {
    canary = await cruise(CANARY);
  });

  const broken: readonly [rule: string, file: string][] = [
    ['no-cycles', 'packages/core/src/cycle-a.ts'],
    ['no-unresolved', 'packages/core/src/unresolved.ts'],
    ['core-is-a-leaf', 'packages/core/src/not-a-leaf.ts'],
    ['by-the-door', 'packages/store/src/by-a-path.ts'],
    ['packages-know-no-protocol', 'packages/store/src/knows-a-protocol.ts'],
    ['protocols-import-core-only', 'protocols/sip/src/beyond-core.ts'],
    ['protocols-are-siblings', 'protocols/sip/src/sibling.ts'],
    ['protocols-do-no-io', 'protocols/sip/src/socket.ts'],
    ['pure-packages-do-no-io', 'packages/core/src/device.ts'],
    ['nobody-imports-gateway', 'protocols/mgcp/src/imports-gateway.ts'],
    ['inversify-in-compose', 'protocols/sip/src/container.ts'],
    ['winston-in-telemetry', 'packages/store/src/logs.ts'],
    ['testkit-in-tests', 'protocols/sip/src/uses-testkit.ts'],
    ['fixtures-in-tests', 'protocols/sip/src/uses-a-fixture.ts'],
    ['declared-rooms-only:packages/sdp', 'packages/sdp/src/undeclared-room.ts'],
    ['declared-packages-only:packages/sdp', 'packages/sdp/src/undeclared-package.ts'],
  ];

  for (const [rule, file] of broken) {
    it(`breaks ${rule} in ${file}`, () => {
      expect(canary.violations.some((violation) => violation.rule === rule && violation.from === file)).to.equal(true);
    });
  }

  it('breaks every rule that there is', () => {
    const proven = new Set(broken.map(([rule]) => rule.replace(/:.*/, '')));
    expect([...new Set(canary.violations.map(({ rule }) => rule.replace(/:.*/, '')))].sort()).to.deep.equal([...proven].sort());
  });

  it('may use the container in gateway/src/compose, and the testkit in a test and in a fixture', () => {
    const allowed = [
      ['inversify-in-compose', 'gateway/src/compose/allowed.ts'],
      ['testkit-in-tests', 'protocols/sip/src/uses-testkit.test.ts'],
      ['testkit-in-tests', 'protocols/sip/src/uses-testkit.fixture.ts'],
    ];
    for (const [rule, file] of allowed) {
      expect(canary.violations.some((violation) => violation.rule === rule && violation.from === file)).to.equal(false);
    }
  });
});

function sourcesOf(house: string): string[] {
  return ['packages', 'protocols', 'gateway', 'test']
    .flatMap((part) => filesUnder(join(house, part)))
    .map((file) => relative(house, file))
    .filter((file) => /^(?:(?:packages|protocols)\/[^/]+|gateway|test)\/src\/.*\.ts$/.test(file) && !file.endsWith('.d.ts'))
    .sort();
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : filesUnder(path);
    return [path];
  });
}

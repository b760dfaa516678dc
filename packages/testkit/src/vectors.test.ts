import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs, type SkippableContext } from './needs.js';
import { loadIndex, vectorsRoot } from './vectors.js';

/** Sets variables for one test; undefined takes one away. */
function withEnvironment(variables: Readonly<Record<string, string | undefined>>, body: () => void): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const set = ([name, value]: readonly [string, string | undefined]): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  Object.entries(variables).forEach(set);
  try {
    body();
  } finally {
    before.forEach(set);
  }
}

describe('the vector loader', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'altpath-vectors-'));
    mkdirSync(join(root, 'sip'));
    writeFileSync(join(root, 'sip', 'a.sip'), Buffer.from([0, 255, 13]));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const index = (content: unknown): void => writeFileSync(join(root, 'sip', 'index.json'), JSON.stringify(content));

  it('has nothing without the variable, or when its folder is not there', () => {
    withEnvironment({ ALTPATH_VECTORS: undefined }, () => expect(loadIndex('sip')).to.equal(undefined));
    withEnvironment({ ALTPATH_VECTORS: join(root, 'gone') }, () => expect(vectorsRoot()).to.equal(undefined));
  });

  it('gives the exact octets of a vector', () => {
    index({ count: 1, vectors: [{ file: 'a.sip', valid: true, status: 200 }] });
    withEnvironment({ ALTPATH_VECTORS: root }, () => {
      const loaded = loadIndex('sip');
      const vector = loaded?.vectors[0];
      expect(vector).to.deep.include({ valid: true, status: 200 });
      expect(vector && loaded.read(vector)).to.deep.equal(Buffer.from([0, 255, 13]));
    });
  });

  it('does not take a cut corpus for a whole one', () => {
    index({ count: 2, vectors: [{ file: 'a.sip', valid: true }] });
    withEnvironment({ ALTPATH_VECTORS: root }, () => expect(() => loadIndex('sip')).to.throw('announces 2'));
    index({ vectors: [] });
    withEnvironment({ ALTPATH_VECTORS: root }, () => expect(() => loadIndex('sip')).to.throw('no vectors'));
  });
});

describe('needs', () => {
  class Skipped extends Error {}
  const contextOf = (runnable: { type?: string; parent?: object }): SkippableContext => ({
    runnable: () => runnable,
    skip: () => {
      throw new Skipped();
    },
  });

  it('lets a test run whose needs are met', () => {
    withEnvironment({ CI: 'true' }, () => needs(contextOf({}), 'sh'));
  });

  it('skips with a reason at the test, or at the suite of a hook', () => {
    const test = { type: 'test' };
    const suite = {};
    withEnvironment({ CI: undefined, ALTPATH_VECTORS: undefined }, () => {
      expect(() => needs(contextOf(test), 'sh', 'no-such-program', 'vectors')).to.throw(Skipped);
      expect(() => needs(contextOf({ type: 'hook', parent: suite }), 'no-such-program')).to.throw(Skipped);
    });
    expect(test).to.have.deep.nested.property('skipReason.missing', ['no-such-program']);
    expect(test).to.have.nested.property('skipReason.text').that.contains('ALTPATH_VECTORS');
    expect(suite).to.have.nested.property('skipReason.text', 'needs no-such-program');
  });

  it('fails in CI for a program, and only skips there for a corpus', () => {
    withEnvironment({ CI: 'true', ALTPATH_VECTORS: undefined }, () => {
      expect(() => needs(contextOf({}), 'no-such-program')).to.throw('npm run peers');
      expect(() => needs(contextOf({}), 'vectors')).to.throw(Skipped);
    });
  });
});

// What a node keeps and where, as the file says it.
import { expect } from 'chai';
import { parseConfiguration } from './load.js';
import type { Configuration } from './types.js';

const ENVIRONMENT = { KEY: Buffer.alloc(32, 1).toString('base64'), REDIS_PASSWORD: 'open sesame' };

function file(store: string, more = '', ownOfB = ''): string {
  return `cluster:
  domain: example.org
  keys: [{ id: k, secret: "\${KEY}" }]
  store: ${store}
  nodes:
    a: { listen: ["sip+udp://127.0.0.1:5060"] }
    b: { listen: ["sip+udp://127.0.0.2:5060"]${ownOfB} }
${more}`;
}

function read(text: string): Configuration {
  const loaded = parseConfiguration(text, 'test.yaml', ENVIRONMENT);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  expect(loaded.notes).to.deep.equal([]);
  return loaded.configuration;
}

function problemsOf(text: string): string {
  const loaded = parseConfiguration(text, 'test.yaml', ENVIRONMENT);
  return loaded.ok ? '' : loaded.problems.join('\n');
}

const storeOfA = (store: string): unknown => read(file(store)).cluster.nodes[0]?.store;

describe('the store of the file', () => {
  it('is LMDB in a folder of each node, if nothing is said', () => {
    const { nodes } = read(file('{}')).cluster;
    const usual = { kind: 'lmdb', sync: 'batched', batchMs: 20 };
    expect(nodes.map(({ store }) => store)).to.deep.equal([
      { ...usual, path: './data/a' },
      { ...usual, path: './data/b' },
    ]);
  });

  it('is a Redis server, with all that can be said of it', () => {
    const place = { kind: 'server', host: '192.0.2.9', port: 6379, tls: false };
    const usual = { kind: 'redis', password: undefined, timeoutMs: 200, sync: 'batched', batchMs: 20 };
    expect(storeOfA('{ kind: redis, url: "redis://192.0.2.9:6379" }')).to.deep.equal({ ...usual, place });
    expect(
      storeOfA('{ kind: redis, url: "rediss://[2001:db8::9]:6380", password: "${REDIS_PASSWORD}", timeout: 1s, sync: always, batch: 5ms }'),
    ).to.deep.equal({
      kind: 'redis',
      place: { kind: 'server', host: '2001:db8::9', port: 6380, tls: true },
      password: 'open sesame',
      timeoutMs: 1_000,
      sync: 'always',
      batchMs: 5,
    });
  });

  it('is found through Sentinels, or is a Cluster', () => {
    expect(storeOfA('{ kind: redis, sentinel: { name: main, addresses: [192.0.2.1, "192.0.2.2:26380"] } }')).to.have.deep.property(
      'place',
      {
        kind: 'sentinel',
        name: 'main',
        addresses: [{ host: '192.0.2.1' }, { host: '192.0.2.2', port: 26_380 }],
      },
    );
    expect(storeOfA('{ kind: redis, cluster: ["redis-1.example:7000"] }')).to.have.deep.property('place', {
      kind: 'cluster',
      addresses: [{ host: 'redis-1.example', port: 7_000 }],
    });
  });

  it('whose URL is none is one mistake and not two', () => {
    expect(problemsOf(file('{ kind: redis, url: "http://192.0.2.9" }')).match(/^\S+:\d+:\d+/gm)).to.have.length(1);
  });

  it('of one node stands for the cluster’s', () => {
    const other = ', store: { kind: redis, url: "redis://192.0.2.8:6379", password: other }';
    const { nodes } = read(file('{ kind: redis, url: "redis://192.0.2.9:6379", password: "${REDIS_PASSWORD}" }', '', other)).cluster;
    expect(nodes.map(({ store }) => store.kind === 'redis' && [store.password, store.place])).to.deep.equal([
      ['open sesame', { kind: 'server', host: '192.0.2.9', port: 6379, tls: false }],
      ['other', { kind: 'server', host: '192.0.2.8', port: 6379, tls: false }],
    ]);
  });

  for (const [what, text, ...words] of [
    ['no place', file('{ kind: redis }'), '4:10', 'redis needs one of url, sentinel, cluster, and 0 are written'],
    ['two places', file('{ kind: redis, url: "redis://192.0.2.9:1", cluster: [192.0.2.9] }'), '4:10', 'and 2 are written'],
    ['a port beyond all ports', file('{ kind: redis, url: "redis://192.0.2.9:99999" }'), '4:30', 'is not a URL'],
    ['a server of a Cluster with such a port', file('{ kind: redis, cluster: ["192.0.2.9:99999"] }'), '4:35', 'is not an address'],
    ['a wait of nothing', file('{ kind: redis, url: "redis://192.0.2.9:1", timeout: 0s }'), '4:62', '0s is not above zero'],
    ['a folder', file('{ kind: redis, url: "redis://192.0.2.9:1", path: x }'), '4:53', 'a store of kind redis has no path'],
    [
      'another kind beside it',
      file('{ kind: redis, url: "redis://192.0.2.9:1" }', '', ', store: { kind: memory }'),
      '7:',
      'cannot be mixed',
    ],
  ] as const)
    it(`redis with ${what} is an error in its place`, () => {
      for (const word of words) expect(problemsOf(text)).to.contain(word);
    });

  it('says nothing of a password in what it finds wrong', () => {
    expect(problemsOf(file('{ kind: redis, password: "${REDIS_PASSWORD}" }'))).not.to.contain('sesame');
  });
});

describe('the records of finished calls', () => {
  it('are in the store, or in a file', () => {
    expect(read(file('{}')).cdr).to.deep.equal({ kind: 'store' });
    expect(read(file('{}', 'cdr: store\n')).cdr).to.deep.equal({ kind: 'store' });
    expect(read(file('{}', 'cdr: { file: ./calls.jsonl }\n')).cdr).to.deep.equal({ kind: 'file', path: './calls.jsonl' });
  });

  it('are nowhere else', () => {
    expect(problemsOf(file('{}', 'cdr: here\n'))).to.contain('one of store');
    expect(problemsOf(file('{}', 'cdr: {}\n'))).to.contain('cdr.file is missing');
  });
});

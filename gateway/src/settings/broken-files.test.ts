// Broken files and what is said about each: every problem at once, with the line and column where it stands.
import { expect } from 'chai';
import { type Loaded, parseConfiguration } from './index.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ENVIRONMENT = { KEY, SHORT: 'c2hvcnQ=', ODD: 'not base64!' };
const MEGACO_ON_LAN = 'megaco+udp://192.0.2.1:2944';

/** A good file of one node; `more` stands behind it, from line 5 on. */
function one(more = '', listen = 'sip+udp://127.0.0.1:5060'): string {
  return `cluster:\n  domain: d.test\n  nodes:\n    a: { listen: ["${listen}"] }\n${more}`;
}

/** One gateway with two lines. */
const LINES = 'gateways: { g: { protocol: mgcp, address: 192.0.2.9, lines: ["aaln/[1-2]"] } }\n';

/** A good file of two nodes; node b is on line 6. */
function two(b = 'sip+udp://127.0.0.2:5060', keys = '[{ id: k, secret: "${KEY}" }]'): string {
  return `cluster:\n  domain: d.test\n  keys: ${keys}\n  nodes:\n    a: { listen: ["sip+udp://127.0.0.1:5060"] }\n    b: { listen: ["${b}"] }\n`;
}

/** A good file, but for how many nodes it has. */
function many(count: number): string {
  const nodes = Array.from({ length: count }, (_, at) => `    n${at}: { listen: ["sip+udp://127.0.0.${at + 1}:5060"] }\n`);
  return `cluster:\n  domain: d.test\n  keys: [{ id: k, secret: "\${KEY}" }]\n  nodes:\n${nodes.join('')}`;
}

const read = (text: string): Loaded => parseConfiguration(text, 'f', ENVIRONMENT);

function problemsOf(text: string): readonly string[] {
  const loaded = read(text);
  return loaded.ok ? [] : loaded.problems;
}

/** What is broken; the file; for each problem its place and a part of its text. */
const BROKEN: readonly (readonly [what: string, file: string, ...problems: readonly (readonly [place: string, says: string])[]])[] = [
  // --- YAML ---
  ['an empty file', '', ['1:1', 'empty']],
  ['a list instead of keys', '- a\n', ['1:1', 'not a mapping']],
  ['a tab in the indentation', 'cluster:\n\tdomain: d.test\n', ['2:1', 'tab']],
  ['a key written twice', one('log: { level: info, level: warn }\n'), ['5:21', 'twice']],
  ['an anchor that is nowhere', one('log: *nowhere\n'), ['1:1', 'nowhere']],
  // --- keys ---
  ['an unknown key at the top', one('sipp: {}\n'), ['5:1', 'did you mean sip?']],
  ['an unknown key further down', one('sip:\n  registar: {}\n'), ['6:3', 'sip.registar: unknown key; did you mean registrar?']],
  ['a key that every object has', one('__proto__: { a: 1 }\n'), ['5:1', 'unknown key']],
  ['no domain', 'cluster:\n  nodes:\n    a: { listen: ["sip+udp://127.0.0.1:5060"] }\n', ['1:1', 'cluster.domain is missing']],
  ['no node', 'cluster:\n  domain: d.test\n  nodes: {}\n', ['3:10', 'at least one node']],
  ['a node too many', many(17), ['5:5', 'a cluster has 16 nodes at most, and 17 are written']],
  ['a node name in capitals', one().replace(' a:', ' A:'), ['4:5', '"A" is not a node name']],
  ['a node that listens nowhere', one().replace('["sip+udp://127.0.0.1:5060"]', '[]'), ['4:18', 'at least one entry']],
  // --- value types ---
  ['a duration of another world', one('sip: { timers: { t1: 5 parsecs } }\n'), ['5:22', 'is not a duration']],
  ['a duration without a unit', one('sip: { timers: { t1: 500 } }\n'), ['5:22', 'is not a duration']],
  ['no time at all', one('pathAttribute: { expires: 0ms }\n'), ['5:27', 'not above zero']],
  ['a word that is none of the words', one('sip: { proxy: { mode: statefull } }\n'), ['5:23', 'one of stateful, stateless, redirect']],
  ['yes where true is meant', one('sip: { registrar: { authenticate: yes } }\n'), ['5:35', 'true, false or trusted']],
  ['more alternates than are carried', one('pathAttribute: { max: 9 }\n'), ['5:23', 'from 1 to 3']],
  ['a range with too many bits', one('trust: { peers: [10.0.0.0/8, 10.0.0.0/40] }\n'), ['5:30', 'trust.peers[1]']],
  ['a size in a unit of its own', one('limits: { messageSize: 64 kilos }\n'), ['5:24', 'is not a size']],
  ['a rule for bans that is none', one('limits: { bans: { after: lots } }\n'), ['5:26', 'is not a rule']],
  // --- listeners ---
  ['an unknown scheme', one('', 'sip+upd://127.0.0.1:5060'), ['4:19', 'is not a URL']],
  ['a listener without a port', one('', 'sip+udp://127.0.0.1'), ['4:19', 'is not a URL']],
  ['a port that does not exist', one('', 'sip+udp://127.0.0.1:70000'), ['4:19', 'port from 1 to 65535']],
  ['a listener with a name', one('', 'sip+udp://localhost:5060'), ['4:19', 'needs an address']],
  ['every address, and no word which', one('', 'sip+udp://0.0.0.0:5060'), ['4:19', 'advertise']],
  ['one address for two nodes', two('sip+udp://127.0.0.1:5060'), ['6:19', 'is taken by']],
  ['two ports behind one sent-by', two('sip+udp://127.0.0.2:5070'), ['6:19', "differs from node a's 5060"]],
  // --- keys of the cluster ---
  ['two nodes without a key', two().replace(/ {2}keys.*\n/, ''), ['1:1', 'cluster.keys']],
  ['a variable that is not set', two(undefined, '[{ id: k, secret: "${NOWHERE}" }]'), ['3:27', 'NOWHERE is not set']],
  ['a file that is not there', two(undefined, '[{ id: k, secret: file:/no/such/file }]'), ['3:27', '/no/such/file']],
  ['a short secret', two(undefined, '[{ id: k, secret: "${SHORT}" }]'), ['3:27', 'at least 32']],
  ['a secret that is no base64', two(undefined, '[{ id: k, secret: "${ODD}" }]'), ['3:27', 'not base64']],
  ['one id for two keys', two(undefined, '[{ id: k, secret: "${KEY}" }, { id: k, secret: "${KEY}" }]'), ['3:45', 'used twice']],
  ['no key that signs', two(undefined, '[{ id: k, secret: "${KEY}", verifyOnly: true }]'), ['3:9', 'must sign']],
  // --- admin and stores ---
  [
    'an admin door where a listener is',
    one('', 'sip+tcp://127.0.0.1:8080').replace(' }', ', admin: "http://127.0.0.1:8080" }'),
    ['4:55', 'is taken by'],
  ],
  [
    'one folder for two nodes',
    two().replaceAll(' a: {', ' a: { store: { kind: lmdb, path: ./d },').replace(' b: {', ' b: { store: { kind: lmdb, path: d },'),
    ['6:17', 'each node needs its own'],
  ],
  ['an open admin door', one().replace(' }', ', admin: "http://192.0.2.1:8080" }'), ['4:55', 'needs a token']],
  ['a key of another kind of store', one().replace(' }', ', store: { kind: memory, path: x } }'), ['4:71', 'has no path']],
  ['redis without a place', one().replace(' }', ', store: { kind: redis } }'), ['4:55', 'one of url, sentinel, cluster']],
  // --- what must fit together ---
  ['expiries upside down', one('sip: { registrar: { minExpires: 2h, maxExpires: 1h } }\n'), ['5:49', 'less than minExpires']],
  ['an MGCP gateway that is nowhere', one('gateways: { g: { protocol: mgcp } }\n'), ['5:13', 'needs its address']],
  [
    'a gateway of an unknown node',
    one('gateways: { g: { protocol: mgcp, address: 192.0.2.9, nodes: [c] } }\n'),
    ['5:62', 'there is no node c'],
  ],
  [
    'a MEGACO gateway that may come from anywhere',
    one('gateways: { g: { protocol: megaco } }\n', MEGACO_ON_LAN),
    ['5:13', 'needs its address or a key'],
  ],
  [
    'a key that can be guessed',
    one('gateways: { g: { protocol: megaco, key: "0xc0ffee" } }\n', MEGACO_ON_LAN),
    ['5:41', '3 bytes, and at least 16'],
  ],
  ['an mId that nobody can write', one('gateways: { g: { protocol: megaco, mid: "[mg1]" } }\n'), ['5:41', 'is no mId']],
  ['a name that cannot be an mId, and none', one('gateways: { "g 1": { protocol: megaco } }\n'), ['5:13', 'is no mId']],
  [
    'one address in two spellings',
    one('gateways: { g: { protocol: megaco, mid: "[2001:db8::1]:2944" }, h: { protocol: megaco, mid: "[2001:DB8:0::1]:2944" } }\n'),
    ['5:93', "gateway g's, too"],
  ],
  [
    'one mId for two gateways',
    one('gateways: { g: { protocol: megaco }, h: { protocol: megaco, mid: G } }\n'),
    ['5:66', "gateway g's, too"],
  ],
  [
    'a transport that no node listens on',
    one('gateways: { g: { protocol: megaco, transport: tcp } }\n', MEGACO_ON_LAN).replace(MEGACO_ON_LAN, 'megaco+udp://127.0.0.1:2944'),
    ['5:47', 'listens for MEGACO over tcp'],
  ],
  [
    'octets that are no pattern',
    one('gateways: { g: { protocol: megaco, terminations: { "line/{n}": "0000{m:02x}", "rtp/{n}": "012" } } }\n'),
    ['5:64', 'not the same fields'],
    ['5:90', 'whole octets'],
  ],
  [
    'a line without octets on a gateway that speaks binary',
    one('gateways: { g: { protocol: megaco, encoding: binary, lines: [aaln/1] } }\n'),
    ['5:13', 'no pattern gives octets to aaln/1'],
  ],
  [
    'a range of lines that runs backward',
    one('gateways: { g: { protocol: mgcp, address: 192.0.2.9, lines: ["aaln/[3-1]"] } }\n'),
    ['5:62', 'neither a line'],
  ],
  ['a number that leads to no gateway', one('numbers: { "1": aaln/1@g }\n'), ['5:17', 'there is no gateway g']],
  ['a number that leads nowhere', one('numbers: { "1": nowhere }\n'), ['5:17', 'is no target']],
  ['a number with options and no target', one('numbers: { "1x": { strip: 1 } }\n'), ['5:12', 'to is missing']],
  ['a forbidden emergency number', one('numbers: { "112": { forbid: true, emergency: true } }\n'), ['5:29', 'cannot be forbidden']],
  ['a prefix of letters', one('numbers: { "0.": { to: registrar, strip: 1, prefix: +49a } }\n'), ['5:53', 'more than digits']],
  ['a caller id of letters', one('numbers: { "1": { to: registrar, callerId: me } }\n'), ['5:44', 'neither a number nor anonymous']],
  ['a number of which nothing is left', one('numbers: { "11": { to: registrar, strip: 2 } }\n'), ['5:42', 'nothing is left of 11']],
  ['a number of no group', one('groups: { g: { targets: [{ uri: "sip:x" }] } }\nnumbers: { "1": group:h }\n'), ['6:17', 'did you mean g?']],
  ['a group target that is no SIP URI', one('groups: { g: { targets: [{ uri: "tel:1" }] } }\n'), ['5:33', 'not a SIP URI']],
  [
    'forwards that lead nowhere, or in a circle',
    one(
      `${LINES}numbers: { "1": aaln/1@g }\nlines: { aaln/1@g: { forward: { always: "2", busy: "1", noAnswer: aaln/1@g } }, aaln/2@g: { forward: { busy: aaln/3@g } } }\n`,
    ),
    ['7:41', '2 is none of the numbers'],
    ['7:52', '1 is the number of this very line'],
    ['7:67', 'cannot be forwarded to itself'],
    ['7:110', 'there is no line aaln/3'],
  ],
  [
    'telephones that shall play music and mix',
    one(`${LINES}numbers: { "2": aaln/2@g }\nlines: { aaln/1@g: { threeWay: "2", hold: aaln/2@g } }\n`),
    ['7:32', '2 leads to a line'],
    ['7:43', 'aaln/2@g is a line'],
  ],
  ['short numbers of a line without a number', one(`${LINES}lines: { aaln/1@g: { extensionDigits: 2 } }\n`), ['6:39', 'has no number']],
  [
    'short numbers that are not shorter',
    one(`${LINES}numbers: { "12": aaln/1@g }\nlines: { aaln/1@g: { extensionDigits: 2 } }\n`),
    ['7:39', 'no more than 2 digits'],
  ],
  [
    'a trunk in binary without octets',
    one('gateways: { g: { protocol: megaco, encoding: binary, trunks: [ds/1/1] } }\n'),
    ['5:13', 'no pattern gives octets to ds/1/1'],
  ],
  ['a trunk that is a line', one(LINES.replace(' }', ', trunks: ["aaln/[2-3]"] }')), ['5:85', 'aaln/2 is one of its lines']],
  ['a bridge of a gateway without one', one('gateways: { g: { protocol: megaco, bridge: x/* } }\n'), ['5:36', 'contexts and no bridge']],
  ['a bridge that names too much', one(LINES.replace(' }', ', bridge: "*/*" }')), ['5:85', 'names no endpoints']],
  ['an anchor that is no gateway', one(`sip: { anchor: h }\n${LINES}`), ['5:16', 'there is no gateway h']],
  ['an anchor without a bridge', one(`sip: { anchor: g }\n${LINES}`), ['5:16', 'gateway g has no bridge']],
  [
    'an anchor that a node with telephones does not control',
    one(`sip: { anchor: g }\n${LINES.replace(' }', ', bridge: rtpbridge/* }')}`),
    ['5:16', 'node a takes SIP calls and does not control gateway g'],
  ],
  ['an anchor of another protocol', one('sip: { anchor: g }\ngateways: { g: { protocol: megaco } }\n'), ['5:16', 'speaks megaco']],
  ['a route with neither end', one('routes: [{ match: {} }]\n'), ['5:10', 'either to or reject']],
  [
    'a route with both ends',
    one('groups: { g: { targets: [{ uri: "sip:x" }] } }\nroutes: [{ match: {}, to: g, reject: 404 }]\n'),
    ['6:10', 'either to or reject'],
  ],
  ['a timer above its document', one('mgcp: { tMax: 30s }\nmegaco: { longTimer: 2m }\n'), ['5:15', '20s'], ['6:22', '30s']],
  ['a count above its document', one('mgcp: { max1: 6 }\n'), ['5:15', 'from 1 to 5']],
  ['a number without quotes', one('numbers: { 0012: registrar }\n'), ['5:12', 'write "0012"']],
  // --- together ---
  [
    'three faults in three places',
    one('sip: { timers: { t1: soon } }\ntrust: { peers: [everybody] }\nlog: { level: loud }\n'),
    ['5:22', 'sip.timers.t1'],
    ['6:18', 'trust.peers[0]'],
    ['7:15', 'log.level'],
  ],
  [
    'a fault of shape and one of meaning',
    two('sip+udp://127.0.0.2:5070').replace('d.test', '"d test"'),
    ['2:11', 'cluster.domain'],
    ['6:19', 'differs'],
  ],
];

describe('a broken configuration', () => {
  it('the files that the table breaks are good before', () => {
    expect(problemsOf(one())).to.deep.equal([]);
    expect(problemsOf(two())).to.deep.equal([]);
  });

  for (const [what, file, ...expected] of BROKEN) {
    it(`${what} is told with its place, and nothing else is`, () => {
      const problems = problemsOf(file);
      expect(problems.map((line) => /^f:(\d+:\d+): /.exec(line)?.[1])).to.deep.equal(expected.map(([place]) => place));
      expected.forEach(([, says], at) => expect(problems[at]).to.contain(says));
    });
  }

  it('names that look like numbers keep the order of the file', () => {
    const loaded = read(two().replace(' a:', ' "2":').replace(' b:', ' "1":'));
    expect(loaded.ok && loaded.configuration.cluster.nodes.map(({ name }) => name)).to.deep.equal(['2', '1']);
  });

  for (const [what, file, secret] of [
    ['that is too short', two(undefined, '[{ id: k, secret: "${SHORT}" }]'), 'c2hvcnQ'],
    ['without quotes', two(undefined, '[{ id: k, secret: 12345678 }]'), '12345678'],
    [
      'in a URL',
      one('', 'sip+udp://127.0.0.1:5060').replace(' }', ', store: { kind: redis, url: "redis://me:hush@127.0.0.1:1" } }'),
      'hush',
    ],
  ] as const) {
    it(`a secret ${what} is told and not shown`, () => {
      const problems = problemsOf(file);
      expect(problems).to.not.deep.equal([]);
      expect(problems.join()).not.to.contain(secret);
    });
  }
});

describe('a good configuration', () => {
  const notesOf = (text: string): readonly string[] => {
    const loaded = read(text);
    return loaded.ok ? loaded.notes.map((note) => note.text) : loaded.problems;
  };

  it('says what is accepted and has no effect yet', () => {
    const more =
      'sip: { users: { alice: { password: x } } }\ngroups: { g: { targets: [{ uri: "sip:x" }], pick: weighted, probe: 30s }, h: { targets: [{ uri: "sip:x" }], pick: ordered, probe: off } }\n';
    const told = ['sip.users', 'groups.g.pick', 'groups.g.probe'].map((key) => `${key}: not built yet`);
    expect(notesOf(one(more))).to.have.members(told);
  });

  it('says nothing about what has its effect', () => {
    expect(notesOf(one('sip: { proxy: { recordRoute: false, maxForwards: 10, maxBreadth: 5 } }\n'))).to.deep.equal([]);
    const more =
      'groups: { g: { targets: [{ uri: "sip:x" }] } }\nnumbers: { "0": "sip:x@y", "1": registrar, "2x": { to: [group:g, registrar], strip: 1, prefix: "9", callerId: anonymous }, "3": { forbid: true }, "110": { to: aaln/1@g, emergency: true } }\ngateways: { g: { protocol: mgcp, address: 192.0.2.9, maxCalls: 3, lines: [aaln/1] } }\nlines: { aaln/1@g: { number: "1234", forward: { always: "0" }, doNotDisturb: true, extensionDigits: 2, callWaiting: true, threeWay: "sip:room-{call}@mixer.example", hold: "0" } }\n';
    expect(notesOf(one(more))).to.deep.equal([]);
  });

  it('takes a route that refuses, and a trunk as the target of a number', () => {
    const more =
      'routes: [{ match: { method: MESSAGE }, reject: 405 }]\ngateways: { g: { protocol: mgcp, address: 192.0.2.9, trunks: ["ds/[1-2]"] } }\nnumbers: { "1": ds/2@g }\n';
    expect(read(one(more)).ok).to.equal(true);
  });

  it('takes a MEGACO gateway by its key, or by the key of all', () => {
    const secret = 'sixteen letters!';
    for (const more of [
      `gateways: { g: { protocol: megaco, key: "${secret}" } }\n`,
      `megaco: { auth: "${secret}" }\ngateways: { g: { protocol: megaco } }\n`,
      `gateways: { g: { protocol: megaco, key: "0x${Buffer.from(secret).toString('hex')}" } }\n`,
    ]) {
      const loaded = read(one(more, MEGACO_ON_LAN));
      if (!loaded.ok) throw new Error(loaded.problems.join());
      const { gateways, megaco } = loaded.configuration;
      expect((gateways[0]?.key ?? megaco.auth)?.toString()).to.equal(secret);
      expect(loaded.notes).to.deep.equal([]);
    }
  });

  it('gives each node a folder of its own in the one that is written for all', () => {
    const loaded = read(two().replace('  keys', '  store: { kind: lmdb, path: ./var }\n  keys'));
    const stores = loaded.ok ? loaded.configuration.cluster.nodes.map(({ store }) => store) : [];
    expect(stores.map((store) => store.kind === 'lmdb' && store.path)).to.deep.equal(['var/a', 'var/b']);
  });
});

// The configuration's grammar: every key, its type, its default and its meaning in one place. The file is checked with
// it, and docs/altpath.schema.json is the same written as JSON.
import { DEFAULT_TERMINATIONS } from '@altpath/megaco';
import {
  ADDRESS,
  amount,
  ANY_TEXT,
  count,
  DNS_NAME,
  DURATION_OR_OFF,
  DURATION_TEXT,
  FILE_PATH,
  key,
  list,
  map,
  NAME,
  NODE_NAME,
  NODE_NAME_PATTERN,
  object,
  oneOf,
  oneOrMore,
  pending,
  RANGE,
  type Schema,
  SECRET,
  SIZE,
  SWITCH,
  SWITCH_OR_TEXT,
  textOr,
  url,
} from './schema-parts.js';

const LISTEN_SCHEMES = 'sip\\+(?:udp|tcp|tls|ws|wss)|mgcp\\+udp|megaco\\+(?:udp|tcp)|megaco-binary\\+(?:udp|tcp)';
const LISTEN_URL = url(LISTEN_SCHEMES, 'sip+udp://192.0.2.7:5060');
const ADMIN_URL = url('http', 'http://127.0.0.1:8080');
const ADMIN_URL_OR_OFF = {
  ...ADMIN_URL,
  pattern: `^off$|${String(ADMIN_URL['pattern'])}`,
  'x-expects': 'a URL such as http://127.0.0.1:8080, or off',
};
const REDIS_URL = url('rediss?', 'redis://127.0.0.1:6379');
const ADDRESS_OR_RANGE = {
  ...ADDRESS,
  pattern: `${String(ADDRESS['pattern'])}|${String(RANGE['pattern'])}`,
  'x-expects': 'an address such as 192.0.2.7:2427 or a range such as 10.0.0.0/8',
};
const KEY_ID = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,32}$', 'x-expects': 'a key id of 1 to 32 letters, digits, _ and -' };
const RATE = { type: ['integer', 'string'], minimum: 1, pattern: '^[1-9]\\d*(?:/s)?$', 'x-expects': 'a rate such as 200/s' };
const BAN_RULE = {
  type: 'string',
  pattern: '^\\d+ bad in (?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$',
  'x-expects': 'a rule such as 50 bad in 10s',
};

const TLS = object({
  cert: FILE_PATH,
  key: FILE_PATH,
  ca: FILE_PATH,
  verifyClient: SWITCH,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  names: key(map(object({ 'cert!': FILE_PATH, 'key!': FILE_PATH })), 'Certificates by the name that is asked for (SNI).'),
});

const STORE = object({
  kind: key(
    oneOf('lmdb', 'memory', 'redis'),
    'Where registrations, calls and records of finished calls are kept. redis: one store for all nodes.',
    'lmdb',
  ),
  path: key(FILE_PATH, 'lmdb: the folder, relative to the working directory.', './data/NODE'),
  sync: key(oneOf('batched', 'always'), 'always: on disk, or answered by redis, before the 200.', 'batched'),
  batch: key(DURATION_TEXT, 'The write-behind interval.', '20ms'),
  url: key(REDIS_URL, 'redis: one server. rediss: with TLS.'),
  sentinel: key(object({ 'name!': ANY_TEXT, 'addresses!': list(ADDRESS, 1) }), 'redis: found through Sentinel.'),
  cluster: key(list(ADDRESS, 1), 'redis: a Redis Cluster.'),
  password: key(SECRET, 'redis: its password.'),
  timeout: key(DURATION_TEXT, 'redis: longest wait for an answer.', '200ms'),
});

const LISTEN = textOr(
  LISTEN_URL,
  object({
    'url!': key(LISTEN_URL, 'Binds exactly this address.'),
    advertise: key(ADDRESS, 'What is written into messages and path attributes; required for 0.0.0.0 and ::.'),
    tls: pending('sip', key(TLS, 'As sip.tls, for this listener.')),
  }),
);

const NODE = object({
  'listen!': key(list(LISTEN, 1), 'Where the node listens; by the first of a kind it is known.'),
  admin: key(
    textOr(ADMIN_URL_OR_OFF, object({ 'url!': ADMIN_URL, token: key(SECRET, 'Required off loopback.') })),
    'The admin API. Default: port 8080 on the host of the first listener if that is loopback, else http://127.0.0.1:8080.',
  ),
  store: key(STORE, "Replaces the cluster's store whole for this node."),
  workers: pending('speed', key(count(1, 64), 'Processes on one socket.', 1)),
});

const CLUSTER = object({
  'domain!': key(NAME, 'The SIP domain this cluster serves.'),
  sipName: key(DNS_NAME, 'Name in Via sent-by and Record-Route; its SRV and A records list the nodes.'),
  keys: key(
    list(
      object({
        'id!': KEY_ID,
        'secret!': key(SECRET, 'Base64 of at least 32 bytes.'),
        verifyOnly: key(SWITCH, 'Retired: it signs nothing new.', false),
      }),
    ),
    'The first signs, all verify. Required as soon as there are two nodes.',
  ),
  branchKey: key(SECRET, 'Keys the derived branch; base64 of at least 32 bytes. Default: derived from the last key.'),
  floating: pending('survivability', key(ADDRESS, 'An address that a node may come to own.')),
  'nodes!': key(
    map(NODE, {
      minProperties: 1,
      propertyNames: { pattern: NODE_NAME_PATTERN, 'x-expects': 'a node name of a-z, 0-9 and -' },
      'x-expects': 'a mapping with at least one node',
    }),
    'By name, in the order in which they stand in for each other.',
  ),
  store: key(STORE, 'For all nodes that have none of their own.'),
  heartbeat: key(DURATION_OR_OFF, 'Between nodes; five missed ones are suspicion.', '100ms'),
  joining: key(DURATION_TEXT, "Longest time a starting node waits for its peers' tables.", '5s'),
  drain: key(DURATION_TEXT, 'Longest drain after SIGTERM.', '10m'),
  engine: pending('speed', key(oneOf('auto', 'native', 'dgram'), 'The UDP engine.', 'auto')),
});

const PATH_ATTRIBUTE = object({
  carrier: key(oneOf('parameter', 'header'), 'SIP: a parameter, or the header AlternatePath.', 'parameter'),
  max: key(count(1, 3), 'Alternates written.', 3),
  hedge: key(amount(0), 'Silence in T1 before an alternate is tried.', 1),
  guard: key(amount(0), 'The same for an INVITE with only a 100.', 6),
  expires: key(DURATION_TEXT, 'Life of a Via token.', '24h'),
  downFor: key(DURATION_TEXT, 'How long an address stays "tried last".', '60s'),
});

const TRUST = object({
  peers: key(list(RANGE), 'One group whose neighbours and alternates are these ranges.', []),
  groups: pending(
    'survivability',
    key(
      map(object({ neighbours: list(RANGE), alternates: list(ANY_TEXT) })),
      'Neighbours whose alternates are used inside these ranges or names.',
    ),
  ),
});

const REGISTRAR = object({
  domains: key(list(NAME, 1), 'Default: cluster.domain.'),
  authenticate: key(
    { enum: [true, false, 'trusted'], 'x-expects': 'true, false or trusted' },
    'trusted: all but trust.peers. Default: true where sip.users is given, else false.',
  ),
  minExpires: key(DURATION_TEXT, '423 below it.', '60s'),
  defaultExpires: key(DURATION_TEXT, 'For a REGISTER that names none.', '1h'),
  maxExpires: key(DURATION_TEXT, 'Longer wishes are cut to it.', '2h'),
  maxContacts: key(count(1), 'For one address of record.', 10),
  gruu: pending('sip', key(SWITCH, 'RFC 5627.', true)),
  outbound: pending('sip', key(SWITCH, 'RFC 5626.', true)),
  natPing: pending('sip', key(DURATION_OR_OFF, 'Keepalive pings.', 'off')),
  multicast: pending('sip', key(SWITCH, '224.0.1.75.', false)),
  thirdParty: pending('sip', key(oneOf('off', 'same-domain'), 'REGISTER whose From is not its To.', 'off')),
});

const PROXY = object({
  mode: key(oneOf('stateful', 'stateless', 'redirect'), 'How requests are passed on.', 'stateful'),
  fork: key(oneOf('parallel', 'serial'), 'serial: by q.', 'parallel'),
  serialTimeout: key(DURATION_TEXT, 'How long a serial fork rings.', '20s'),
  trying: key(oneOf('downstream', 'immediate'), 'When 100 goes out over UDP.', 'downstream'),
  relay: key(oneOf('trusted', 'anyone', 'none'), 'Who may send requests for foreign domains through us.', 'trusted'),
  recordRoute: key(SWITCH, 'Stay in the way of a dialog.', true),
  recurse: pending('sip', key(SWITCH, 'Follow 3xx.', false)),
  topologyHiding: pending('sip', key(SWITCH, 'Hide where a call came from.', false)),
  maxForwards: key(count(1, 255), 'Written where it is missing.', 70),
  maxBreadth: key(count(1), 'RFC 5393.', 60),
});

const SIP = object({
  timers: key(
    object({ t1: DURATION_TEXT, t2: DURATION_TEXT, t4: DURATION_TEXT, c: DURATION_TEXT }),
    '500ms, 8 T1, 10 T1, 180s; all others derive.',
  ),
  registrar: REGISTRAR,
  users: pending(
    'sip',
    key(
      map(textOr(ANY_TEXT, object({ password: SECRET, ha1: SECRET, ha1Sha256: SECRET }))),
      'Users, or where they are: { htdigest: PATH }, { redis: URL }.',
    ),
  ),
  auth: pending(
    'sip',
    object({
      realm: ANY_TEXT,
      algorithms: list(oneOf('MD5', 'SHA-256', 'SHA-512-256')),
      qop: list(oneOf('auth', 'auth-int')),
      nonceLife: DURATION_TEXT,
      invite: SWITCH,
    }),
  ),
  proxy: PROXY,
  anchor: key(ANY_TEXT, 'An MGCP gateway with a bridge: every SIP call becomes a controller call, and its media goes through there.'),
  privacy: pending('sip', object({ assertedIdentityTrust: key(list(RANGE), 'RFC 3325.') })),
  tls: pending('sip', key(TLS, 'For sip+tls and sip+wss.')),
});

const GATEWAY = object({
  'protocol!': oneOf('mgcp', 'megaco'),
  address: key(oneOrMore(ADDRESS_OR_RANGE), 'Where it is, and the only source it is obeyed from.'),
  key: key(SECRET, 'MEGACO: what its Authentication header signs with is believed from anywhere. 16 bytes at least; 0x and hex, or text.'),
  nodes: key(list(NODE_NAME, 1), 'Its home node first, then who follows. Default: the order of cluster.nodes.'),
  notifiedEntity: key(ANY_TEXT, "Name written into N: instead of the node's own address."),
  alternates: key(oneOf('list', 'name', 'none'), 'What it can do when its controller dies.', 'list'),
  domain: key(ANY_TEXT, 'MGCP endpoint domain. Default: its name here.'),
  mid: key(ANY_TEXT, 'MEGACO mId as it writes it. Default: its name here.'),
  lines: key(list(ANY_TEXT), 'Analog lines: local names, or ranges such as aaln/[1-24].', []),
  trunks: key(list(ANY_TEXT), 'Channels to other networks, which need no signaling: who calls one is through at once.', []),
  bridge: key(ANY_TEXT, 'MGCP: endpoints that anchor media, rtpbridge/*, or one by its name.'),
  encoding: key(oneOf('text', 'binary'), 'MEGACO. Default: as its messages come.'),
  version: key(count(1, 3), 'MEGACO: the highest version that is agreed to. Default: the highest that both know.'),
  transport: key(oneOf('udp', 'tcp'), 'MEGACO. Default: as its messages come.'),
  terminations: key(map(ANY_TEXT), 'MEGACO: the octets of its termination ids in BER, in hex, by pattern.', DEFAULT_TERMINATIONS),
  digitMap: key(ANY_TEXT, 'Sent as it stands. Default: made of numbers.'),
  red: key(oneOf('auto', 'yes', 'no'), 'RFC 3991; auto: asked.', 'auto'),
  heartbeat: key(DURATION_OR_OFF, 'How often a silence between it and us is broken: AUEP for MGCP, it/ito for MEGACO.', '30s'),
  maxCalls: key(count(1), 'Calls of its lines at the same time; one more is busy. Default: as many as it has.'),
});

const NUMBER_DETAIL = object({
  to: key(oneOrMore(ANY_TEXT), 'A target, or several that are tried in order.'),
  strip: key(count(0), 'Digits cut from the front before it goes to a target that is no line.', 0),
  prefix: key(ANY_TEXT, 'Put in front of what is left.'),
  callerId: key(ANY_TEXT, "Shown instead of the caller's number; anonymous: nothing is."),
  forbid: key(SWITCH, 'Nobody may call it.', false),
  emergency: key(SWITCH, 'No limit, drain or feature stands in its way.', false),
});
const NUMBER: Schema = { if: { type: 'array' }, then: list(ANY_TEXT, 1), else: textOr(ANY_TEXT, NUMBER_DETAIL) };

const LINE = object({
  number: key(ANY_TEXT, 'Shown to whom it calls. Default: its key in numbers.'),
  name: key(ANY_TEXT, 'Shown beside the number.'),
  callWaiting: key(SWITCH, 'A second call is heard by who talks; a flash goes to it, and back.', false),
  threeWay: key(
    SWITCH_OR_TEXT,
    'A flash while talking gives dial tone for a third; further ones go from one to the other, or bring all three together where a mixer is named: a number or a target that speaks SIP, {call} in it is what no other conference has.',
    false,
  ),
  forward: key(
    object({ always: ANY_TEXT, busy: ANY_TEXT, noAnswer: ANY_TEXT }),
    'Where its calls go instead: numbers, or targets as `numbers` has them. noAnswer: after 20 s of ringing.',
  ),
  doNotDisturb: key(SWITCH, 'It is busy for everybody but emergency calls.', false),
  extensionDigits: key(count(1, 10), 'How many digits it dials to call lines whose numbers differ from its own in these last digits only.'),
  hold: key(
    SWITCH_OR_TEXT,
    'Who plays music for whom the line puts on hold: a number, or a target that speaks SIP or is a trunk. Else it is silent.',
    false,
  ),
});

const LIMITS = object({
  perSource: pending('sip', object({ requests: RATE, transactions: count(1), connections: count(1) })),
  exempt: key(list(RANGE), 'No rate limit and no ban. Default: nodes, gateways, trust.'),
  messageSize: key(SIZE, 'Larger messages are refused.', '64KiB'),
  headers: key(count(1), 'More headers are refused.', 200),
  bans: key(textOr(oneOf('off'), object({ after: BAN_RULE, for: DURATION_TEXT })), 'When a source is not listened to for a while.', {
    after: '50 bad in 10s',
    for: '10m',
  }),
  userAgents: key(list(ANY_TEXT), 'User-Agent texts whose requests are dropped.', []),
});

const ROUTE = object({
  match: object({ uri: ANY_TEXT, from: ANY_TEXT, source: ANY_TEXT, method: ANY_TEXT }),
  to: key(ANY_TEXT, 'A group.'),
  reject: key(count(300, 699), 'The status that it is answered with, instead of `to`.'),
});

const GROUP = object({
  'targets!': list(object({ 'uri!': ANY_TEXT, weight: count(0) }), 1),
  pick: key(oneOf('ordered', 'weighted', 'hash-call-id', 'hash-from', 'least-calls'), 'Which target first.', 'ordered'),
  probe: key(DURATION_OR_OFF, 'How often targets are asked whether they live.', 'off'),
});

const MGCP = object({
  rto: DURATION_TEXT,
  rtoMax: DURATION_TEXT,
  max1: count(1, 5),
  max2: count(1, 7),
  tMax: DURATION_TEXT,
  tHist: DURATION_TEXT,
  mwd: DURATION_TEXT,
});
const MEGACO = object({
  rto: DURATION_TEXT,
  rtoMax: DURATION_TEXT,
  tMax: DURATION_TEXT,
  longTimer: DURATION_TEXT,
  auth: key(SECRET, 'Key of the Authentication header of gateways without a key of their own.'),
});

/** The whole file. */
export const SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Altpath',
  description: 'One file serves every node of a cluster. A key with x-pending is accepted and said to be not built yet.',
  ...object({
    'cluster!': CLUSTER,
    pathAttribute: PATH_ATTRIBUTE,
    trust: TRUST,
    sip: SIP,
    dns: pending('sip', object({ servers: list(ADDRESS), cacheMax: count(1), timeout: DURATION_TEXT })),
    routes: pending('sip', list(ROUTE)),
    groups: key(map(GROUP), 'SIP targets that stand in for each other, for numbers and routes.'),
    gateways: key(map(GATEWAY), 'Media gateways under this controller, by name.'),
    numbers: key(map(NUMBER), 'What was dialled, and where it rings.'),
    lines: key(map(LINE), 'What is to be said of a line, by LINE@GATEWAY.'),
    mgcp: key(MGCP, 'Timers and counters of RFC 3435; shorter for tests, never longer.'),
    megaco: key(MEGACO, 'Timers of RFC 3525 annex D; shorter for tests, never longer.'),
    limits: LIMITS,
    log: object({
      level: key(oneOf('debug', 'info', 'warn', 'error'), 'The least that is written.', 'info'),
      format: key(oneOf('text', 'json'), 'One event, one line.', 'text'),
      file: key(FILE_PATH, 'Default: stderr.'),
    }),
    cdr: key(
      textOr(oneOf('store'), object({ 'file!': key(FILE_PATH, 'A line of JSON for each call; it may be renamed at any time.') })),
      'Where records of finished calls go.',
      'store',
    ),
  }),
};

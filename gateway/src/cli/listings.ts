// What a running node is asked for: `status`, `registrations`, `peers`, `gateways`, `calls`, `ladder` and `drain`.
import type { StoreState } from '@altpath/core';
import type { GatewayView, ListenerView, PeerStatus, RegistrationPage } from '../admin/index.js';
import { ask, ASKING, ASKING_USAGE, field, listOf, type Target, targetOf, textOf, words } from './ask.js';
import { showCalls, showEnded } from './call-listings.js';
import { type Command, DONE, readOptions, type Surroundings, USAGE, type Values } from './command.js';
import { plain, sheet, span, table } from './table.js';

/** What one listing asks and how it is shown. */
interface Listing {
  readonly name: string;
  readonly summary: string;
  /** Behind `usage: altpath NAME`. */
  readonly takes: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>;
  readonly positionals?: readonly string[];
  readonly method?: 'GET' | 'POST';
  path(values: Values, rest: readonly string[]): string;
  show(body: unknown, now: number): string;
}

const PAGING = { limit: { type: 'string' }, offset: { type: 'string' } } as const;

function query(values: Values, names: readonly string[]): string {
  const given = new URLSearchParams();
  for (const name of names) {
    const value = textOf(values[name]);
    if (value !== undefined) given.set(name, value);
  }
  return given.size === 0 ? '' : `?${given.toString()}`;
}

const LISTINGS: readonly Listing[] = [
  {
    name: 'status',
    summary: 'how a running node is',
    takes: '[options]',
    about: 'State, listeners, registrations, transactions, peers, and what was refused, dropped or taken over.',
    path: () => '/api/v1/status',
    show: showStatus,
  },
  {
    name: 'registrations',
    summary: 'who is registered, and where',
    takes: '[options]',
    about: 'Registered users with their contacts.',
    options: { ...PAGING, aor: { type: 'string' } },
    path: (values) => `/api/v1/registrations${query(values, ['limit', 'offset', 'aor'])}`,
    show: showRegistrations,
  },
  {
    name: 'peers',
    summary: "the cluster's other nodes, as this one sees them",
    takes: '[options]',
    about: 'The other nodes: up, joining, suspect, down or draining, and when they were heard last.',
    path: () => '/api/v1/peers',
    show: showPeers,
  },
  {
    name: 'gateways',
    summary: 'media gateways, and which node holds each',
    takes: '[options]',
    about: 'The gateways of the file: who holds them, and what was agreed with those that are here.',
    path: () => '/api/v1/gateways',
    show: showGateways,
  },
  {
    name: 'calls',
    summary: 'calls that this node holds, or that have ended',
    takes: '[options]',
    about: 'Calls of the controller with their legs, and SIP calls that are being set up; or the records of finished calls.',
    options: { limit: PAGING.limit, ended: { type: 'boolean' } },
    path: (values) => `/api/v1/calls${values['ended'] === true ? '/ended' : ''}${query(values, ['limit'])}`,
    show: (body, now) => (field(body, 'ended') === undefined ? showCalls(body, now) : showEnded(body, now)),
  },
  {
    name: 'ladder',
    summary: 'a call drawn message by message',
    takes: 'CALL-ID [options]',
    about: `What this node still knows of a call's messages: who sent what to whom, and why it went that way. CALL-ID is the
call's, as \`calls\` lists it, or the Call-ID of a SIP leg: either shows all of the call, whatever its legs speak. The
name of a line shows what it said while it was in no call.`,
    positionals: ['CALL-ID'],
    path: (_values, [call = '']) => `/api/v1/ladder?call=${encodeURIComponent(call)}`,
    show: (body) =>
      `${(textOf(field(body, 'text')) ?? '')
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '' : plain(line)))
        .join('\n')}\n`,
  },
  {
    name: 'drain',
    summary: 'let a node end its calls and take no new ones',
    takes: '[options]',
    about: 'No new calls; calls in progress go on.',
    method: 'POST',
    path: () => '/api/v1/drain',
    show: (body) => `${textOf(field(body, 'state')) ?? 'draining'}\n`,
  },
];

const EXTRA_USAGE: Readonly<Record<string, string>> = {
  limit: '  --limit N           how many; default 100\n',
  offset: '  --offset N          from which on; default 0\n',
  ended: '  --ended             records of finished calls, the newest first\n',
  aor: '  --aor USER          this user only: alice, or sip:alice@example.org\n',
};

export const ASKING_COMMANDS: readonly Command[] = LISTINGS.map(commandOf);

function commandOf(listing: Listing): Command {
  const { name, summary, takes, about, options = {}, positionals = [], method = 'GET' } = listing;
  const extra = Object.keys(options)
    .map((option) => EXTRA_USAGE[option] ?? '')
    .join('');
  const usage = `usage: altpath ${name} ${takes}\n\n${about}\n\n${extra}${ASKING_USAGE}`;
  return {
    name,
    summary,
    usage,
    async run(argv, surroundings) {
      const read = readOptions({ name, usage }, argv, { ...ASKING, ...options }, surroundings, { names: positionals });
      if (typeof read === 'number') return read;
      const output = textOf(read.values['output']) ?? 'table';
      if (output !== 'table' && output !== 'json') {
        surroundings.stderr.write(`altpath ${name}: -o ${output} is neither table nor json\n`);
        return USAGE;
      }
      const target = targetOf(read.values, surroundings);
      if ('lines' in target) return tell(target, surroundings);
      return answer(listing, target, listing.path(read.values, read.rest), method, output === 'json', surroundings);
    },
  };
}

async function answer(
  listing: Listing,
  target: Target,
  path: string,
  method: 'GET' | 'POST',
  json: boolean,
  surroundings: Surroundings,
): Promise<number> {
  const answered = await ask(target, path, method);
  if ('lines' in answered) return tell(answered, surroundings);
  surroundings.stdout.write(json ? `${JSON.stringify(answered.body, null, 2)}\n` : listing.show(answered.body, Date.now()));
  return DONE;
}

/** Says the trouble and gives its exit code. */
function tell({ lines, exitCode }: { readonly lines: readonly string[]; readonly exitCode: number }, { stderr }: Surroundings): number {
  for (const line of lines) stderr.write(`${line}\n`);
  return exitCode;
}

// --- how answers are shown -----------------------------------------------------------------------------------------

function showStatus(body: unknown, now: number): string {
  const registrar = field(body, 'registrar');
  const protocols = listOf<{ protocol: string; pending: number; transactions: number }>(body, 'protocols');
  const peers = listOf<PeerStatus>(body, 'peers');
  const counters = Object.entries(field(body, 'counters') ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const head = sheet([
    ['node', words(field(body, 'node'))],
    ['domain', words(field(body, 'domain'))],
    ['state', words(field(body, 'state'))],
    ['version', words(field(body, 'version'))],
    ['running for', span(Number(field(body, 'uptimeMs') ?? 0))],
    ...listOf<ListenerView>(body, 'listeners').map(({ url, bound }): [string, string] => ['listens on', `${words(url)} (${words(bound)})`]),
    ['registered', `${words(field(registrar, 'aors'))} users at ${words(field(registrar, 'bindings'))} contacts`],
    ...protocols.map(({ protocol, pending, transactions }): [string, string] => [
      words(protocol),
      `${words(pending)} pending, ${words(transactions)} transactions`,
    ]),
    ['store', storeText(field(body, 'store') as Partial<StoreState> | undefined, now)],
    ...peers.map(({ name, state, lastHeardMs }): [string, string] => [
      `peer ${plain(words(name))}`,
      `${words(state)}, ${heard(lastHeardMs)}`,
    ]),
  ]);
  return counters.length === 0 ? head : `${head}\n${sheet(counters.map(([name, value]) => [plain(name), words(value)]))}`;
}

/** `redis, away for 1 min 5 s (ECONNREFUSED), 3 records wait` */
function storeText(store: Partial<StoreState> | undefined, now: number): string {
  const { kind, state, reason, since = now, waiting = 0 } = store ?? {};
  const away = state === 'away' ? ` for ${span(now - since)} (${words(reason)}), ${waiting} records wait` : '';
  return plain(`${words(kind)}, ${words(state)}${away}`);
}

function heard(ms: number | null | undefined): string {
  return typeof ms === 'number' ? `heard ${span(ms)} ago` : 'never heard';
}

function showRegistrations(body: unknown, now: number): string {
  const page = body as Partial<RegistrationPage>;
  const registrations = page.registrations ?? [];
  if (registrations.length === 0) return 'nobody is registered\n';
  const rows = registrations.flatMap(({ aor, contacts }) =>
    contacts.map((each, at) => [
      at === 0 ? aor : ' ',
      each.contact,
      String(each.q),
      span(each.expiresAt - now),
      each.node,
      each.source ?? '',
    ]),
  );
  const { total = registrations.length } = page;
  const more = total > registrations.length ? `\n${registrations.length} of ${total} users; --offset shows the others\n` : '';
  return `${table(['USER', 'CONTACT', 'Q', 'EXPIRES IN', 'NODE', 'SOURCE'], rows)}${more}`;
}

function showPeers(body: unknown): string {
  const peers = listOf<PeerStatus>(body, 'peers');
  if (peers.length === 0) return 'this node is alone: its cluster has no other\n';
  const rows = peers.map(({ name, state, lastHeardMs, addresses = [] }) => [
    words(name),
    words(state),
    heard(lastHeardMs),
    addresses.join(' '),
  ]);
  return table(['NODE', 'STATE', 'LAST', 'ADDRESSES'], rows);
}

function showGateways(body: unknown): string {
  const gateways = listOf<GatewayView>(body, 'gateways');
  if (gateways.length === 0) return 'this cluster has no gateways\n';
  const rows = gateways.map(({ name, protocol, node, state, place, speaks, lines }) => [
    words(name),
    words(protocol),
    words(node),
    words(state),
    words(place),
    words(speaks),
    words(lines),
  ]);
  return table(['GATEWAY', 'PROTOCOL', 'NODE', 'STATE', 'PLACE', 'SPEAKS', 'LINES'], rows);
}

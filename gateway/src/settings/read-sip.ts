// The parts of the file about SIP, path attributes and limits.
import type { RawFile, RawSip } from './raw.js';
import type { Reading } from './reading.js';
import type { Path } from './source.js';
import type { ClusterConfiguration, Configuration, SipConfiguration } from './types.js';
import { parseBanRule, parseDuration, parseSize } from './values.js';

const DAY_MS = 86_400_000;

export function readPathAttribute({ pathAttribute: raw = {} }: RawFile, reading: Reading): Configuration['pathAttribute'] {
  return {
    carrier: raw.carrier ?? 'parameter',
    max: raw.max ?? 3,
    hedge: raw.hedge ?? 1,
    guard: raw.guard ?? 6,
    expiresMs: reading.duration(['pathAttribute', 'expires'], raw.expires, DAY_MS),
    downForMs: reading.duration(['pathAttribute', 'downFor'], raw.downFor, 60_000),
  };
}

export function readSip({ sip: raw = {} }: RawFile, cluster: ClusterConfiguration, reading: Reading): SipConfiguration {
  reading.ranges(['sip', 'privacy', 'assertedIdentityTrust'], raw.privacy?.assertedIdentityTrust);
  const { proxy = {} } = raw;
  return {
    timers: readTimers(raw, reading),
    registrar: readRegistrar(raw, cluster, reading),
    proxy: {
      mode: proxy.mode ?? 'stateful',
      fork: proxy.fork ?? 'parallel',
      serialTimeoutMs: reading.duration(['sip', 'proxy', 'serialTimeout'], proxy.serialTimeout, 20_000),
      trying: proxy.trying ?? 'downstream',
      relay: proxy.relay ?? 'trusted',
      recordRoute: proxy.recordRoute ?? true,
      maxForwards: proxy.maxForwards ?? 70,
      maxBreadth: proxy.maxBreadth ?? 60,
    },
    anchor: raw.anchor,
  };
}

function readTimers({ timers: raw = {} }: RawSip, reading: Reading): SipConfiguration['timers'] {
  const path: Path = ['sip', 'timers'];
  const t1 = reading.duration([...path, 't1'], raw.t1, 500);
  const t2 = reading.duration([...path, 't2'], raw.t2, 8 * t1);
  if (t2 < t1) reading.report([...path, 't2'], `${t2}ms is less than t1, ${t1}ms`);
  return { t1, t2, t4: reading.duration([...path, 't4'], raw.t4, 10 * t1), c: reading.duration([...path, 'c'], raw.c, 180_000) };
}

function readRegistrar(raw: RawSip, cluster: ClusterConfiguration, reading: Reading): SipConfiguration['registrar'] {
  const { registrar = {}, users } = raw;
  const path: Path = ['sip', 'registrar'];
  const { authenticate } = registrar;
  const hasUsers = users !== undefined && Object.keys(users).length > 0;
  if (authenticate !== undefined && authenticate !== false && !hasUsers && !reading.source.keys(['sip']).includes('users')) {
    reading.report([...path, 'authenticate'], 'there are no sip.users, so nobody could register');
  }
  const domains = (registrar.domains ?? []).filter((domain) => domain !== undefined);
  return {
    domains: domains.length > 0 ? domains : [cluster.domain],
    authenticate: authenticate ?? hasUsers,
    ...readExpires(registrar, path, reading),
    maxContacts: registrar.maxContacts ?? 10,
  };
}

type Expires = Pick<SipConfiguration['registrar'], 'minExpiresS' | 'defaultExpiresS' | 'maxExpiresS'>;

/** What is not written yields to what is: `maxExpires: 30m` alone makes the default expiry 30 minutes, too. */
function readExpires(raw: NonNullable<RawSip['registrar']>, path: Path, reading: Reading): Expires {
  const seconds = (key: 'minExpires' | 'defaultExpires' | 'maxExpires'): number | undefined => {
    const text = raw[key];
    const ms = text === undefined ? undefined : parseDuration(text);
    if (ms === undefined) return undefined;
    if (ms === 0 || ms % 1_000 !== 0) reading.report([...path, key], `${text} is not a number of whole seconds`);
    return ms / 1_000;
  };
  const [min, usual, max] = [seconds('minExpires'), seconds('defaultExpires'), seconds('maxExpires')];
  const above = (low: number | undefined, high: number | undefined): boolean => low !== undefined && high !== undefined && low > high;
  if (above(min, usual)) reading.report([...path, 'defaultExpires'], `${raw.defaultExpires} is less than minExpires, ${raw.minExpires}`);
  if (above(usual, max)) reading.report([...path, 'maxExpires'], `${raw.maxExpires} is less than defaultExpires, ${raw.defaultExpires}`);
  else if (above(min, max)) reading.report([...path, 'maxExpires'], `${raw.maxExpires} is less than minExpires, ${raw.minExpires}`);
  const minExpiresS = min ?? Math.min(60, usual ?? 60, max ?? 60);
  const maxExpiresS = max ?? Math.max(7_200, minExpiresS, usual ?? 0);
  return { minExpiresS, maxExpiresS, defaultExpiresS: usual ?? Math.min(Math.max(3_600, minExpiresS), maxExpiresS) };
}

export function readLimits({ limits: raw = {} }: RawFile, reading: Reading): Configuration['limits'] {
  const { bans = {} } = raw;
  const rule = bans === 'off' ? undefined : parseBanRule(bans.after ?? '50 bad in 10s');
  return {
    exempt: raw.exempt === undefined ? undefined : reading.ranges(['limits', 'exempt'], raw.exempt),
    messageBytes: parseSize(raw.messageSize ?? '64KiB') ?? 65_536,
    headers: raw.headers ?? 200,
    bans: bans === 'off' || !rule ? undefined : { ...rule, forMs: reading.duration(['limits', 'bans', 'for'], bans.for, 600_000) },
    userAgents: (raw.userAgents ?? []).filter((each) => each !== undefined),
  };
}

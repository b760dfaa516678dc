// A cluster that controls gateways, of H.248, of MGCP or both, with SIP telephones beside them where wanted, as a configuration
// file on loopback addresses.

export interface ClusterEntry {
  readonly name: string;
  readonly protocol: 'megaco' | 'mgcp';
  readonly address: string;
  /** `line/[1-4]` of H.248, `aaln/[1-4]` of MGCP. */
  readonly lines: string;
  /** Written when it differs from the name. */
  readonly mid?: string | undefined;
  readonly domain?: string | undefined;
}

export interface ClusterFile {
  /** Addresses of the nodes by name, in order. Each listens for everything on the usual ports. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly gateways: readonly ClusterEntry[];
  /** Targets by number, as the file has them: `LINE@GATEWAY`, `registrar`, a list, an object with `to`. */
  readonly numbers: Readonly<Record<string, unknown>>;
  /** What the file says of lines. */
  readonly lines?: Readonly<Record<string, unknown>> | undefined;
  /** SIP telephones of the domain `sample2.test`: this T1. Every loopback address is a trusted neighbour. */
  readonly sip?: { readonly t1Ms: number } | undefined;
  /** Where each node's admin API is, by name; default: nowhere. */
  readonly admin?: Readonly<Record<string, string>> | undefined;
  /** Of every node, as the file has it; default: memory. */
  readonly store?: Readonly<Record<string, unknown>> | undefined;
  /** More of the file, by key. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
  /** What a gateway collects; default: made of the numbers. */
  readonly digitMap?: string | undefined;
  readonly heartbeatMs?: number | undefined;
  /** Of both protocols. */
  readonly rtoMs?: number | undefined;
  /** When nobody answers any more, in ms. */
  readonly tMaxMs?: number | undefined;
}

export const TEXT_PORT = 2944;
export const BINARY_PORT = 2945;
export const AGENT_PORT = 2727;
export const SIP_PORT = 5060;

/** The file as text; `${ALTPATH_KEY}` is the cluster's key. */
export function clusterYaml(file: ClusterFile): string {
  const { nodes, gateways, numbers, lines = {}, sip, more = {}, heartbeatMs = 30_000, rtoMs = 200, tMaxMs = 2_000 } = file;
  const store = JSON.stringify(file.store ?? { kind: 'memory' });
  const has = (protocol: ClusterEntry['protocol']): boolean => gateways.some((each) => each.protocol === protocol);
  const listen = (host: string): string =>
    [
      ...(sip ? [`sip+udp://${host}:${SIP_PORT}`, `sip+tcp://${host}:${SIP_PORT}`] : []),
      ...(has('megaco') ? MEGACO_SCHEMES.map(([scheme, port]) => `${scheme}://${host}:${port}`) : []),
      ...(has('mgcp') ? [`mgcp+udp://${host}:${AGENT_PORT}`] : []),
    ].join(', ');
  return [
    'cluster:',
    '  domain: sample2.test',
    '  keys: [{ id: k1, secret: "${ALTPATH_KEY}" }]',
    '  drain: 5s',
    '  nodes:',
    ...Object.entries(nodes).map(
      ([name, host]) => `    ${name}: { listen: [${listen(host)}], admin: "${file.admin?.[name] ?? 'off'}", store: ${store} }`,
    ),
    ...(gateways.length === 0 ? [] : ['gateways:']),
    ...gateways.flatMap((gateway) => entryLines(gateway, file.digitMap, heartbeatMs)),
    'numbers:',
    ...Object.entries(numbers).map(([number, target]) => `  "${number}": ${JSON.stringify(target)}`),
    ...(Object.keys(lines).length === 0 ? [] : [`lines: ${JSON.stringify(lines)}`]),
    ...(sip ? [`sip: { timers: { t1: ${sip.t1Ms}ms } }`, 'trust: { peers: [127.0.0.0/8] }'] : []),
    ...Object.entries(more).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    `megaco: { rto: ${rtoMs}ms, tMax: ${tMaxMs}ms, longTimer: ${2 * tMaxMs}ms }`,
    `mgcp: { rto: ${rtoMs}ms, max1: 2, max2: 3, tMax: ${2 * tMaxMs}ms, tHist: ${3 * tMaxMs}ms }`,
    '',
  ].join('\n');
}

const MEGACO_SCHEMES = [
  ['megaco+udp', TEXT_PORT],
  ['megaco+tcp', TEXT_PORT],
  ['megaco-binary+udp', BINARY_PORT],
  ['megaco-binary+tcp', BINARY_PORT],
] as const;

function entryLines(
  { name, protocol, address, lines, mid, domain }: ClusterEntry,
  digitMap: string | undefined,
  heartbeatMs: number,
): string[] {
  return [
    `  ${name}:`,
    `    protocol: ${protocol}`,
    `    address: ${address}`,
    `    lines: ["${lines}"]`,
    `    heartbeat: ${heartbeatMs}ms`,
    ...(mid === undefined ? [] : [`    mid: "${mid}"`]),
    ...(domain === undefined ? [] : [`    domain: ${domain}`]),
    ...(digitMap === undefined ? [] : [`    digitMap: "${digitMap}"`]),
  ];
}

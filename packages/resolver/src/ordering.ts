// Which DNS record is used before which: RFC 2782 for SRV, RFC 3263 §4.1 for NAPTR. Pure: the dice come from outside.
import type { TransportName } from '@altpath/core';

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly name: string;
}

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

/** A service that a NAPTR record points at. */
export interface NamedService {
  readonly transport: TransportName;
  /** The name to ask for SRV records. */
  readonly name: string;
}

/** Lower priority first; among equals the higher the weight the likelier first (RFC 2782, "Usage rules"). */
export function orderSrv(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawByWeight(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  // Weight 0 stands first, so that it has a very small chance and not none.
  const left = [...records].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0);
    const mark = Math.floor(random() * (sum + 1));
    let running = 0;
    const at = left.findIndex((record) => (running += record.weight) >= mark);
    drawn.push(...left.splice(Math.max(at, 0), 1));
  }
  return drawn;
}

const PROTOCOLS: readonly {
  readonly transport: TransportName;
  readonly secure: boolean;
  readonly letter: string;
  readonly label: string;
}[] = [
  { transport: 'udp', secure: false, letter: 'U', label: '_udp' },
  { transport: 'tcp', secure: false, letter: 'T', label: '_tcp' },
  { transport: 'tls', secure: true, letter: 'T', label: '_tcp' },
  // RFC 7118 §7
  { transport: 'ws', secure: false, letter: 'W', label: '_ws' },
  { transport: 'wss', secure: true, letter: 'W', label: '_ws' },
];

/**
 * The services of NAPTR records that can be used, in order. Records of a higher order than the lowest usable one are not
 * looked at (RFC 2915 §2). For an address that is not secure a secure service is an upgrade, and allowed.
 */
export function orderNaptr(
  records: readonly NaptrRecord[],
  service: string,
  transports: readonly TransportName[],
): readonly NamedService[] {
  const usable = records.flatMap((record) => {
    const transport = transports.find((each) => naptrService(service, each) === record.service.toUpperCase());
    return transport !== undefined && record.flags.toLowerCase() === 's' && record.replacement !== '' ? [{ ...record, transport }] : [];
  });
  const order = Math.min(...usable.map((record) => record.order));
  return usable
    .filter((record) => record.order === order)
    .sort((a, b) => a.preference - b.preference)
    .map(({ transport, replacement }) => ({ transport, name: replacement }));
}

/** `SIP+D2U`, `SIPS+D2T`. */
function naptrService(service: string, transport: TransportName): string | undefined {
  const protocol = PROTOCOLS.find((each) => each.transport === transport);
  return protocol && `${service.toUpperCase()}${protocol.secure ? 'S' : ''}+D2${protocol.letter}`;
}

/** The name under which a domain's SRV records for a transport stand: `_sip._udp.example.com`. */
export function srvName(service: string, transport: TransportName, host: string): string {
  const protocol = PROTOCOLS.find((each) => each.transport === transport);
  return `_${service}${protocol?.secure ? 's' : ''}.${protocol?.label ?? `_${transport}`}.${host}`;
}

/** @returns `true` for a transport that a secure URI may use. */
export function isSecure(transport: TransportName): boolean {
  return transport === 'tls' || transport === 'wss';
}

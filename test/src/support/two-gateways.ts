// An H.248 gateway `mg1` and an MGCP gateway `gw2` with two lines each, on real sockets: what a cluster's file has of them, and how
// they come into service.
import { type AnalogLine, MegacoGateway, MgcpGateway } from '@altpath/simulators';
import { AGENT_PORT, BINARY_PORT, type ClusterEntry, TEXT_PORT } from './controller-cluster.js';

export interface GatewayAddresses {
  readonly megaco: string;
  readonly mgcp: string;
}

/** In Hz, by line: the first lines have RTP. Without: no line has. */
export type Tones = Readonly<Partial<Record<'line/1' | 'aaln/1', number>>>;

export interface MegacoWay {
  readonly encoding: 'compact' | 'pretty' | 'binary';
  readonly transport: 'udp' | 'tcp';
}

export const GATEWAY_PORT = 2427;
const DOMAIN = 'gw2.test';

/** Their entries in the file. */
export function gatewayEntries({ megaco, mgcp }: GatewayAddresses): readonly ClusterEntry[] {
  return [
    { name: 'mg1', protocol: 'megaco', address: megaco, lines: 'line/[1-2]' },
    { name: 'gw2', protocol: 'mgcp', address: mgcp, lines: 'aaln/[1-2]', domain: DOMAIN },
  ];
}

/** It is in service when this settles. */
export async function openMgcp(address: string, nodes: readonly string[], tones?: Tones): Promise<MgcpGateway> {
  const gateway = await MgcpGateway.open({
    domain: DOMAIN,
    lines: ['aaln/[1-2]'],
    callAgents: nodes.map((host) => `${host}:${AGENT_PORT}`),
    address,
    port: GATEWAY_PORT,
    ...(tones && { rtp: ['aaln/1'], tones }),
  });
  return inService(gateway, 'aaln/2');
}

/** The same; the way is compact text over UDP where nothing else is said. */
export async function openMegaco(
  address: string,
  node: string,
  tones?: Tones,
  { encoding, transport }: MegacoWay = { encoding: 'compact', transport: 'udp' },
): Promise<MegacoGateway> {
  const gateway = await MegacoGateway.open({
    mid: 'mg1',
    lines: ['line/[1-2]'],
    mgcs: [`${node}:${encoding === 'binary' ? BINARY_PORT : TEXT_PORT}`],
    encoding,
    transport,
    address,
    ...(tones && { rtp: ['line/1'], tones }),
  });
  return inService(gateway, 'line/2');
}

/** Both, under one node. */
export class TwoGateways {
  private constructor(
    readonly megaco: MegacoGateway,
    readonly mgcp: MgcpGateway,
  ) {}

  static async open({ megaco, mgcp }: GatewayAddresses, node: string, tones?: Tones): Promise<TwoGateways> {
    const far = await openMgcp(mgcp, [node], tones);
    try {
      return new TwoGateways(await openMegaco(megaco, node, tones), far);
    } catch (error) {
      await far.close();
      throw error;
    }
  }

  /** `line/1@mg1`, `aaln/1@gw2`. */
  line(target: string): AnalogLine {
    const [name = '', gateway] = target.split('@');
    return gateway === 'mg1' ? this.megaco.line(name) : this.mgcp.line(name);
  }

  /** What is left on either of any call. */
  get left(): readonly unknown[] {
    return [...this.mgcp.connectionsLeft, ...this.megaco.contextsLeft];
  }

  /** Settles when the node has answered all that it was told. */
  async quiet(): Promise<void> {
    await Promise.all([this.mgcp.quiet(), this.megaco.quiet()]);
  }

  /** A call that failed shall not fail the next test too. */
  async hangUp(): Promise<void> {
    for (const line of [...this.mgcp.lines, ...this.megaco.lines]) line.onHook();
    await this.quiet();
  }

  async close(): Promise<void> {
    await Promise.all([this.mgcp.close(), this.megaco.close()]);
  }
}

interface Gateway {
  start(): void;
  line(name: string): AnalogLine;
  close(): Promise<void>;
}

async function inService<G extends Gateway>(gateway: G, lastLine: string): Promise<G> {
  try {
    gateway.start();
    await gateway.line(lastLine).until(({ service }) => service === 'in');
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

// A media gateway without lines, on whose bridges the calls between SIP telephones of a scene are anchored; and whether they hear each
// other there.
import type { MgcpGatewaySettings } from '@altpath/mgcp';
import { type AnalogLine, GatewayRig, type LineMedia } from '@altpath/simulators';
import type { GatewayKind, Rig } from './kinds.js';
import { mgcpKind } from './mgcp-kinds.js';

/** Its name in the nodes' file. */
export const BRIDGE_GATEWAY = 'b1';

const GATEWAY = mgcpKind('redirect', { lines: [], bridges: ['rtpbridge/[1-8]'] });

export const BRIDGES: GatewayKind & { readonly protocol: 'mgcp' } = {
  ...GATEWAY,
  what: 'a gateway with bridges',
  settings: (place): MgcpGatewaySettings => ({ ...GATEWAY.settings({ ...place, lines: 0 }), bridge: 'rtpbridge/*' }),
};

/** One connection of a bridge. */
interface BridgeEnd {
  readonly bridge: string;
  /** Where it hears. */
  readonly port: number;
  /** Where it speaks to. */
  readonly remote: LineMedia['remote'];
  readonly mode: string;
}

/** Whether telephones hear each other on the bridges of a gateway, and do so by the same connections as long as they are in one call. */
export class BridgedTelephones {
  /** Where the media of a telephone went, by its call. */
  readonly #ports = new Map<string, number>();

  constructor(
    private readonly rig: Rig,
    private readonly telephones: readonly AnalogLine[],
  ) {}

  /** Which of them talk and are not heard by another, or hear nobody, or have changed their way; empty: none. */
  get faults(): string {
    const ends = endsOf(this.rig);
    return this.telephones
      .filter(({ state }) => state === 'talking')
      .flatMap(({ name, media }) => [...media.values()].map((each) => [name, faultOf(each, ends) ?? this.#change(each)] as const))
      .flatMap(([name, fault]) => (fault === undefined ? [] : [`${name} talks, and ${fault}`]))
      .join(', ');
  }

  #change({ line, connection, remote }: LineMedia): string | undefined {
    const key = `${line} ${connection}`;
    const before = this.#ports.get(key);
    if (remote && before === undefined) this.#ports.set(key, remote.port);
    return before === undefined || before === remote?.port ? undefined : `to port ${remote?.port} and not to ${before}`;
  }
}

function endsOf(rig: Rig): readonly BridgeEnd[] {
  if (!(rig instanceof GatewayRig)) return [];
  return rig.machine.bridges.flatMap(({ name, connections }) =>
    [...connections.values()].map(({ localPort, remote, state }) => ({ bridge: name, port: localPort, remote, mode: state.mode })),
  );
}

function faultOf({ localPort, remote }: LineMedia, ends: readonly BridgeEnd[]): string | undefined {
  const own = ends.find(({ port }) => port === remote?.port);
  if (!own) return `no bridge hears at ${remote?.port}`;
  const others = ends.filter(({ bridge, port }) => bridge === own.bridge && port !== own.port);
  if (others.length !== 1) return `${own.bridge} has ${others.length} others`;
  if (own.remote?.port !== localPort) return `${own.bridge} speaks to ${own.remote?.port} and not to ${localPort}`;
  return own.mode === 'sendrecv' ? undefined : `${own.bridge} is ${own.mode}`;
}

// An MGCP gateway with its telephones, joined to some network: real sockets, or a simulated one in a test. What its
// packages' signals sound like stands here.
import type { Hop, NameQuestion, Observer, ResolvedAddress } from '@altpath/core';
import {
  type ConnectionMode,
  DEFAULT_AGENT_PORT,
  type EntityName,
  type EventParameter,
  expandRanges,
  MediaGateway,
  type MediaGatewayInput,
  type MediaGatewayOptions,
  type MediaGatewayOutput,
  type MediaPlane,
  parseEntity,
  type TransactionSettings,
} from '@altpath/mgcp';
import type { CallerId, MediaMode, Sound } from './analog-line.js';
import { type GatewaySurroundings, Rig, type RigMedia } from './rig.js';

/** What a simulated gateway is like, whatever network it stands in. */
export interface GatewayOptions extends Omit<MediaGatewayOptions, 'notifiedEntity' | 'callAgents' | 'mediaAddress' | 'lines' | 'bridges'> {
  /** Local names, or ranges of them: `aaln/[1-24]`. */
  readonly lines: readonly string[];
  /** The same of its bridges: `rtpbridge/[1-8]`. Default none. */
  readonly bridges?: readonly string[] | undefined;
  /**
   * Its call agents as provisioned, in order: `ca1@127.0.0.11:2727`, or a name. The first is the notified entity; the list
   * stays behind whatever an agent sets.
   */
  readonly callAgents: readonly string[];
  /** Addresses of names, `host` or `host:port` each: what its DNS would say. */
  readonly names?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly transactions?: Partial<Omit<TransactionSettings, 'scope'>> | undefined;
  /** Of its dice: waiting times, misbehaviour. Default 1. */
  readonly seed?: number | undefined;
  readonly observer?: Observer | undefined;
  /** Every datagram that leaves (`out`) or arrives (`in`), before anything goes wrong with it. */
  readonly onMessage?: ((direction: 'in' | 'out', text: string, hop: Hop) => void) | undefined;
}

/** A connection that exists on the gateway. */
export interface ConnectionLeft {
  /** Or bridge. */
  readonly line: string;
  readonly connection: string;
  readonly callId: string;
  readonly mode: string;
}

/** RFC 3660's line, generic, handset and trunk packages; signals that are not here make no sound. */
const SOUNDS: Readonly<Record<string, Sound>> = {
  'l/ot': 'howler',
  'l/bz': 'busy',
  't/bz': 'busy',
  'l/ro': 'reorder',
  'l/nbz': 'reorder',
  'g/cg': 'reorder',
  't/ro': 'reorder',
  'g/rt': 'ringback',
  'g/rbk': 'ringback',
  'l/dl': 'dial-tone',
  'l/sl': 'dial-tone',
  'l/mwi': 'dial-tone',
  'l/wt': 'call-waiting',
  'l/wt1': 'call-waiting',
  'l/wt2': 'call-waiting',
  'l/wt3': 'call-waiting',
  'l/wt4': 'call-waiting',
};
const RINGS = /^l\/r[g0-7]$/;

const MODES: Readonly<Record<string, MediaMode>> = {
  sendrecv: 'sendrecv',
  confrnce: 'sendrecv',
  sendonly: 'sendonly',
  recvonly: 'recvonly',
} satisfies Partial<Record<ConnectionMode, MediaMode>>;

export class GatewayRig extends Rig<MediaGatewayInput, MediaGatewayOutput, MediaGateway> {
  readonly #options: GatewayOptions;

  /**
   * @param address  Its address in session descriptions.
   * @throws RangeError when a call agent or a line of the options is no name.
   */
  constructor(options: GatewayOptions, around: GatewaySurroundings, address: string, media?: RigMedia) {
    const { transactions, observer, domain: name, seed } = options;
    const settings = machineOptions(options, address);
    const plane = media && planeOf(media);
    const machine = (random: () => number): MediaGateway =>
      new MediaGateway(settings, { random, media: plane, observer, transactions }, around.now());
    super({ name, lines: settings.lines, seed, around, media, machine });
    this.#options = options;
  }

  /** The lines of such a gateway, ranges written out. @throws RangeError for what is no line. */
  static lineNames({ lines }: Pick<GatewayOptions, 'lines'>): readonly string[] {
    return namesOf(lines);
  }

  /** The same of its bridges. */
  static bridgeNames({ bridges = [] }: Pick<GatewayOptions, 'bridges'>): readonly string[] {
    return namesOf(bridges);
  }

  /** Connections that exist now: what an audit of every line and bridge would give. */
  get connectionsLeft(): readonly ConnectionLeft[] {
    return [...this.machine.lines, ...this.machine.bridges].flatMap((line) =>
      [...line.connections.values()].map(({ id, callId, state }) => ({ line: line.name, connection: id, callId, mode: state.mode })),
    );
  }

  protected override watch(direction: 'in' | 'out', data: Buffer, hop: Hop): void {
    this.#options.onMessage?.(direction, data.toString(), hop);
  }

  protected override perform(output: MediaGatewayOutput): void {
    switch (output.kind) {
      case 'send':
        this.send(output.data, output.hop);
        return;
      case 'resolve':
        this.feed({ kind: 'resolved', id: output.id, addresses: this.#resolve(output.question) });
        return;
      case 'media':
        this.connect({ ...output, mode: MODES[output.mode] ?? 'inactive' });
        return;
      case 'media-closed':
        this.find(output.line)?.disconnect(output.connection);
        return;
      case 'signal':
        this.#sound(output);
        return;
      case 'line-service':
        this.find(output.line)?.serve(output.service);
        return;
      // A gateway has no streams, no store and no peers.
      case 'close':
      case 'settle':
      case 'tell-peers':
        return;
      default:
        output satisfies never;
    }
  }

  #sound({ line: name, name: signal, on, parameters }: Extract<MediaGatewayOutput, { kind: 'signal' }>): void {
    const line = this.find(name);
    if (signal === 'l/ci') return line?.show(callerIdOf(parameters));
    const sound = RINGS.test(signal) ? 'ringing' : SOUNDS[signal];
    if (!sound) return;
    if (on) line?.play(signal, sound);
    else line?.stop(signal);
  }

  #resolve({ host, port }: NameQuestion): readonly ResolvedAddress[] {
    const texts = this.#options.names?.[host.toLowerCase()] ?? [];
    return texts.flatMap((text) => {
      const entity = parseEntity(text);
      return entity ? [{ host: entity.domain, port: entity.port ?? port ?? DEFAULT_AGENT_PORT, transport: 'udp' as const }] : [];
    });
  }
}

function namesOf(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const names = expandRanges(pattern);
    if (!names) throw new RangeError(`no line, and no range of lines: ${pattern}`);
    return names;
  });
}

function planeOf(media: RigMedia): MediaPlane {
  return {
    take: (line) => media.take(line),
    release: (_, port) => media.release(port),
    statistics: (port) => media.statistics(port),
  };
}

function machineOptions(options: GatewayOptions, address: string): MediaGatewayOptions {
  const agents = options.callAgents.map(entityOf);
  const [first] = agents;
  if (!first) throw new RangeError(`${options.domain} has no call agent`);
  const { red, persistentEvents, packages, timers, maxConnections, executionMs } = options;
  return {
    domain: options.domain,
    lines: GatewayRig.lineNames(options),
    bridges: GatewayRig.bridgeNames(options),
    notifiedEntity: first,
    callAgents: agents.length > 1 ? agents : [],
    mediaAddress: address,
    ...(red !== undefined && { red }),
    ...(persistentEvents && { persistentEvents }),
    ...(packages && { packages }),
    ...(timers && { timers }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(executionMs !== undefined && { executionMs }),
  };
}

function entityOf(text: string): EntityName {
  const entity = parseEntity(text);
  if (!entity) throw new RangeError(`no call agent: ${text}`);
  return entity;
}

/** `L/ci(time, number, name)`: each may be empty, or `P` and `O` for what is withheld or unknown. */
function callerIdOf(parameters: readonly EventParameter[]): CallerId {
  const [time = '', number = '', name = ''] = parameters.map((parameter) => (parameter.kind === 'value' ? parameter.value : ''));
  return { time, number, name };
}

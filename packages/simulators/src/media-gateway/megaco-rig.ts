// A MEGACO gateway with its telephones, joined to some network: real sockets, or a simulated one in a test. What its
// packages' signals sound like stands here.
import { type Hop, isIpLiteral, isReliable, type NameQuestion, type Observer, parseHostPort, type ResolvedAddress } from '@altpath/core';
import {
  type ControllerPlace,
  MediaGateway,
  type MediaGatewayInput,
  type MediaGatewayOptions,
  type MediaGatewayOutput,
  type MediaOrder,
  type MediaPlane,
  type MId,
  parseMId,
  type Statistic,
  type StreamMode,
  Streams,
  type TransactionSettings,
  word,
} from '@altpath/megaco';
import { expandRanges } from '@altpath/mgcp';
import type { MediaMode, Sound } from './analog-line.js';
import { type GatewaySurroundings, Rig, type RigMedia } from './rig.js';

/** What a simulated gateway is like, whatever network it stands in. */
export interface MegacoRigOptions extends Omit<MediaGatewayOptions, 'mId' | 'mgcs' | 'mediaAddress' | 'lines' | 'trunks'> {
  /** What it calls itself, as text writes it: `gw1`, `[10.0.0.1]:2944`, `<gw1.test>`. */
  readonly mid: string;
  /** Termination ids of its lines, or ranges of them: `line/[1-24]`. */
  readonly lines: readonly string[];
  /** The same of its circuits to other networks: `ds/1/[1-31]`. Default none. Each is a telephone to scripts that nobody lifts. */
  readonly trunks?: readonly string[] | undefined;
  /** Its controllers as provisioned, in order: `10.0.0.11`, `10.0.0.11:2944`; port by encoding where none is said. */
  readonly mgcs: readonly string[];
  /** Default `udp`. */
  readonly transport?: 'udp' | 'tcp' | undefined;
  /** Addresses of names, `host` or `host:port` each: what its DNS would say. */
  readonly names?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly transactions?: Partial<TransactionSettings> | undefined;
  /** Of its dice: waiting times, misbehaviour. Default 1. */
  readonly seed?: number | undefined;
  readonly observer?: Observer | undefined;
  /** Every message that leaves (`out`) or arrives (`in`), without TPKT header, before anything goes wrong with it. */
  readonly onMessage?: ((direction: 'in' | 'out', message: Buffer, hop: Hop) => void) | undefined;
}

/** A context that exists on the gateway, with the terminations in it. */
export interface ContextLeft {
  readonly contextId: number;
  readonly terminations: readonly string[];
}

/** Signals of RFC 3525 annex E that a user hears; others make no sound. */
const SOUNDS: Readonly<Record<string, Sound>> = {
  'al/ri': 'ringing',
  'cg/wt': 'howler',
  'cg/bt': 'busy',
  'cg/ct': 'reorder',
  'cg/sit': 'reorder',
  'cg/rt': 'ringback',
  'cg/dt': 'dial-tone',
  'cg/cw': 'call-waiting',
};

const MODES: Readonly<Record<StreamMode, MediaMode>> = {
  'send-receive': 'sendrecv',
  'send-only': 'sendonly',
  'receive-only': 'recvonly',
  inactive: 'inactive',
  loopback: 'inactive',
};

/** RFC 3525 §9. */
const TEXT_PORT = 2_944;
const BINARY_PORT = 2_945;

export class MegacoRig extends Rig<MediaGatewayInput, MediaGatewayOutput, MediaGateway> {
  readonly #options: MegacoRigOptions;
  /** Whose telephone a connection belongs to. */
  readonly #owners = new Map<string, string>();
  readonly #streams = new Streams();
  #controller: string | undefined;
  /** A controller has known it since it has power. */
  #wasKnown = false;

  /**
   * @param address  Its address in session descriptions.
   * @throws RangeError when the mid, a controller or a line of the options is no such thing.
   */
  constructor(options: MegacoRigOptions, around: GatewaySurroundings, address: string, media?: RigMedia) {
    const { transactions, observer, mid: name, seed } = options;
    const settings = machineOptions(options, address);
    const plane = media && planeOf(media);
    const machine = (random: () => number): MediaGateway =>
      new MediaGateway(settings, { random, media: plane, observer, transactions }, around.now());
    super({ name, lines: MegacoRig.lineNames(options), seed, around, media, machine });
    this.#options = options;
  }

  /** The lines and then the trunks of such a gateway, ranges written out. @throws RangeError for what is neither. */
  static lineNames({ lines, trunks = [] }: Pick<MegacoRigOptions, 'lines' | 'trunks'>): readonly string[] {
    return namesOf([...lines, ...trunks]);
  }

  /** The controller that it is registered with, as `formatMId` writes it; undefined: none. */
  get controller(): string | undefined {
    return this.#controller;
  }

  /** Contexts that exist now: what an audit of all would give. */
  get contextsLeft(): readonly ContextLeft[] {
    return this.machine.contextList.map(({ id, terminations }) => ({ contextId: id, terminations }));
  }

  override restart(): void {
    this.#owners.clear();
    this.#controller = undefined;
    this.#wasKnown = false;
    super.restart();
  }

  override flowClosed(hop: Hop): void {
    if (hop.flow !== undefined) this.#streams.closed(hop.flow);
    super.flowClosed(hop);
  }

  protected override watch(direction: 'in' | 'out', data: Buffer, hop: Hop): void {
    const { onMessage } = this.#options;
    if (!onMessage) return;
    // What leaves is framed message by message; what arrives may be cut anywhere.
    const { messages } =
      direction === 'in' ? this.#streams.feed(data, hop) : { messages: [isReliable(hop.transport) ? data.subarray(4) : data] };
    for (const message of messages) onMessage(direction, message, hop);
  }

  protected override perform(output: MediaGatewayOutput): void {
    switch (output.kind) {
      case 'send':
        this.send(output.data, output.hop);
        return;
      case 'close':
        this.closeFlow(output.flow);
        return;
      case 'resolve':
        this.feed({ kind: 'resolved', id: output.id, addresses: this.#resolve(output.question) });
        return;
      case 'media':
        this.#connect(output);
        return;
      case 'media-closed':
        this.#disconnect(connectionOf(output));
        return;
      case 'signal':
        this.#sound(output);
        return;
      case 'line-service':
        this.find(output.line)?.serve(output.service === 'unregistered' ? this.#unknown : output.service);
        return;
      case 'association':
        this.#controller = output.state === 'up' ? (output.mgc ?? '') : undefined;
        this.#wasKnown ||= output.state === 'up';
        return;
      // A gateway has no store and no peers.
      case 'settle':
      case 'tell-peers':
        return;
      default:
        output satisfies never;
    }
  }

  get #unknown(): 'restarting' | 'disconnected' {
    return this.#wasKnown ? 'disconnected' : 'restarting';
  }

  #connect(order: MediaOrder): void {
    const connection = connectionOf(order);
    const owner = this.#owners.get(connection);
    if (owner !== undefined && owner !== order.line) this.#disconnect(connection);
    // An ephemeral termination that is alone in its context is nobody's; its media is performed all the same.
    if (order.line !== undefined) this.#owners.set(connection, order.line);
    this.connect({ ...order, line: order.line ?? '', connection, mode: MODES[order.mode] });
  }

  #disconnect(connection: string): void {
    const owner = this.#owners.get(connection);
    this.#owners.delete(connection);
    if (owner !== undefined) this.find(owner)?.disconnect(connection);
  }

  #sound({ line: name, name: signal, on }: Extract<MediaGatewayOutput, { kind: 'signal' }>): void {
    const sound = SOUNDS[signal];
    if (!sound) return;
    if (on) this.find(name)?.play(signal, sound);
    else this.find(name)?.stop(signal);
  }

  #resolve({ host, port }: NameQuestion): readonly ResolvedAddress[] {
    const { names = {}, transport = 'udp' } = this.#options;
    return (names[host.toLowerCase()] ?? []).flatMap((text) => {
      const place = parseHostPort(text);
      return place ? [{ host: place.host, port: place.port ?? port ?? portOf(this.#options), transport }] : [];
    });
  }
}

/** A termination has one connection for each of its streams; the first is named like the termination. */
function connectionOf({ termination, streamId }: Pick<MediaOrder, 'termination' | 'streamId'>): string {
  return streamId === 1 ? termination : `${termination}#${streamId}`;
}

function planeOf(media: RigMedia): MediaPlane {
  return {
    take: (line) => media.take(line),
    release: (port) => media.release(port),
    statistics: (port) => {
      const counts = media.statistics(port);
      if (!counts) return undefined;
      const { packetsSent, packetsReceived, octetsSent, octetsReceived, packetsLost } = counts;
      const lostShare = packetsLost / Math.max(1, packetsReceived + packetsLost);
      return [
        statistic('rtp/ps', packetsSent),
        statistic('rtp/pr', packetsReceived),
        // RFC 3525 E.12.4: packet loss is in per cent.
        statistic('rtp/pl', Math.round(lostShare * 100)),
        statistic('nt/os', octetsSent),
        statistic('nt/or', octetsReceived),
      ];
    },
  };
}

function statistic(name: string, count: number): Statistic {
  return { name, value: word(count) };
}

function namesOf(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const names = expandRanges(pattern);
    if (!names) throw new RangeError(`no line, and no range of lines: ${pattern}`);
    return names;
  });
}

function machineOptions(options: MegacoRigOptions, address: string): MediaGatewayOptions {
  const { mid, mgcs, lines, trunks = [], transport: _transport, names: _names, transactions: _transactions, ...rest } = options;
  const { seed: _seed, observer: _observer, onMessage: _onMessage, ...machine } = rest;
  if (mgcs.length === 0) throw new RangeError(`${mid} has no controller`);
  return {
    ...machine,
    mId: mIdOf(mid),
    lines: namesOf(lines),
    trunks: namesOf(trunks),
    mgcs: mgcs.map((text) => placeOf(text, options)),
    mediaAddress: address,
  };
}

function placeOf(text: string, options: MegacoRigOptions): ControllerPlace {
  const place = parseHostPort(text);
  if (!place || !isIpLiteral(place.host)) throw new RangeError(`no address of a controller: ${text}`);
  return { hop: { transport: options.transport ?? 'udp', host: place.host, port: place.port ?? portOf(options) } };
}

function portOf({ encoding }: Pick<MegacoRigOptions, 'encoding'>): number {
  return encoding === 'binary' ? BINARY_PORT : TEXT_PORT;
}

function mIdOf(text: string): MId {
  const mId = parseMId(text);
  if (!mId) throw new RangeError(`no mid: ${text}`);
  return mId;
}

// Where call control meets the protocols of the node: events of every adapter come in here, orders go out to the adapter
// whose line or party it is, and the driver is told whom that concerned.
import {
  type AnchorPort,
  CallControl,
  type CallControlPort,
  type CallControlSettings,
  type CallKeeping,
  gatewayOf,
  type HalfCallPort,
  type LineName,
  protocolOfParty,
} from '@altpath/call-control';
import type { CallStore, Machine, Millis, Observer, PeerDirectory } from '@altpath/core';
import { AnchorDoor } from './anchor-door.js';
import { HandOver } from './hand-over.js';
import { inheritedFrom } from './heirs.js';
import { Lookout } from './lookout.js';

export interface PatchPanelSettings extends Omit<CallControlSettings, 'elsewhere' | 'isOrphaned'> {
  /** Which protocol speaks to the line. */
  readonly protocolOf: ReadonlyMap<LineName, string>;
  /** How long legs of calls are looked for when one protocol has found its last; default 4 s. See `Lookout`. */
  readonly lingerMs?: Millis | undefined;
}

/** What calls need of the node. Without a store they are kept nowhere. */
export interface PanelPorts extends CallKeeping {
  readonly peers: PeerDirectory;
  readonly observer: Observer;
}

const LINGER_MS: Millis = 4_000;

/** Who holds gateways, as far as the protocol that controls them knows. */
export interface GatewayHolders {
  /** Index of the node that holds this gateway. */
  holderOf(gateway: string): number | undefined;
  /** As `CallControlPort.holdersAlong`, of this protocol alone. */
  holdersAlong(path: readonly number[]): readonly number[] | undefined;
}

/** Tells all other nodes something, in one datagram, fire and forget. */
export type Tell = (topic: string, content: string) => void;

/** Told that something outside its own turn may wait in the outbox of this protocol's adapter. */
export type Stir = (protocol: string) => void;

export class PatchPanel {
  readonly calls: CallControl;
  readonly #peers: PeerDirectory;
  readonly #protocolOf: ReadonlyMap<LineName, string>;
  readonly #ports = new Map<string, HalfCallPort>();
  readonly #holders = new Map<string, GatewayHolders>();
  /** Those that have lines: they look for legs of calls. */
  readonly #searchers: ReadonlySet<string>;
  readonly #anchors = new AnchorDoor();
  readonly #lookout: Lookout;
  readonly #handOver: HandOver;
  readonly #store: CallStore | undefined;
  #stir: Stir = () => undefined;
  #tell: Tell = () => undefined;
  #now: Millis;

  constructor(settings: PatchPanelSettings, { peers, observer, ...keeping }: PanelPorts, now: Millis) {
    this.#peers = peers;
    this.#protocolOf = settings.protocolOf;
    this.#searchers = new Set(settings.protocolOf.values());
    this.#now = now;
    this.calls = new CallControl(
      { ...settings, elsewhere: (line) => this.#elsewhere(line), isOrphaned: (line) => this.#isOrphaned(line) },
      {
        order: (name, state, at) => {
          this.#portTo(name)?.order(name, state, at);
          this.#stirOwner(name);
        },
        notice: (party, notice, at) => {
          this.#portTo(party)?.notice?.(party, notice, at);
          this.#stirOwner(party);
        },
        save: (party) => this.#portTo(party)?.save?.(party),
        forget: (party) => this.#portTo(party)?.forget?.(party),
        ...(settings.anchor !== undefined && { anchors: this.#anchors }),
        adopt: (protocol, saved, at) => {
          const name = this.#ports.get(protocol)?.adopt?.(saved, at);
          this.#stir(protocol);
          return name;
        },
      },
      observer,
      now,
      keeping,
    );
    const { calls } = this;
    this.#store = keeping.store;
    this.#handOver = new HandOver({
      calls,
      peers,
      observer,
      holderOf: (line) => this.#elsewhere(line),
      tell: (topic, content) => this.#tell(topic, content),
    });
    this.#lookout = new Lookout(settings.lingerMs ?? LINGER_MS, () => this.#unknown());
  }

  /** @param holders  Of an adapter that controls gateways. */
  join(port: HalfCallPort, holders?: GatewayHolders): void {
    this.#ports.set(port.protocol, port);
    if (holders) this.#holders.set(port.protocol, holders);
  }

  /** Who anchors media: at most one protocol has bridges. */
  joinAnchors(protocol: string, port: AnchorPort): void {
    this.#anchors.join(port, () => this.#stir(protocol));
  }

  onStir(stir: Stir): void {
    this.#stir = stir;
  }

  onTell(tell: Tell): void {
    this.#tell = tell;
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  /** No new calls; those that are answered go to the node that follows. To be called again and again until none is left. */
  drain(now: Millis): void {
    this.#now = now;
    this.calls.drain();
    this.calls.forgetOthers(now);
    this.#handOver.drain(now);
  }

  /** A node is down: its calls, and those of others that have gone before, may be this one's to go on with. */
  peerDown(now: Millis): void {
    this.#now = now;
    this.#handOver.peersChanged(now);
    for (const name of inheritedFrom(this.#peers, now)) this.calls.adoptCallsOf(name, now);
    this.holdersChanged(now);
  }

  /** Gateways may have other holders than before. */
  holdersChanged(now: Millis): void {
    this.#now = now;
    this.#handOver.linesMoved(now);
    this.calls.nodesChanged((node) => this.#peers.state(node, now) === 'down', now);
    for (const protocol of this.#searchers) this.#stir(protocol);
  }

  /** It is known what the other nodes have taken while this one was away, or began: what they have not is its own. */
  joined(now: Millis): void {
    this.#now = now;
    this.calls.forgetOthers(now);
    this.calls.adoptCallsOf(this.#peers.self.name, now);
    this.peerDown(now);
  }

  /** A node joins: it is told where calls are that it may have had. */
  sendTable(to: number, now: Millis): void {
    this.#now = now;
    this.#handOver.sendTable(to, now);
  }

  told(topic: string, content: string, from: number, now: Millis): void {
    this.#now = now;
    this.#handOver.told(topic, content, from, now);
  }

  // --- the driver --------------------------------------------------------------------------------------------------

  /** Call control's timers, for the driver: it is fed by the adapters and has no outputs of its own. */
  get machine(): Machine<never, never> {
    return {
      handle: () => undefined,
      tick: (now) => this.tick(now),
      deadline: () => this.deadline(),
      drain: () => undefined,
    };
  }

  tick(now: Millis): void {
    this.#now = now;
    this.calls.tick(now);
    this.#handOver.tick(now);
    if (this.#lookout.tick(now)) this.calls.restore([], false, now);
  }

  deadline(): Millis {
    return Math.min(this.calls.deadline(), this.#lookout.deadline(), this.#handOver.deadline());
  }

  /** Call control as the adapter of this protocol sees it. */
  portOf(protocol: string): CallControlPort {
    const { calls } = this;
    /** Calls' timers may have moved, though nothing was ordered. */
    const at = (now: Millis, name: LineName | undefined, turn: () => void): void => {
      this.#now = now;
      turn();
      if (name === undefined) this.#stir(protocol);
      else this.#stirOwner(name);
    };
    return {
      patterns: calls.patterns,
      event: (name, event, now) => at(now, name, () => calls.event(name, event, now)),
      service: (line, inService, now) => at(now, line, () => calls.service(line, inService, now)),
      restore: (legs, more, now) =>
        at(now, undefined, () => {
          calls.restore(legs, this.#mayFindMore(protocol, more, now), now);
          if (legs.some(({ state }) => state?.farLine !== undefined)) this.#handOver.linesMoved(now);
        }),
      changed: (party, now) => at(now, party, () => calls.changed(party, now)),
      parted: (party, now) => at(now, party, () => calls.parted(party, now)),
      recall: (callId, role, now) => {
        this.#now = now;
        return calls.recall(callId, role, now);
      },
      carrierOf: (callId, farLine, now) => this.#carrierOf(callId, farLine, now),
      isSought: (farLine, now) => {
        this.#now = now;
        return !calls.knows(farLine) && this.#isOrphaned(farLine);
      },
      holdersAlong: (path) => this.#holdersAlong(path, protocol),
      anchored: (callId, locals, now) => at(now, undefined, () => calls.anchored(callId, locals, now)),
      anchorFailed: (callId, cause, now) => at(now, undefined, () => calls.anchorFailed(callId, cause, now)),
      release: (line, now) =>
        at(now, line, () => {
          calls.release(line, now);
          this.#handOver.linesMoved(now);
        }),
    };
  }

  /** Who has no lines looks for none: parties come when they say something, and neither begin nor end a search. */
  #mayFindMore(protocol: string, more: boolean, now: Millis): boolean | undefined {
    return this.#searchers.has(protocol) ? this.#lookout.says(protocol, more, now) : undefined;
  }

  /** Whoever has the line can do most for the call; else who was given it, or has written it down last, or has its anchor. */
  #carrierOf(callId: string, farLine: LineName | undefined, now: Millis): number | undefined {
    this.#now = now;
    const holder = farLine === undefined ? undefined : this.#elsewhere(farLine);
    if (holder !== undefined) return holder;
    const given = this.#handOver.carrierOf(callId, now);
    if (given !== undefined) return given;
    const record = this.#store?.read(callId);
    const writer = this.#peers.nodes.find(({ name }) => name === record?.node)?.index;
    const carrier = record ? writer : this.#anchors.anchorHolder(callId);
    return carrier === this.#peers.self.index || carrier === undefined || this.#peers.state(carrier, now) === 'down' ? undefined : carrier;
  }

  #holdersAlong(path: readonly number[], butFor: string): readonly number[] | undefined {
    const found: number[] = [];
    for (const [protocol, holders] of this.#holders) {
      const along = protocol === butFor ? [] : holders.holdersAlong(path);
      if (along === undefined) return undefined;
      found.push(...along);
    }
    return found;
  }

  /** Index of the living other node that holds the gateway of this line. */
  #elsewhere(line: LineName): number | undefined {
    const holder = this.#holderOf(line);
    if (holder === undefined || holder === this.#peers.self.index) return undefined;
    return this.#peers.state(holder, this.#now) === 'down' ? undefined : holder;
  }

  /** Its holder is down, or is this node, which has not asked it yet what there is; or the others have not said yet what they hold. */
  #isOrphaned(line: LineName): boolean {
    const holder = this.#holderOf(line);
    if (holder === undefined) return this.#peers.joining;
    return holder === this.#peers.self.index || this.#peers.state(holder, this.#now) === 'down';
  }

  #holderOf(line: LineName): number | undefined {
    return this.#holders.get(this.#protocolTo(line))?.holderOf(gatewayOf(line));
  }

  /** Protocols that have lines which nobody has told anything of. */
  #unknown(): ReadonlySet<string> {
    return new Set([...this.#protocolOf].flatMap(([line, protocol]) => (this.calls.knows(line) ? [] : [protocol])));
  }

  #portTo(name: LineName): HalfCallPort | undefined {
    return this.#ports.get(this.#protocolTo(name));
  }

  #protocolTo(name: LineName): string {
    return this.#protocolOf.get(name) ?? protocolOfParty(name) ?? '';
  }

  #stirOwner(name: LineName): void {
    this.#stir(this.#protocolTo(name));
  }
}

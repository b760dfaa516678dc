// One connection of a line: what the agent asked of it, what both sides describe, and the checks that go before a change
// (RFC 3435 §2.3.5, §2.3.6). Descriptions are read and written by the session description package.
import {
  type AudioCodec,
  type AudioView,
  audioOf,
  offerAudio,
  parseSessionDescription,
  PCMA,
  PCMU,
  type SessionDescription,
  writeSessionDescription,
} from '@altpath/sdp';
import type { ConnectionMode, LocalConnectionOptions } from '../message/connection-options.js';
import { ReturnCode } from '../message/return-codes.js';
import { type Checked, type Refusal, refused } from './refusal.js';

/** Codecs of an analog line here, in its own order of preference. */
export const CODECS: readonly AudioCodec[] = [PCMU, PCMA];
/** Modes that it can be in; loopbacks and continuity tests are for trunks. */
export const MODES: readonly ConnectionMode[] = ['sendonly', 'recvonly', 'sendrecv', 'confrnce', 'inactive', 'netwloop'];
/** §2.3.5: nobody to send to, so these cannot be. */
const SENDING: ReadonlySet<string> = new Set(['sendonly', 'sendrecv', 'confrnce', 'netwloop', 'netwtest']);
export const PACKET_MS = { min: 10, max: 60 } as const;

/** What a create or modify asks, taken from its parameters; undefined keeps what there is. */
export interface ConnectionChange {
  readonly mode?: ConnectionMode | undefined;
  readonly options?: LocalConnectionOptions | undefined;
  /** The far side's description as written. */
  readonly remote?: string | undefined;
}

/** What a connection is once a change is in force. */
export interface ConnectionState {
  readonly mode: ConnectionMode;
  /** Options as last supplied; those that stay in force through a modify are kept (§2.3.11). */
  readonly options: LocalConnectionOptions;
  readonly remote: string | undefined;
  readonly remoteAudio: AudioView | undefined;
  readonly codecs: readonly AudioCodec[];
}

export class Connection {
  #state: ConnectionState;
  #local: string;
  #version = 1;

  constructor(
    readonly id: string,
    readonly callId: string,
    readonly localPort: number,
    private readonly address: string,
    state: ConnectionState,
  ) {
    this.#state = state;
    this.#local = this.#describe();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** This side's description, as last given to the agent. */
  get local(): string {
    return this.#local;
  }

  /** Where its media goes. */
  get remote(): { readonly host: string; readonly port: number } | undefined {
    const audio = this.#state.remoteAudio;
    return audio && { host: audio.address, port: audio.port };
  }

  /** Puts a checked change in force. @returns true when this side's description is another now (§2.3.6: it is told). */
  change(state: ConnectionState): boolean {
    this.#state = state;
    const before = this.#local;
    if (this.#describe() === before) return false;
    this.#version += 1;
    this.#local = this.#describe();
    return true;
  }

  #describe(): string {
    const described = offerAudio({
      address: this.address,
      port: this.localPort,
      codecs: this.#state.codecs,
      sessionId: String(this.localPort),
      sessionVersion: String(this.#version),
    });
    return writeSessionDescription(withPacketTime(described, this.#state.options.packetizationMs?.min));
  }
}

/**
 * Checks a change and works out what it leads to; `before` is undefined for a new connection.
 *
 * @returns the refusal: 517, 527, 505, 509, 525, 532, 534, 535.
 */
export function planChange(before: ConnectionState | undefined, change: ConnectionChange): Checked<ConnectionState> {
  const mode = change.mode ?? before?.mode ?? 'inactive';
  if (!MODES.includes(mode)) return refused(ReturnCode.wrongMode);
  const refusal = checkOptions(change.options);
  if (refusal) return { ok: false, refusal };
  const options = { ...before?.options, ...change.options };
  const remote = change.remote ?? before?.remote;
  if (remote === undefined && SENDING.has(mode)) return refused(ReturnCode.noDescription);
  const audio = remote === undefined ? undefined : readRemote(remote);
  if (audio && !audio.ok) return audio;
  const remoteAudio = audio?.value;
  const codecs = chooseCodecs(options.codecs, remoteAudio);
  if (codecs.length === 0) return refused(ReturnCode.codecNegotiation);
  return { ok: true, value: { mode, options, remote, remoteAudio, codecs } };
}

function checkOptions(options: LocalConnectionOptions | undefined): Refusal | undefined {
  if (!options) return undefined;
  const { packetizationMs, extensions, networkTypes, resourceReservation, encryption } = options;
  if (extensions?.some(({ name }) => /^x\+/i.test(name))) return { code: ReturnCode.unknownOptionExtension };
  if (extensions?.some(({ name }) => name.includes('/'))) return { code: ReturnCode.unknownOptionExtension };
  if (networkTypes?.some((type) => type.toUpperCase() !== 'IN')) return { code: ReturnCode.optionValue };
  if (resourceReservation !== undefined && resourceReservation !== 'be') return { code: ReturnCode.optionValue };
  if (encryption !== undefined) return { code: ReturnCode.optionValue };
  if (packetizationMs && (packetizationMs.max < PACKET_MS.min || packetizationMs.min > PACKET_MS.max)) {
    return { code: ReturnCode.packetization };
  }
  return undefined;
}

function readRemote(text: string): Checked<AudioView> {
  const parsed = parseSessionDescription(text);
  if (!parsed.ok) return refused(ReturnCode.descriptionError, parsed.fault.hint);
  const audio = audioOf(parsed.value);
  return audio ? { ok: true, value: audio } : refused(ReturnCode.unsupportedDescription);
}

/** What this side can, in the order that the agent wants, and what the far side can too (§2.6). */
function chooseCodecs(wanted: readonly string[] | undefined, remote: AudioView | undefined): readonly AudioCodec[] {
  const own = wanted ? wanted.flatMap((name) => CODECS.filter((codec) => codec.name === name.toUpperCase())) : CODECS;
  return remote ? own.filter((codec) => remote.codecs.some((other) => other.name.toUpperCase() === codec.name)) : own;
}

/** a=ptime where the agent named one. */
function withPacketTime(session: SessionDescription, packetMs: number | undefined): SessionDescription {
  if (packetMs === undefined) return session;
  const ptime = { name: 'ptime', value: String(packetMs) };
  return { ...session, media: session.media.map((media) => ({ ...media, attributes: [...media.attributes, ptime] })) };
}

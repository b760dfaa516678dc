// Ports, and what the media plane is told: after each transaction the streams of every context that it touched are
// compared with what was ordered last, so a change and its undoing in one transaction move nothing.
import type { Millis } from '@altpath/core';
import type { Statistic, StreamId } from '../message/index.js';
import type { MediaGatewayOutput, MediaOrder, MediaPlane } from './door.js';
import { modeOf, receives, sends, type StreamState } from './stream.js';
import type { Context, Termination } from './termination.js';

export class MediaDesk {
  /** What was ordered last, by port. */
  readonly #orders = new Map<number, MediaOrder>();
  readonly #touched = new Set<Context>();

  constructor(
    private readonly plane: MediaPlane,
    private readonly emit: (output: MediaGatewayOutput) => void,
  ) {}

  take(line: Termination | undefined): number | undefined {
    return this.plane.take(line?.id);
  }

  /** The stream with this port is no more, or never was. */
  giveBack(port: number): void {
    const order = this.#orders.get(port);
    this.#orders.delete(port);
    if (order) this.emit({ kind: 'media-closed', termination: order.termination, streamId: order.streamId, localPort: port });
    this.plane.release(port);
  }

  statistics(port: number): readonly Statistic[] | undefined {
    return this.plane.statistics(port);
  }

  /** Something of this context may be another: members, modes, descriptions, topology. */
  touch(context: Context | undefined): void {
    if (context) this.#touched.add(context);
  }

  /** Orders what has changed. */
  settle(): void {
    for (const context of this.#touched)
      for (const termination of context.terminations.values())
        for (const stream of termination.streams.values()) this.#order(context, termination, stream);
    this.#touched.clear();
  }

  #order(context: Context, termination: Termination, stream: StreamState): void {
    const { localPort, remoteEnd: remote } = stream;
    if (localPort === undefined) return;
    const { line } = context;
    const order: MediaOrder = {
      line: line?.id,
      contextId: context.id,
      termination: termination.id,
      streamId: stream.id,
      mode: flowOf(context, termination, stream, line),
      localPort,
      ...(remote && { remote }),
    };
    if (isSame(this.#orders.get(localPort), order)) return;
    this.#orders.set(localPort, order);
    this.emit({ kind: 'media', ...order });
  }
}

/** §7.1.7, §7.1.18: the modes are at the edges of the context, the topology is between them; all must let media through. */
function flowOf(
  context: Context,
  termination: Termination,
  { id, control }: StreamState,
  line: Termination | undefined,
): MediaOrder['mode'] {
  if (!line || control.mode === 'loopback') return control.mode;
  const lineMode = lineModeOf(line, id);
  const isSending = sends(control.mode) && receives(lineMode) && context.hears(termination, line, id);
  const isReceiving = receives(control.mode) && sends(lineMode) && context.hears(line, termination, id);
  return modeOf(isSending, isReceiving);
}

/** A line that was given no stream of that number is inactive there, as every new one is (§7.1.7). */
function lineModeOf(line: Termination, streamId: StreamId): MediaOrder['mode'] {
  return line.streams.get(streamId)?.control.mode ?? 'inactive';
}

function isSame(a: MediaOrder | undefined, b: MediaOrder): boolean {
  return (
    a !== undefined &&
    a.line === b.line &&
    a.contextId === b.contextId &&
    a.mode === b.mode &&
    a.remote?.host === b.remote?.host &&
    a.remote?.port === b.remote?.port
  );
}

/** What audits look at beside the termination. */
export interface AuditGround {
  readonly desk: MediaDesk;
  readonly now: Millis;
}

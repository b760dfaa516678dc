// The media gateway controller: what gateways tell is handed to those whose business it is, and what lines have to say is
// sent. It joins its desks, and owns their common housekeeping (RFC 3525 §11; ARCHITECTURE "Who controls a gateway").
import type { HalfCallState, LineName } from '@altpath/call-control';
import { type Hop, type Millis, NEVER, type NodeState, type ResolvedAddress } from '@altpath/core';
import type { Environment } from '../environment.js';

export class MediaGatewayController {
  constructor(
    readonly environment: Environment,
    _now: Millis,
  ) {}

  order(_line: LineName, _state: HalfCallState, _now: Millis): void {}

  receive(_data: Buffer, _hop: Hop, _now: Millis): void {}

  unreachable(_hop: Hop, _now: Millis): void {}

  flowClosed(_hop: Hop, _now: Millis): void {}

  resolved(_id: number, _addresses: readonly ResolvedAddress[], _now: Millis): void {}

  peerChanged(_index: number, _state: NodeState, _now: Millis): void {}

  told(_topic: string, _content: string, _fromNode: number, _now: Millis): void {}

  tables(): readonly string[] {
    return [];
  }

  thawed(_now: Millis): void {}

  drain(_now: Millis): void {}

  tick(_now: Millis): void {}

  deadline(): Millis {
    return NEVER;
  }

  settle(_now: Millis): void {}

  get load(): { readonly sent: number; readonly queued: number } {
    return { sent: 0, queued: 0 };
  }
}

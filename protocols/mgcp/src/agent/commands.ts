// The commands of a line: which one brings its connection nearer to what call control wants, and how it is written with
// the request that goes along (RFC 3435 §2.3.5 to §2.3.9). Nothing is remembered here.
import type { HalfCallState } from '@altpath/call-control';
import type { EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { fits, modeFor, sameCallId, type Connection } from './connections.js';
import type { GatewayFacts } from './line-facts.js';
import { idsOf, type Orphan } from './orphans.js';
import type { Request } from './request-ledger.js';

/** What a command does to connections. */
export type Change =
  | { readonly kind: 'create'; readonly callId: string; readonly mode: Connection['mode']; readonly remote: string | undefined }
  | { readonly kind: 'modify'; readonly connection: Connection; readonly mode: Connection['mode']; readonly remote: string | undefined }
  | { readonly kind: 'delete'; readonly connection: Connection }
  | { readonly kind: 'sweep'; readonly orphan: Orphan };

/** A command without the request that may go along. */
export interface Step {
  readonly verb: 'CRCX' | 'MDCX' | 'DLCX' | 'RQNT';
  readonly parameters: Parameters;
  readonly change?: Change | undefined;
  /** The far side's session description, when it is to be told. */
  readonly description?: string | undefined;
}

/** A command that is out, and what is true once it has succeeded. */
export interface Outstanding {
  readonly command: CommandDraft;
  /** The state that it leads to; undefined for sweeping. */
  readonly goal: HalfCallState | undefined;
  readonly change: Change | undefined;
  readonly request: Request | undefined;
}

/** The media that a state has; without a call there are none. */
export function mediaOf(goal: HalfCallState): HalfCallState['media'] {
  return goal.callId === undefined ? undefined : goal.media;
}

/** What must be done to the connection, or undefined when it is what the state wants. */
export function connectionStep(goal: HalfCallState, connection: Connection | undefined, facts: GatewayFacts): Step | undefined {
  const media = mediaOf(goal);
  if (connection !== undefined && (media === undefined || !sameCallId(connection.callId, goal.callId))) {
    return { verb: 'DLCX', parameters: idsOf(connection), change: { kind: 'delete', connection } };
  }
  if (media === undefined || goal.callId === undefined) return undefined;
  const mode = modeFor(media, facts.refusedModes);
  if (connection === undefined) {
    const { callId } = goal;
    return {
      verb: 'CRCX',
      parameters: { callId, localConnectionOptions: optionsOf(facts), mode },
      change: { kind: 'create', callId, mode, remote: media.remote },
      description: media.remote,
    };
  }
  if (fits(connection, media, facts.refusedModes)) return undefined;
  // What the gateway knows already is not told again.
  const isRemoteKnown = fits({ ...connection, mode }, media, facts.refusedModes);
  return {
    verb: 'MDCX',
    parameters: { ...idsOf(connection), mode },
    change: { kind: 'modify', connection, mode, remote: isRemoteKnown ? connection.remote : media.remote },
    description: isRemoteKnown ? undefined : media.remote,
  };
}

/** Removes a connection that no state wants. */
export function sweepOf(endpoint: EndpointName, orphan: Orphan): Outstanding {
  return outstandingOf(endpoint, { verb: 'DLCX', parameters: idsOf(orphan), change: { kind: 'sweep', orphan } }, undefined, undefined);
}

export function outstandingOf(
  endpoint: EndpointName,
  step: Step,
  goal: HalfCallState | undefined,
  request: Request | undefined,
): Outstanding {
  const asked = request === undefined ? {} : { requestIdentifier: request.identifier, ...request.asked };
  const command: CommandDraft = {
    verb: step.verb,
    endpoint,
    parameters: { ...step.parameters, ...asked },
    ...(step.description !== undefined && { descriptions: [step.description] }),
  };
  return { command, goal, change: step.change, request };
}

function optionsOf(facts: GatewayFacts): NonNullable<Parameters['localConnectionOptions']> {
  return { packetizationMs: { min: facts.packetMs, max: facts.packetMs }, codecs: facts.codecs };
}

// MGCP messages as values: what was read, with its bytes, and what is to be written (RFC 3435 §3).
import type { EndpointName } from './endpoint-name.js';
import type { Parameters } from './parameters.js';

export interface MgcpCommand {
  readonly kind: 'command';
  /** Upper case. */
  readonly verb: string;
  /** 1..999999999 */
  readonly transactionId: number;
  readonly endpoint: EndpointName;
  /** What stands behind the version: '' or `NCS 1.0`. */
  readonly profile: string;
  readonly parameters: Parameters;
  /** Session descriptions as written; the empty line before each taken off. */
  readonly descriptions: readonly string[];
  /** The message alone, without the others of its datagram. */
  readonly bytes: Buffer;
}

export interface MgcpResponse {
  readonly kind: 'response';
  /** As received, 0..999. What an unknown code of a class means says `effectiveCode`. */
  readonly code: number;
  readonly transactionId: number;
  /** The package that defines an 8xx code. */
  readonly packageName?: string | undefined;
  /** '' where there was none. */
  readonly comment: string;
  readonly parameters: Parameters;
  /** Up to two: LC and RC of an audit, or those of two connections (§3.3). */
  readonly descriptions: readonly string[];
  readonly bytes: Buffer;
}

export type MgcpMessage = MgcpCommand | MgcpResponse;

/** A command to be sent: the transaction layer adds the id. */
export interface CommandDraft {
  readonly verb: string;
  readonly endpoint: EndpointName;
  readonly parameters: Parameters;
  readonly descriptions?: readonly string[] | undefined;
  /** Absent: none. */
  readonly profile?: string | undefined;
}

/** A response to be sent. Without a comment the usual words of the code are written. */
export interface ResponseDraft {
  readonly code: number;
  readonly comment?: string | undefined;
  readonly packageName?: string | undefined;
  readonly parameters?: Parameters | undefined;
  readonly descriptions?: readonly string[] | undefined;
}

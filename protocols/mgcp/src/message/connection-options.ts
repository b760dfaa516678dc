// What an agent wants of a connection and what an endpoint can do, which share one notation; and what a connection
// counted (RFC 3435 §3.2.2.1, §3.2.2.3, §3.2.2.7, §3.2.2.10).

/** An option that no field has: of a package (`pkg/x`), a vendor (`x-`, `x+`) or another. Values stay as written. */
export interface OptionExtension {
  readonly name: string;
  readonly value?: string | undefined;
}

/** `20` is `{ min: 20, max: 20 }`. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

export interface LocalConnectionOptions {
  /** `p:` in milliseconds. */
  readonly packetizationMs?: NumberRange | undefined;
  /** `a:` in order of preference, as written. */
  readonly codecs?: readonly string[] | undefined;
  /** `b:` in kbit/s. */
  readonly bandwidthKbps?: NumberRange | undefined;
  /** `e:` */
  readonly echoCancellation?: boolean | undefined;
  /** `gc:` in decibels. */
  readonly gainControl?: 'auto' | number | undefined;
  /** `s:` */
  readonly silenceSuppression?: boolean | undefined;
  /** `t:` the octet of the IP header, 0..255. */
  readonly typeOfService?: number | undefined;
  /** `r:` guaranteed, controlled load, best effort. */
  readonly resourceReservation?: 'g' | 'cl' | 'be' | undefined;
  /** `k:` as in SDP, `clear:...` and so on: never written to a log. */
  readonly encryption?: string | undefined;
  /** `nt:` `IN`, `ATM`, `LOCAL`: one in a command, several in capabilities. */
  readonly networkTypes?: readonly string[] | undefined;
  readonly extensions?: readonly OptionExtension[] | undefined;
}

/** One line of what an endpoint can do (`A:`). */
export interface Capability extends LocalConnectionOptions {
  /** `v:` the first is the default package. */
  readonly packages?: readonly string[] | undefined;
  /** `m:` lower case. */
  readonly modes?: readonly string[] | undefined;
}

/** `B:`, what the line side speaks. */
export interface BearerInformation {
  /** `e:` A-law or mu-law. */
  readonly encoding?: 'A' | 'mu' | undefined;
  readonly extensions?: readonly OptionExtension[] | undefined;
}

/** `P:`, each 0..999999999; a counter that is full stays full. */
export interface ConnectionParameters {
  readonly packetsSent?: number | undefined;
  readonly octetsSent?: number | undefined;
  readonly packetsReceived?: number | undefined;
  readonly octetsReceived?: number | undefined;
  readonly packetsLost?: number | undefined;
  readonly jitterMs?: number | undefined;
  readonly latencyMs?: number | undefined;
  /** `X-..` and `package/name`: who does not know them ignores them. */
  readonly extensions?: readonly { readonly name: string; readonly value: number }[] | undefined;
}

/** Modes of RFC 3435 §3.2.2.6; packages add `package/mode`. Lower case. */
export type ConnectionMode =
  | 'sendonly'
  | 'recvonly'
  | 'sendrecv'
  | 'confrnce'
  | 'inactive'
  | 'loopback'
  | 'conttest'
  | 'netwloop'
  | 'netwtest'
  | `${string}/${string}`;

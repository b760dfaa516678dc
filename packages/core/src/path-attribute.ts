// The path attribute (the AlternatePath tag of the reference design): who wrote the message's routing and who can
// stand in. Plain data that serialises to JSON; each protocol's path-mapping.ts says how it stands on the wire and
// what the wire cannot carry. How MGCP, MEGACO, H.323 RAS and Diameter use every field: docs/neutral-model.md.
import type { HostPort } from './address.js';

/** One stand-in. `priority`: lower is tried first among equals of the list (H.323 RAS); absent: by position. */
export interface Alternate extends HostPort {
  readonly priority?: number | undefined;
  /** The stand-in wants a registration of its own before it serves (H.323 needToRegister, H.248 ServiceChange). */
  readonly needsRegistration?: boolean | undefined;
  /** The name by which the stand-in is known beside its address (gatekeeper id, mId, Diameter identity). */
  readonly identity?: string | undefined;
}

/** How long a reader may act on the attribute: for this request, this dialog or call, or until told otherwise. */
export type Persistence = 'message' | 'dialog' | 'association';

export interface PathAttribute {
  /** `identity`: the name it is known by beside its address, as of an alternate. */
  readonly primary: HostPort & { readonly identity?: string | undefined };
  readonly alternates: readonly Alternate[];
  /** `false` where the protocol gives a set and not a list (Diameter Redirect-Host). */
  readonly ordered: boolean;
  readonly persistence: Persistence;
  /** The cluster's signature, where the protocol carries one (SIP). */
  readonly token?: string | undefined;
  /** What a mapping must carry through unread. */
  readonly opaque?: string | undefined;
}

/** How much of a path attribute a protocol's wire can carry at once. */
export type PathCarriage = 'list' | 'one' | 'none';

/** What a mapping admits: how much it carries, and in words what it loses. */
export interface PathMapping {
  readonly protocol: string;
  readonly carries: PathCarriage;
  readonly loses: readonly string[];
}

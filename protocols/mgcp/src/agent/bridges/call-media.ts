// The telephones of one call, as its bridge has to know them: where they are, and the one codec of both.
import type { AnchorSide } from '@altpath/call-control';
import type { AudioCodec } from '@altpath/sdp';
import { chooseCodec, describeBridge, describeTelephone, readTelephone, type Telephone } from './bridge-media.js';

/** Place of a side in pairs: 0 is the originating one. */
export type Side = 0 | 1;
export const SIDES: readonly Side[] = [0, 1];
export type Pair<Value> = [Value | undefined, Value | undefined];

export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

export class CallMedia {
  readonly #telephones: Pair<Telephone> = [undefined, undefined];
  /** Descriptions that no bridge can carry. */
  readonly #strange: [boolean, boolean] = [false, false];
  #codec: AudioCodec | undefined;

  /** What call control says of a side. */
  hear(side: Side, wanted: AnchorSide | undefined): void {
    if (wanted?.remote === undefined) {
      if (wanted) return;
      this.#telephones[side] = undefined;
      this.#strange[side] = false;
      return;
    }
    const telephone = readTelephone(wanted.remote);
    this.#strange[side] = telephone === undefined;
    // That nothing is sent to whoever wants nothing is done by his mode; where he was stays known.
    if (telephone !== 'nowhere') this.#telephones[side] = telephone;
  }

  /** The two sides change their places. */
  swap(): void {
    this.#telephones.reverse();
    this.#strange.reverse();
  }

  /** The codec of a bridge that somebody else made is that of its descriptions. */
  learn(description: string | undefined): void {
    const telephone = description === undefined ? undefined : readTelephone(description);
    if (typeof telephone === 'object') this.#codec ??= telephone.codecs[0];
  }

  /** Whether a description is that of the telephone of this side. */
  isOf(side: Side, description: string | undefined): boolean {
    const telephone = description === undefined ? undefined : readTelephone(description);
    const known = this.#telephones[side];
    return typeof telephone === 'object' && telephone.address === known?.address && telephone.port === known.port;
  }

  isKnown(side: Side): boolean {
    return this.#telephones[side] !== undefined;
  }

  /** The codec that both speak; undefined: they have none in common, or a bridge cannot carry what one of them says. */
  get codec(): AudioCodec | undefined {
    const [first, second] = this.#telephones;
    const codec = this.#strange.includes(true) ? undefined : chooseCodec([first, second], this.#codec);
    this.#codec = codec ?? this.#codec;
    return codec;
  }

  /** The description of a telephone for the gateway; undefined while it is not known. */
  remoteOf(side: Side): string | undefined {
    const telephone = this.#telephones[side];
    const { codec } = this;
    return telephone && codec && describeTelephone(telephone, codec);
  }

  /** The gateway's description for the telephone of a side. */
  localFor(side: Side, local: string): string {
    return describeBridge(local, this.#telephones[side], this.#telephones[otherSide(side)]);
  }
}

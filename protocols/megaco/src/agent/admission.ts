// Who may speak to the controller: gateways of the file, from their own addresses or with a signature made with their key
// (RFC 3525 §10). Whoever else is there is told so where that can harm nobody, and not at all where it could: nobody shall
// be able to use this node as a reflector.
import { type Hop, hopKey, isReliable, type Millis } from '@altpath/core';
import type { ErrorDescriptor, MId } from '../message/index.js';
import { encodingOf, type Incoming, readMessage } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { ControllerParts } from './parts.js';

/** H.248.8 */
const UNAUTHORIZED = 402;
const UNAUTHORIZED_ENTITY = 504;

export class Admission {
  constructor(private readonly parts: Omit<ControllerParts, 'takeover' | 'courier'>) {}

  /**
   * @param data  One message as it came, without TPKT header.
   * @returns     what may be acted on; undefined for a message that was refused, which has been answered and counted.
   */
  admit(data: Buffer, hop: Hop, now: Millis): Incoming | undefined {
    let incoming = readMessage(data);
    const mId = mIdOf(incoming);
    const gateway = mId && this.parts.gateways.of(mId);
    if (gateway === undefined) return this.#stranger(incoming, mId, hop);
    const refusal = this.#refusalOf(gateway, data, hop);
    if (refusal !== undefined) return this.#refuse(incoming, refusal, hop);
    gateway.heardAt = now;
    if (gateway.authenticator) gateway.lastHeardFrom = hopKey(hop);
    // What its binary termination ids mean is known now.
    if (gateway.binary !== incoming.encoding && incoming.encoding.name === 'binary') {
      const encoding = encodingOf(data, gateway.binary);
      incoming = { encoding, decoded: encoding.decode(data) };
    }
    return incoming;
  }

  /** It bears no name that we know. What cannot be read at all is answered by what reads it. */
  #stranger(incoming: Incoming, mId: MId | undefined, hop: Hop): Incoming | undefined {
    if (mId === undefined && this.parts.gateways.isKnownHost(hop.host)) return incoming;
    return this.#refuse(incoming, mId === undefined ? 'unreadable' : 'unknown-gateway', hop);
  }

  /** Why what the gateway seems to say is not believed. */
  #refusalOf(gateway: Gateway, data: Buffer, { host, listener, transport }: Hop): 'wrong-source' | 'forged' | undefined {
    const { authenticator } = gateway;
    const to = this.parts.environment.listenerOf({ listener, transport })?.advertised;
    if (authenticator && to) {
      const verdict = authenticator.verify(data, { from: { host }, to });
      if (verdict === 'verified') return undefined;
      if (verdict !== 'missing' && verdict !== 'unprotected') return 'forged';
    }
    return gateway.isAt(host) ? undefined : 'wrong-source';
  }

  #refuse(incoming: Incoming, reason: 'unreadable' | 'unknown-gateway' | 'wrong-source' | 'forged', hop: Hop): undefined {
    const { environment, gateways, layer } = this.parts;
    environment.observer.count('megaco.refused', reason);
    const error: ErrorDescriptor = { kind: 'error', code: reason === 'wrong-source' ? UNAUTHORIZED_ENTITY : UNAUTHORIZED };
    // Who has a connection has shown where he is.
    if (isReliable(hop.transport)) {
      layer.refuse(incoming, error, hop);
      if (hop.flow !== undefined) environment.emit({ kind: 'close', flow: hop.flow, reason: `megaco: ${reason}` });
    } else if (gateways.isKnownHost(hop.host)) layer.refuse(incoming, error, hop);
    return undefined;
  }
}

function mIdOf({ decoded }: Incoming): MId | undefined {
  return decoded.ok ? decoded.value.mId : decoded.fault.salvage.mId;
}

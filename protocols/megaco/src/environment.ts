// What every MEGACO room of one node shares, and under which of its names the node speaks where.
import { ControllerEnvironment } from '@altpath/call-control';
import type { Hop } from '@altpath/core';
import type { MId } from './message/index.js';
import { mIdOfAddress } from './path-mapping.js';
import type { MegacoListener, MegacoSettings } from './settings.js';

export class Environment extends ControllerEnvironment<MegacoSettings> {
  /** The listener that a hop goes through, or the first one of its transport. */
  listenerOf(hop: Pick<Hop, 'transport' | 'listener'>): MegacoListener | undefined {
    const { listeners } = this.settings;
    const named = hop.listener === undefined ? undefined : listeners[hop.listener];
    return named ?? listeners.find(({ transport }) => transport === hop.transport) ?? listeners[0];
  }

  /** Our mId: that of the listener, the same as long as an association lasts (RFC 3525 §8.3). */
  mIdOf(hop: Pick<Hop, 'transport' | 'listener'>): MId {
    const listener = this.listenerOf(hop);
    return listener ? mIdOfAddress(listener.advertised) : { kind: 'device', name: this.peers.self.name };
  }
}

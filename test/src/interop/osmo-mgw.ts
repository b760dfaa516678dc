// osmo-mgw (Debian package of that name), a media gateway that nobody here wrote: it bridges the two connections of an
// endpoint. It has no lines, reports nothing, and sends no command of its own.
import type { NetworkSpace } from '../support/network-space.js';
import { bound } from '../support/ports.js';
import { Child } from '../support/process.js';
import type { Scratch } from '../support/scratch.js';

export interface OsmoMgwOptions {
  readonly space: NetworkSpace;
  readonly scratch: Scratch;
  readonly host: string;
  readonly port: number;
}

/** Starts it; its port is bound when this settles. */
export async function startOsmoMgw({ space, scratch, host, port }: OsmoMgwOptions): Promise<Child> {
  const file = await scratch.write('osmo-mgw.cfg', configuration(host, port));
  const child = new Child('osmo-mgw', space.command(['osmo-mgw', '-c', file]), { cwd: scratch.folder });
  try {
    await bound(space, child, 'udp', host, port);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

/** Everything on one loopback address; endpoints are rtpbridge/1@mgw to rtpbridge/1f@mgw, two connections each. */
function configuration(host: string, port: number): string {
  return `
log stderr
 logging filter all 1
 logging color 0
 logging level set-all notice
line vty
 no login
 bind ${host}
ctrl
 bind ${host}
mgcp
 domain mgw
 bind ip ${host}
 bind port ${port}
 rtp port-range 4002 4999
 rtp bind-ip ${host}
 no rtp ip-probing
 no rtp keep-alive
 sdp audio-payload send-ptime
 number endpoints 31
 loop 0
 force-realloc 0
 osmux off
`;
}

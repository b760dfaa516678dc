// Waits until a program in a network space has bound its port: the kernel's own list is asked, so nothing is sent.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { NetworkSpace } from './network-space.js';
import type { Child } from './process.js';

const run = promisify(execFile);
const LISTEN = '0A';
const POLL_MS = 50;

/** @throws Error with what `owner` printed when it ends before it has bound `host:port` (IPv4), or after `timeoutMs`. */
export async function bound(
  space: NetworkSpace,
  owner: Child,
  transport: 'udp' | 'tcp',
  host: string,
  port: number,
  timeoutMs = 10_000,
): Promise<void> {
  const [program, ...args] = space.command(['cat', `/proc/net/${transport}`]);
  const local = inHex(host, port);
  for (const end = Date.now() + timeoutMs; Date.now() < end && owner.running;) {
    const { stdout } = await run(program, args);
    const rows = stdout.split('\n').map((row) => row.trim().split(/\s+/));
    if (rows.some(([, address, , state]) => address === local && (transport === 'udp' || state === LISTEN))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${owner.label} did not bind ${transport} ${host}:${port}\n${owner.output()}`);
}

/** As /proc/net/udp writes it on a little-endian machine. */
function inHex(host: string, port: number): string {
  const octets = host.split('.').reverse().map(Number);
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${octets.map((octet) => hex(octet, 2)).join('')}:${hex(port, 4)}`;
}

// UDP on node:dgram. One unconnected socket serves everybody. Beside it stand connected sockets that share its address,
// one a watched peer, because only those are told of ICMP errors.
import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import type { HostPort } from '@altpath/core';
import {
  DATAGRAM_LIMITS,
  type DatagramEngine,
  type DatagramLimits,
  type DatagramListener,
  type DatagramSink,
  MAX_PAYLOAD_BYTES,
} from './datagram-engine.js';
import { errnoOf, listenError } from './errors.js';

type Address = HostPort & { readonly port: number };

/** Hosts that a datagram went to without an error are not asked about again for this many beats. */
const ROUTE_BEATS = 5;
const MAX_ROUTES = 10_000;

export class DgramEngine implements DatagramEngine {
  readonly name = 'dgram';
  readonly #limits: DatagramLimits;

  constructor(limits: Partial<DatagramLimits> = {}) {
    this.#limits = { ...DATAGRAM_LIMITS, ...limits };
  }

  async open(address: Address, sink: DatagramSink): Promise<DatagramListener> {
    try {
      // With reuseAddr a second program could bind the same address unseen and take every datagram; so the first bind
      // is without it. libuv closes the descriptor at once: the second bind comes microseconds later.
      const probe = await bind(address, false);
      const { port } = probe.address();
      await close(probe);
      const socket = await bind({ host: address.host, port }, true);
      return new SharedSocket(socket, { host: address.host, port }, sink, this.#limits);
    } catch (error) {
      throw listenError('udp', address.host, address.port, error);
    }
  }
}

class SharedSocket implements DatagramListener {
  readonly host: string;
  readonly port: number;
  readonly #watched = new Map<string, ConnectedPeer[]>();
  #watchedCount = 0;
  #uses = 0;
  readonly #routed = new Set<string>();
  #beats = 0;
  #blocked = false;
  #closed = false;

  constructor(
    private readonly socket: Socket,
    address: Address,
    private readonly sink: DatagramSink,
    private readonly limits: DatagramLimits,
  ) {
    this.host = address.host;
    this.port = address.port;
    this.#listen(socket);
    socket.on('error', (error) => sink.trouble(errnoOf(error)));
  }

  send(data: Buffer, host: string, port: number): void {
    if (this.#closed) return;
    if (data.length > MAX_PAYLOAD_BYTES) return this.#failed(data, host, port, 'too-long');
    if (this.#watchedCount > 0) {
      const peer = this.#find(host, port);
      if (peer) return this.#sendConnected(peer, data, true);
    }
    if (this.#blocked) return this.sink.trouble('blocked');
    try {
      // Without a callback an error of the system call is lost, and with one every datagram costs a seventh more: so
      // a host is asked about once in a while.
      if (this.#routed.has(host)) this.socket.send(data, port, host);
      else this.#sendAsking(data, host, port);
    } catch (error) {
      this.#failed(data, host, port, errnoOf(error));
    }
  }

  flush(): void {
    // node:dgram has sent each datagram already.
  }

  watch(host: string, port: number): void {
    if (this.#closed) return;
    const known = this.#find(host, port);
    if (known) {
      known.usedAt = this.#uses += 1;
      return;
    }
    if (this.#watchedCount >= this.limits.watched) this.#dropOldest();
    const socket = this.#connect(host, port);
    if (!socket) return this.sink.trouble('watch');
    const peer: ConnectedPeer = { host, port, socket, usedAt: (this.#uses += 1) };
    const ofHost = this.#watched.get(host);
    if (ofHost) ofHost.push(peer);
    else this.#watched.set(host, [peer]);
    this.#watchedCount += 1;
  }

  unwatch(host: string, port: number): void {
    const peer = this.#find(host, port);
    if (!peer) return;
    const others = (this.#watched.get(host) ?? []).filter((each) => each !== peer);
    if (others.length > 0) this.#watched.set(host, others);
    else this.#watched.delete(host);
    this.#watchedCount -= 1;
    peer.socket.close();
  }

  beat(): void {
    if (this.#closed) return;
    this.#blocked = this.socket.getSendQueueSize() > this.limits.sendQueueBytes;
    this.#beats = (this.#beats + 1) % ROUTE_BEATS;
    if (this.#beats === 0) this.#routed.clear();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const peers = [...this.#watched.values()].flat();
    this.#watched.clear();
    this.#watchedCount = 0;
    await Promise.all([close(this.socket), ...peers.map((peer) => close(peer.socket))]);
  }

  #listen(socket: Socket): void {
    const { sink } = this;
    try {
      socket.setRecvBufferSize(this.limits.receiveBytes);
    } catch {
      // The kernel's default serves too, at lower rates.
    }
    // A connected socket's datagrams take the same way, and so do those of others that reached it between its bind and
    // its connect: the source is the datagram's own.
    socket.on('message', (data, from) => {
      if (this.#closed) return;
      sink.begin();
      sink.datagram(data, from.address, from.port);
      sink.end();
    });
  }

  #find(host: string, port: number): ConnectedPeer | undefined {
    const ofHost = this.#watched.get(host);
    if (ofHost) for (const peer of ofHost) if (peer.port === port) return peer;
    return undefined;
  }

  #sendAsking(data: Buffer, host: string, port: number): void {
    if (this.#routed.size >= MAX_ROUTES) this.#routed.clear();
    this.#routed.add(host);
    this.socket.send(data, port, host, (error) => {
      if (!error || this.#closed) return;
      this.#routed.delete(host);
      this.#failed(data, host, port, errnoOf(error));
    });
  }

  #failed(data: Buffer, host: string, port: number, reason: string): void {
    this.sink.trouble(reason);
    this.sink.unreachable(host, port, data);
  }

  #sendConnected(peer: ConnectedPeer, data: Buffer, again: boolean): void {
    peer.usedAt = this.#uses += 1;
    try {
      peer.socket.send(data, (error) => {
        if (!error || this.#closed) return;
        this.#refused(peer, error);
        // The error is the answer to an earlier datagram; this one has not left yet.
        if (again && errnoOf(error) === 'ECONNREFUSED' && this.#find(peer.host, peer.port) === peer) this.#sendConnected(peer, data, false);
      });
    } catch (error) {
      this.#failed(data, peer.host, peer.port, errnoOf(error));
    }
  }

  #refused(peer: ConnectedPeer, error: Error): void {
    if (this.#closed) return;
    this.sink.trouble(errnoOf(error));
    this.sink.unreachable(peer.host, peer.port);
  }

  #dropOldest(): void {
    let oldest: ConnectedPeer | undefined;
    for (const ofHost of this.#watched.values()) {
      for (const peer of ofHost) if (!oldest || peer.usedAt < oldest.usedAt) oldest = peer;
    }
    if (oldest) this.unwatch(oldest.host, oldest.port);
  }

  /** Binds and connects in one go, so that hardly a datagram of others gets into the new socket. */
  #connect(host: string, port: number): Socket | undefined {
    const socket = createSocket(optionsFor(this.host, true));
    socket.on('error', (error) => {
      const peer = this.#find(host, port);
      if (peer?.socket === socket) this.#refused(peer, error);
    });
    try {
      socket.bind({ address: this.host, port: this.port, exclusive: true });
      socket.connect(port, host);
      // Throws when it is not connected.
      socket.remoteAddress();
    } catch {
      socket.close();
      return undefined;
    }
    this.#listen(socket);
    return socket;
  }
}

interface ConnectedPeer {
  readonly host: string;
  readonly port: number;
  readonly socket: Socket;
  usedAt: number;
}

function bind(address: Address, reuseAddr: boolean): Promise<Socket> {
  const socket = createSocket(optionsFor(address.host, reuseAddr));
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.once('listening', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.bind({ address: address.host, port: address.port, exclusive: !reuseAddr });
  });
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** Hops are literals: the look-up that node:dgram makes for each datagram is answered on the spot. */
function optionsFor(host: string, reuseAddr: boolean): SocketOptions {
  const family = host.includes(':') ? 6 : 4;
  return {
    type: family === 6 ? 'udp6' : 'udp4',
    reuseAddr,
    ipv6Only: family === 6,
    lookup: (name, _options, callback) => callback(null, name, family),
  };
}

// The door behind which UDP happens. Two engines stand behind it: node:dgram, and a native one that reads and writes
// many datagrams a system call. Its shape is the batch: begin, datagrams, end on the way in; sends, flush on the way out.
import type { HostPort } from '@altpath/core';

/** Where a listener's datagrams go. Of one batch everything between `begin` and `end` came in one turn. */
export interface DatagramSink {
  begin(): void;
  /** The buffer is the receiver's to keep. `host` is an IP literal. */
  datagram(data: Buffer, host: string, port: number): void;
  end(): void;
  /**
   * Nothing can be sent there. Comes outside of batches.
   *
   * @param data  The datagram that did not go, when it is known. An ICMP error tells the address only.
   */
  unreachable(host: string, port: number, data?: Buffer): void;
  /** Something that is only counted: an error that names no destination, or a datagram dropped by ourselves. */
  trouble(reason: string): void;
}

/** One open UDP address. */
export interface DatagramListener {
  readonly host: string;
  readonly port: number;
  /** Sends now or at the next `flush`. Never throws; what fails is told to the sink. `host` is an IP literal. */
  send(data: Buffer, host: string, port: number): void;
  /** Ends a turn: everything that `send` was given is with the kernel. */
  flush(): void;
  /**
   * Makes ICMP errors from this peer visible. A bounded number of peers, the longest unused goes; watching again counts
   * as use. A peer that cannot be watched is sent to as any other.
   */
  watch(host: string, port: number): void;
  unwatch(host: string, port: number): void;
  /** Called about five times a second. */
  beat(): void;
  close(): Promise<void>;
}

export interface DatagramEngine {
  readonly name: string;
  /** @throws SignalingError as `listenError` words it: an address in use is seen although peers share it later. */
  open(address: HostPort & { readonly port: number }, sink: DatagramSink): Promise<DatagramListener>;
}

/** Bounds of an engine. */
export interface DatagramLimits {
  /** Peers whose ICMP errors are visible, a listener; default 64. Each costs a socket. */
  readonly watched: number;
  /** Receive buffer asked of the kernel, default 4 MiB; what it really gives is its own affair (net.core.rmem_max). */
  readonly receiveBytes: number;
  /** Bytes that may wait for a blocked socket before datagrams are dropped and counted; default 4 MiB. */
  readonly sendQueueBytes: number;
}

export const DATAGRAM_LIMITS: DatagramLimits = { watched: 64, receiveBytes: 4 << 20, sendQueueBytes: 4 << 20 };

/** The largest payload of one UDP datagram over IPv4. */
export const MAX_PAYLOAD_BYTES = 65_507;

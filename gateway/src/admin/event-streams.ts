// Server-sent events: what happens to the node, as it happens. Streams are few, and one that does not read is closed.
import type { ServerResponse } from 'node:http';
import { AdminRefusal } from './reply.js';
import type { NodeEvent, NodeView } from './node-view.js';

/** Streams open at once; more are answered 503. */
export const STREAM_LIMIT = 16;
/** Bytes that may wait for a reader. */
const WAITING_LIMIT = 64 * 1024;
/** A comment now and then lets both ends notice that the other is gone. */
const COMMENT_MS = 15_000;

export class EventStreams {
  readonly #closers = new Set<() => void>();

  constructor(private readonly view: NodeView) {}

  /** The first event is the node's state now. @throws AdminRefusal 503 `admin.events.full`. */
  open(response: ServerResponse): void {
    if (this.#closers.size >= STREAM_LIMIT) {
      throw new AdminRefusal(503, 'admin.events.full', `${STREAM_LIMIT} event streams are open already`, { 'retry-after': '30' });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' });
    if (response.req.method === 'HEAD') return void response.end();
    response.socket?.setTimeout(0);
    const write = (text: string): void => {
      if (response.writableLength > WAITING_LIMIT) response.destroy();
      else response.write(text);
    };
    write(eventText({ kind: 'state', at: Date.now(), state: this.view.state }));
    const unsubscribe = this.view.subscribe((event) => write(eventText(event)));
    const timer = setInterval(() => write(':\n\n'), COMMENT_MS);
    const close = (): void => {
      if (!this.#closers.delete(close)) return;
      clearInterval(timer);
      unsubscribe();
      response.end();
    };
    this.#closers.add(close);
    response.on('close', close);
  }

  closeAll(): void {
    for (const close of [...this.#closers]) close();
  }
}

function eventText({ kind, ...data }: NodeEvent): string {
  return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

import { FadingHealth } from '@altpath/core';
import { expect } from 'chai';
import type { Place } from './alternates.js';
import type { SipRequest } from './npm-sip.js';
import { type ServerOutput, ServerTransaction } from './server-transaction.js';
import { phoneTimers } from './timers.js';

const A: Place = { host: '10.0.0.1', port: 5060 };
const B: Place = { host: '10.0.0.2', port: 5060 };
const T1 = 500;

describe('the server transaction of a phone', () => {
  it('a final response to an INVITE is repeated from T1 up to T2 until its ACK', () => {
    const bench = new Bench({ aware: false });
    bench.respond(200);
    expect(instants(bench.run(20 * T1))).to.deep.equal([0, 1, 3, 7, 15]);
    bench.transaction.acknowledge(20 * T1);
    expect(bench.run(1_000 * T1)).to.deep.equal([`@${20 * T1} acknowledged`]);
    expect(bench.transaction.terminated).to.equal(true);
  });

  it('without an ACK it ends after 64 T1 and says so', () => {
    const bench = new Bench({ aware: false });
    bench.respond(486);
    expect(bench.run(64 * T1).at(-1)).to.equal('@32000 unacknowledged');
  });

  it('an aware phone takes all paths when no ACK comes', () => {
    const bench = new Bench({ aware: true });
    bench.respond(200);
    expect(bench.run(T1)).to.deep.equal(['@0 A 200', '@500 A 200 no ACK: all paths', '@500 B 200 no ACK: all paths']);
  });

  it('what was lost to a transport error goes to the next address at once', () => {
    const bench = new Bench({ aware: true });
    bench.respond(180);
    bench.transaction.unreachable(A, 0);
    expect(bench.drain()).to.deep.equal(['@0 A 180', '@0 B 180 alternate: no such port (ICMP)']);
    bench.respond(200);
    expect(bench.drain()).to.deep.equal(['@0 B 200 alternate: the first is known dead']);
  });

  it('an address known dead is skipped, unless there is no other', () => {
    const bench = new Bench({ aware: true, down: [A] });
    bench.respond(200);
    expect(bench.drain()[0]).to.equal('@0 B 200 alternate: the first is known dead');
    const nowhere = new Bench({ aware: true, down: [A, B] });
    nowhere.respond(200);
    expect(nowhere.drain()).to.deep.equal(['@0 A 200']);
  });

  it('a retransmitted request is answered where its newest copy came from', () => {
    const bench = new Bench({ aware: false, method: 'BYE' });
    bench.respond(200);
    bench.transaction.again(B, 0);
    expect(bench.drain()).to.deep.equal(['@0 A 200', '@0 B 200 answer to a retransmission']);
  });

  it('an INVITE that the phone leaves unanswered asks for a 100 after 200 ms', () => {
    const bench = new Bench({ aware: false, sendsTrying: true });
    expect(bench.run(1_000)).to.deep.equal(['@200 trying']);
  });
});

function instants(lines: readonly string[]): number[] {
  return lines.map((line) => Number(/@(\d+)/.exec(line)?.[1]) / T1);
}

class Bench {
  readonly transaction: ServerTransaction;
  readonly #log: string[] = [];
  #now = 0;

  constructor(options: { aware: boolean; method?: string; down?: readonly Place[]; sendsTrying?: boolean }) {
    const health = new FadingHealth(60_000);
    for (const place of options.down ?? []) health.markDown(`${place.host}:${place.port}`, 0);
    this.transaction = new ServerTransaction(
      {
        request: { method: options.method ?? 'INVITE' } as SipRequest,
        source: A,
        otherPlaces: options.aware || options.down ? [B] : [],
        aware: options.aware,
        sendsTrying: options.sendsTrying ?? false,
        timers: phoneTimers({ t1: T1 }),
        health,
        emit: (output) => this.#log.push(`@${this.#now} ${lineOf(output)}`),
      },
      0,
    );
  }

  respond(status: number): void {
    this.transaction.respond(status, Buffer.from(String(status)), this.#now);
  }

  run(until: number): string[] {
    for (let at = this.transaction.deadline(); at <= until; at = this.transaction.deadline()) {
      this.#now = at;
      this.transaction.tick(at);
    }
    this.#now = until;
    return this.drain();
  }

  drain(): string[] {
    return this.#log.splice(0);
  }
}

function lineOf(output: ServerOutput): string {
  if (output.kind !== 'send') return output.kind;
  return `${output.to.host === A.host ? 'A' : 'B'} ${output.data.toString()}${output.note === undefined ? '' : ` ${output.note}`}`;
}

import { FadingHealth } from '@altpath/core';
import { expect } from 'chai';
import type { Place } from './alternates.js';
import { type ClientOutput, ClientTransaction } from './client-transaction.js';
import { phoneTimers } from './timers.js';

const A: Place = { host: '10.0.0.1', port: 5060 };
const B: Place = { host: '10.0.0.2', port: 5060 };
const T1 = 500;

describe('the client transaction of an aware phone', () => {
  it('after hedge of silence the same bytes go to the next stand-in, and both are listened to', () => {
    const bench = new Bench({ method: 'INVITE', aware: true });
    expect(bench.run(T1 - 1)).to.deep.equal(['@0 A 1']);
    expect(bench.run(T1)).to.deep.equal(['@500 A 1 retransmission', '@500 B 1 alternate: silence']);
    expect(bench.health.isDown('10.0.0.1:5060', T1)).to.equal(true);
    expect(bench.run(2 * T1)).to.deep.equal(['@1000 A 1 retransmission', '@1000 B 1 retransmission']);
    bench.answer(180, B, 't');
    bench.answer(200, B, 't');
    expect(bench.drain()).to.deep.equal(['@1000 provisional 180', '@1000 final 200']);
  });

  it('a transport error sends the same bytes to the next stand-in at once, and is not final without one', () => {
    const bench = new Bench({ method: 'BYE', aware: true });
    bench.unreachable(A);
    expect(bench.drain()).to.deep.equal(['@0 A 1', '@0 B 1 alternate: no such port (ICMP)']);
    bench.unreachable(B);
    expect(bench.drain()).to.deep.equal([]);
    expect(bench.run(T1)).to.deep.equal(['@500 A 1 retransmission', '@500 B 1 retransmission']);
    expect(bench.run(64 * T1).at(-1)).to.equal('@32000 failed timeout');
  });

  it('an INVITE with a 100 and nothing else goes to the stand-in after guard, and not once it rang', () => {
    const quiet = new Bench({ method: 'INVITE', aware: true });
    quiet.answer(100, A);
    quiet.drain();
    expect(quiet.run(6 * T1 - 1)).to.deep.equal([]);
    expect(quiet.run(6 * T1)).to.deep.equal(['@3000 B 1 alternate: a 100 and then nothing (guard)']);

    const ringing = new Bench({ method: 'INVITE', aware: true });
    ringing.answer(180, A, 't');
    ringing.drain();
    expect(ringing.run(180_000)).to.deep.equal([]);
  });

  it('an address known dead is tried last', () => {
    const bench = new Bench({ method: 'INVITE', aware: true, down: A });
    expect(bench.drain()).to.deep.equal(['@0 B 1']);
  });

  it('a failure that a node may have made itself waits for the other path, and is given when that is over', () => {
    const bench = new Bench({ method: 'INVITE', aware: true });
    bench.run(T1);
    bench.answer(404, B, 'x');
    expect(bench.drain()).to.deep.equal(['@500 B ACK']);
    bench.answer(200, A, 't');
    expect(bench.drain()).to.deep.equal(['@500 final 200']);

    const lonely = new Bench({ method: 'BYE', aware: true });
    lonely.run(T1);
    lonely.answer(481, B);
    const log = lonely.run(64 * T1);
    expect(log.at(-1)).to.equal('@32000 final 481');
  });

  it('a failure of one fork waits while another one rings; the own word of who rang does not wait', () => {
    const bench = new Bench({ method: 'INVITE', aware: true });
    bench.run(T1);
    bench.answer(180, A, 'desk');
    bench.answer(486, B, 'mobile');
    expect(bench.drain()).to.deep.equal(['@500 provisional 180', '@500 B ACK']);
    bench.answer(200, A, 'desk');
    expect(bench.drain()).to.deep.equal(['@500 final 200']);

    const same = new Bench({ method: 'INVITE', aware: true });
    same.run(T1);
    same.answer(180, A, 'desk');
    same.answer(486, B, 'desk');
    expect(same.drain().at(-1)).to.equal('@500 final 486');
  });

  it('a 503 moves on with a new branch', () => {
    const bench = new Bench({ method: 'INVITE', aware: true });
    bench.answer(503, A);
    expect(bench.drain()).to.deep.equal(['@0 A 1', '@0 A ACK', '@0 B 2 next address after 503']);
  });
});

describe('the client transaction of a stock phone', () => {
  it('an INVITE doubles its interval until Timer B and takes the next address with a new branch', () => {
    const bench = new Bench({ method: 'INVITE', aware: false });
    const log = bench.run(64 * T1);
    expect(log.map((line) => line.split(' ')[0])).to.deep.equal([0, 1, 3, 7, 15, 31, 63, 64].map((times) => `@${times * T1}`));
    expect(log.at(-1)).to.equal('@32000 B 2 next address: timeout');
  });

  it('another request doubles up to T2', () => {
    const bench = new Bench({ method: 'BYE', aware: false });
    const log = bench.run(20 * T1);
    expect(log.map((line) => line.split(' ')[0])).to.deep.equal([0, 1, 3, 7, 15].map((times) => `@${times * T1}`));
  });

  it('a transport error on the last address is final', () => {
    const bench = new Bench({ method: 'INVITE', aware: false });
    bench.unreachable(A);
    bench.unreachable(B);
    expect(bench.drain().at(-1)).to.equal('@0 failed unreachable');
  });

  it('a repeated failure is acknowledged again, a repeated 2xx is handed on', () => {
    const failed = new Bench({ method: 'INVITE', aware: false });
    failed.answer(486, A);
    failed.answer(486, A);
    expect(failed.drain()).to.deep.equal(['@0 A 1', '@0 A ACK', '@0 final 486', '@0 A ACK']);

    const taken = new Bench({ method: 'INVITE', aware: false });
    taken.answer(200, A);
    taken.answer(200, A);
    expect(taken.drain()).to.deep.equal(['@0 A 1', '@0 final 200', '@0 success-again 200']);
  });
});

/** A transaction on a clock of its own; its outputs as short lines `@instant address branch note`. */
class Bench {
  readonly health = new FadingHealth(60_000);
  readonly #transaction: ClientTransaction;
  readonly #log: string[] = [];
  #now = 0;

  constructor(options: { method: string; aware: boolean; down?: Place }) {
    let branches = 0;
    if (options.down) this.health.markDown(`${options.down.host}:${options.down.port}`, 0);
    this.#transaction = new ClientTransaction({
      method: options.method,
      write: (branch) => Buffer.from(branch),
      writeAck: () => Buffer.from('ACK'),
      newBranch: () => String((branches += 1)),
      targets: [A, B],
      aware: options.aware,
      timers: phoneTimers({ t1: T1 }),
      health: this.health,
      emit: (output) => this.#log.push(`@${this.#now} ${lineOf(output)}`),
    });
    this.#transaction.start(0);
  }

  answer(status: number, from: Place, tag = ''): void {
    const nobody = { uri: '', params: {} };
    const to = { uri: '', params: { tag } };
    const headers = { via: [], from: nobody, to, 'call-id': '', cseq: { seq: 1, method: 'INVITE' } };
    this.#transaction.receive({ status, reason: '', headers }, from, this.#now);
  }

  unreachable(to: Place): void {
    this.#transaction.unreachable(to, this.#now);
  }

  run(until: number): string[] {
    for (let at = this.#transaction.deadline(); at <= until; at = this.#transaction.deadline()) {
      this.#now = at;
      this.#transaction.tick(at);
    }
    this.#now = until;
    return this.drain();
  }

  drain(): string[] {
    return this.#log.splice(0);
  }
}

function lineOf(output: ClientOutput): string {
  if (output.kind === 'failed') return `failed ${output.cause}`;
  if (output.kind !== 'send') return `${output.kind} ${output.response.status}`;
  const note = output.note === undefined ? '' : ` ${output.note}`;
  return `${output.to === A || output.to.host === A.host ? 'A' : 'B'} ${output.data.toString()}${note}`;
}

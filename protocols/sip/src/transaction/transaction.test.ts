import { expect } from 'chai';
import { NEVER } from '@altpath/core';
import { Effect, State, TransactionEvent, type Kind, type Role } from './machines.js';
import { timerSettings } from './timers.js';
import { eventOfStatus, Transaction } from './transaction.js';

const T1 = 500;
const TIMERS = timerSettings(T1);
const START = 1_000_000;
const { None, Transmit, Acknowledge, Deliver, TimedOut, Finished, Unexpected } = Effect;

interface Walk {
  readonly role: Role;
  readonly kind: Kind;
  /** The events that lead to each state. */
  readonly ways: Readonly<Record<string, readonly (keyof typeof TransactionEvent)[]>>;
  /** One line a state, one cell an event in the order of EVENTS: `-` not taken, else the next state's letter and effects. */
  readonly cells: Readonly<Record<string, string>>;
}

const EVENTS = ['Start', 'Request', 'Ack', 'Provisional', 'Success', 'Failure', 'TransportError', 'GiveUp'] as const;
const LETTERS: Readonly<Record<string, State>> = {
  I: State.Idle,
  C: State.Calling,
  T: State.Trying,
  P: State.Proceeding,
  F: State.Completed,
  O: State.Confirmed,
  A: State.Accepted,
  X: State.Terminated,
};
const FLAGS: Readonly<Record<string, number>> = { t: Transmit, k: Acknowledge, d: Deliver, o: TimedOut, x: Finished };

// What RFC 3261 figures 5 to 8, RFC 6026 and the deviations of machines.ts say, written down a second time, as a grid.
const WALKS: readonly Walk[] = [
  {
    role: 'client',
    kind: 'invite',
    ways: {
      Idle: [],
      Calling: ['Start'],
      Proceeding: ['Start', 'Provisional'],
      Completed: ['Start', 'Failure'],
      Accepted: ['Start', 'Success'],
      Terminated: ['Start', 'GiveUp'],
    },
    cells: {
      //           Start Request Ack Provis. Success Failure Error GiveUp
      Idle: '       C:t   -       -   -       -       -       -     X:ox',
      Calling: '    -     -       -   P:d     A:d     F:dk    C     X:ox',
      Proceeding: ' -     -       -   P:d     A:d     F:dk    P     X:ox',
      Completed: '  -     -       -   F       A:d     F:k     F     X:x',
      Accepted: '   -     -       -   A       A:d     A:k     A     X:x',
      Terminated: ' -     -       -   -       -       -       -     -',
    },
  },
  {
    role: 'client',
    kind: 'non-invite',
    ways: {
      Idle: [],
      Trying: ['Start'],
      Proceeding: ['Start', 'Provisional'],
      Completed: ['Start', 'Success'],
      Terminated: ['Start', 'GiveUp'],
    },
    cells: {
      Idle: '       T:t   -       -   -       -       -       -     X:ox',
      Trying: '     -     -       -   P:d     F:d     F:d     T     X:ox',
      Proceeding: ' -     -       -   P:d     F:d     F:d     P     X:ox',
      Completed: '  -     -       -   F       F       F       F     X:x',
      Terminated: ' -     -       -   -       -       -       -     -',
    },
  },
  {
    role: 'server',
    kind: 'invite',
    ways: {
      Trying: [],
      Proceeding: ['Provisional'],
      Completed: ['Failure'],
      Confirmed: ['Failure', 'Ack'],
      Accepted: ['Provisional', 'Success'],
      Terminated: ['GiveUp'],
    },
    cells: {
      Trying: '     -     T       -   P:t     A:t     F:t     T     X:x',
      Proceeding: ' -     P:t     -   P:t     A:t     F:t     P     X:x',
      Completed: '  -     F:t     O   -       -       -       F     X:x',
      Confirmed: '  -     O       O   -       -       -       O     X:x',
      Accepted: '   -     A       A:d -       A:t     -       A     X:x',
      Terminated: ' -     -       -   -       -       -       -     -',
    },
  },
  {
    role: 'server',
    kind: 'non-invite',
    ways: { Trying: [], Proceeding: ['Provisional'], Completed: ['Success'], Terminated: ['GiveUp'] },
    cells: {
      Trying: '     -     T       -   P:t     F:t     F:t     T     X:x',
      Proceeding: ' -     P:t     -   P:t     F:t     F:t     P     X:x',
      Completed: '  -     F:t     -   -       F       F       F     X:x',
      Terminated: ' -     -       -   -       -       -       -     -',
    },
  },
];

function reached(walk: Walk, state: string, reliable = false): Transaction {
  const transaction = new Transaction(walk.role, walk.kind, reliable, TIMERS);
  for (const event of walk.ways[state] ?? []) transaction.handle(TransactionEvent[event], START);
  return transaction;
}

/** Ticks at each deadline until the end or `limit` ticks; gives `offset:effects`. */
function schedule(transaction: Transaction, limit = 20): string[] {
  const lines: string[] = [];
  while (transaction.deadline !== NEVER && lines.length < limit) {
    const at = transaction.deadline;
    lines.push(`${at - START}:${transaction.tick(at)}`);
  }
  return lines;
}

function repeats(offsets: readonly number[]): string[] {
  return offsets.map((offset) => `${offset}:${Transmit}`);
}

describe('the transaction machines, state by state', () => {
  for (const walk of WALKS) {
    for (const [state, line] of Object.entries(walk.cells)) {
      const cells = line.trim().split(/\s+/);
      EVENTS.forEach((event, column) => {
        const cell = cells[column] as string;
        it(`${walk.kind} ${walk.role} in ${state}: ${event} -> ${cell}`, () => {
          const transaction = reached(walk, state);
          const before = transaction.state;
          expect(before).to.equal(State[state as keyof typeof State]);
          const deadline = transaction.deadline;
          const effects = transaction.handle(TransactionEvent[event], START);
          if (cell === '-') {
            expect(effects).to.equal(Unexpected);
            expect(transaction.state).to.equal(before);
            expect(transaction.deadline).to.equal(deadline);
            return;
          }
          const [letter, flags = ''] = cell.split(':') as [string, string?];
          expect(transaction.state).to.equal(LETTERS[letter]);
          expect(effects).to.equal([...flags].reduce((sum, flag) => sum | (FLAGS[flag] as number), 0));
        });
      });
    }
    it(`${walk.kind} ${walk.role}: a terminated transaction wants no tick`, () => {
      const transaction = reached(walk, 'Terminated');
      expect(transaction.deadline).to.equal(NEVER);
      expect(transaction.tick(START + 1e9)).to.equal(None);
    });
  }
});

describe('the timers of transactions', () => {
  const walk = (role: Role, kind: Kind): Walk => WALKS.find((each) => each.role === role && each.kind === kind) as Walk;

  it('Timer A doubles without a cap until Timer B ends the call at 64 T1', () => {
    const all = schedule(reached(walk('client', 'invite'), 'Calling'));
    expect(all).to.deep.equal([...repeats([500, 1500, 3500, 7500, 15_500, 31_500]), `32000:${TimedOut | Finished}`]);
  });

  it('Timer E doubles up to T2 until Timer F at 64 T1', () => {
    const all = schedule(reached(walk('client', 'non-invite'), 'Trying'));
    expect(all).to.deep.equal([
      ...repeats([500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]),
      `32000:${TimedOut | Finished}`,
    ]);
  });

  it('after a provisional response Timer E fires once more as it was set, and then every T2', () => {
    const transaction = new Transaction('client', 'non-invite', false, TIMERS);
    transaction.handle(TransactionEvent.Start, START);
    transaction.tick(START + 500);
    transaction.handle(TransactionEvent.Provisional, START + 700);
    expect(schedule(transaction, 4)).to.deep.equal(repeats([1500, 5500, 9500, 13_500]));
    transaction.handle(TransactionEvent.Provisional, START + 14_000);
    expect(schedule(transaction).at(-1)).to.equal(`32000:${TimedOut | Finished}`);
  });

  it('an INVITE in Proceeding waits without a timer of its own', () => {
    const transaction = reached(walk('client', 'invite'), 'Proceeding');
    expect(transaction.deadline).to.equal(NEVER);
    expect(transaction.tick(START + 1e9)).to.equal(None);
  });

  it('Timer G repeats a failure up to T2 until Timer H reports that no ACK came', () => {
    const all = schedule(reached(walk('server', 'invite'), 'Completed'));
    expect(all).to.deep.equal([
      ...repeats([500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]),
      `32000:${TimedOut | Finished}`,
    ]);
  });

  it('a copy of the INVITE in Completed gets the failure and leaves Timer G alone', () => {
    const transaction = reached(walk('server', 'invite'), 'Completed');
    expect(transaction.handle(TransactionEvent.Request, START + 100)).to.equal(Transmit);
    expect(transaction.deadline).to.equal(START + 500);
  });

  const ends: readonly [Role, Kind, string, string, number, number][] = [
    ['client', 'invite', 'Completed', 'D', 32_000, 0],
    ['client', 'invite', 'Accepted', 'M', 32_000, 32_000],
    ['client', 'non-invite', 'Completed', 'K', 5_000, 0],
    ['server', 'invite', 'Confirmed', 'I', 5_000, 0],
    ['server', 'invite', 'Accepted', 'L', 32_000, 32_000],
    ['server', 'non-invite', 'Completed', 'J', 32_000, 0],
  ];
  for (const [role, kind, state, timer, unreliable, reliable] of ends) {
    it(`Timer ${timer} ends ${state} of the ${kind} ${role} after ${unreliable} ms, ${reliable} ms on reliable transports`, () => {
      const transaction = reached(walk(role, kind), state);
      expect(transaction.deadline).to.equal(START + unreliable);
      expect(transaction.tick(START + unreliable - 1)).to.equal(None);
      expect(transaction.tick(START + unreliable)).to.equal(Finished);
      expect(transaction.state).to.equal(State.Terminated);
      const other = reached(walk(role, kind), state, true);
      if (reliable === 0) expect(other.state).to.equal(State.Terminated);
      else expect(other.deadline).to.equal(START + reliable);
    });
  }

  it('on a reliable transport the event that starts a timer of zero ends the transaction with its own effects', () => {
    const client = new Transaction('client', 'invite', true, TIMERS);
    client.handle(TransactionEvent.Start, START);
    expect(client.handle(TransactionEvent.Failure, START)).to.equal(Deliver | Acknowledge | Finished);
    const server = new Transaction('server', 'non-invite', true, TIMERS);
    expect(server.handle(TransactionEvent.Success, START)).to.equal(Transmit | Finished);
    const acknowledged = new Transaction('server', 'invite', true, TIMERS);
    expect(acknowledged.handle(TransactionEvent.Failure, START)).to.equal(Transmit);
    expect(acknowledged.handle(TransactionEvent.Ack, START)).to.equal(Finished);
  });

  it('nothing is repeated on reliable transports; Timers B, F and H run there too', () => {
    const [invite, other, server] = [
      reached(walk('client', 'invite'), 'Calling', true),
      reached(walk('client', 'non-invite'), 'Trying', true),
      reached(walk('server', 'invite'), 'Completed', true),
    ];
    for (const transaction of [invite, other, server]) expect(schedule(transaction)).to.deep.equal([`32000:${TimedOut | Finished}`]);
  });

  it('Timer D is never below 32 s, whatever T1 is here: the server has its own', () => {
    const fast = new Transaction('client', 'invite', false, timerSettings(20));
    fast.handle(TransactionEvent.Start, START);
    fast.handle(TransactionEvent.Failure, START);
    expect(fast.deadline).to.equal(START + 32_000);
    const slow = new Transaction('client', 'invite', false, timerSettings(2000));
    slow.handle(TransactionEvent.Start, START);
    slow.handle(TransactionEvent.Failure, START);
    expect(slow.deadline).to.equal(START + 128_000);
  });

  it('a late tick repeats once and goes on in the old rhythm', () => {
    const transaction = reached(walk('client', 'invite'), 'Calling');
    expect(transaction.tick(START + 5000)).to.equal(Transmit);
    expect(transaction.deadline).to.equal(START + 7500);
  });

  it('a tick after the end of everything sends nothing more', () => {
    expect(reached(walk('client', 'invite'), 'Calling').tick(START + 1e7)).to.equal(TimedOut | Finished);
    expect(reached(walk('server', 'invite'), 'Completed').tick(START + 1e7)).to.equal(TimedOut | Finished);
  });

  it('an early tick does nothing', () => {
    const transaction = reached(walk('client', 'invite'), 'Calling');
    expect(transaction.tick(START + 499)).to.equal(None);
    expect(transaction.deadline).to.equal(START + 500);
  });

  it('a response between the deadline and its tick wins over the timeout', () => {
    const transaction = reached(walk('client', 'invite'), 'Calling');
    expect(transaction.handle(TransactionEvent.Success, START + 40_000)).to.equal(Deliver);
    expect(transaction.deadline).to.equal(START + 72_000);
  });
});

describe('2xx responses to INVITE (RFC 6026)', () => {
  it('a client in Accepted passes each further 2xx up for 64 T1 and is not kept alive by them', () => {
    const transaction = new Transaction('client', 'invite', false, TIMERS);
    transaction.handle(TransactionEvent.Start, START);
    transaction.handle(TransactionEvent.Success, START);
    expect(transaction.handle(TransactionEvent.Success, START + 31_999)).to.equal(Deliver);
    expect(transaction.tick(START + 32_000)).to.equal(Finished);
    expect(transaction.handle(TransactionEvent.Success, START + 32_001)).to.equal(Unexpected);
  });

  it('a server in Accepted absorbs INVITEs, sends each 2xx of its user, passes ACKs up, never repeats by itself', () => {
    const transaction = new Transaction('server', 'invite', false, TIMERS);
    expect(transaction.handle(TransactionEvent.Success, START)).to.equal(Transmit);
    expect(transaction.handle(TransactionEvent.Request, START + 10)).to.equal(None);
    expect(transaction.handle(TransactionEvent.Success, START + 500)).to.equal(Transmit);
    expect(transaction.handle(TransactionEvent.Ack, START + 600)).to.equal(Deliver);
    expect(transaction.handle(TransactionEvent.Ack, START + 700)).to.equal(Deliver);
    expect(schedule(transaction)).to.deep.equal([`32000:${Finished}`]);
  });

  it('a 2xx that comes along the other way after a failure is passed up, and later failures are still acknowledged', () => {
    const transaction = new Transaction('client', 'invite', false, TIMERS);
    transaction.handle(TransactionEvent.Start, START);
    transaction.handle(TransactionEvent.Failure, START + 100);
    expect(transaction.handle(TransactionEvent.Success, START + 200)).to.equal(Deliver);
    expect(transaction.handle(TransactionEvent.Failure, START + 300)).to.equal(Acknowledge);
    expect(transaction.deadline).to.equal(START + 32_200);
  });

  it('a transport error does not stop retransmission: the plan may have another address', () => {
    const transaction = new Transaction('client', 'invite', false, TIMERS);
    transaction.handle(TransactionEvent.Start, START);
    expect(transaction.handle(TransactionEvent.TransportError, START + 1)).to.equal(None);
    expect(transaction.deadline).to.equal(START + 500);
  });
});

describe('eventOfStatus', () => {
  it('sorts the classes of responses', () => {
    expect([100, 199, 200, 299, 300, 404, 503, 699].map(eventOfStatus)).to.deep.equal([3, 3, 4, 4, 5, 5, 5, 5]);
  });
});

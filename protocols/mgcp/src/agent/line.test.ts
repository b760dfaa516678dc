// A line: fewest commands, one at a time; reports in and out of turn; glare.
import type { HalfCallState } from '@altpath/call-control';
import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import { Bench } from './line-bench.fixture.js';

const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };
const DIALLING: HalfCallState = { phase: 'dialling', role: 'originating' };
const BUSY: HalfCallState = { phase: 'busy', role: 'originating' };
const C = '16B02FB000001';
const FAR = 'v=0\nc=IN IP4 10.0.0.9\nm=audio 4000 RTP/AVP 0\n';
const TALKING: HalfCallState = {
  phase: 'talking',
  role: 'originating',
  callId: C,
  media: { mode: 'sendrecv', remote: FAR },
  dialled: '1002',
};
const RINGING: HalfCallState = { phase: 'ringing', role: 'terminating', callId: C, media: { mode: 'sendrecv', remote: FAR } };

/** The verbs of what leaves, in order; `>` stands between the parts of one datagram. */
function verbs(sent: string): string {
  return sent
    .split('\n--\n')
    .map((datagram) =>
      datagram
        .split('\n.\n')
        .map((message) => message.split(' ')[0])
        .join('>'),
    )
    .join(' ');
}

function xOf(sent: string): string {
  return /^X: (\w+)$/m.exec(sent)?.[1] ?? '';
}

function notify(id: number, identifier: string, observed: string): string {
  return `NTFY ${id} aaln/1@rgw1 MGCP 1.0\nX: ${identifier}\nO: ${observed}`;
}

/** An idle line whose request was accepted. @returns the bench and the identifier in force. */
function idle(): { bench: Bench; x: string } {
  const bench = new Bench();
  const x = xOf(bench.order(IDLE));
  bench.hear('200 101 OK');
  bench.heard();
  return { bench, x };
}

/** A line in a talk with connection 1F. */
function talking(): { bench: Bench; x: string } {
  const bench = new Bench();
  const x = xOf(bench.order(TALKING));
  bench.hear('200 101 OK\nI: 1F\n\nv=0\nm=audio 5000 RTP/AVP 0');
  bench.heard();
  return { bench, x };
}

describe('orders to a line', () => {
  it('of which nothing was sent are replaced by newer ones', () => {
    const bench = new Bench();
    const line = bench.line();
    line.order(DIALLING, bench.now);
    line.order(BUSY, bench.now);
    expect(bench.flush()).to.match(/^RQNT 101 (.|\n)*S: L\/bz$/);
  });

  it('that come while a command is out wait for its answer, and only the newest is carried out', () => {
    const bench = new Bench();
    bench.order(IDLE);
    expect(bench.order(DIALLING)).to.equal('');
    expect(bench.order(BUSY)).to.equal('');
    expect(bench.hear('200 101 OK')).to.match(/S: L\/bz$/);
    bench.hear('200 102 OK');
    expect(bench.heard()).to.deep.equal(['reached busy']);
  });

  it('for what is there already cause no command, and are said to be reached', () => {
    const { bench } = talking();
    expect(bench.order({ ...TALKING })).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('that change the media alone leave tone and events as they are', () => {
    const { bench } = talking();
    expect(bench.order({ ...TALKING, media: { mode: 'recvonly', remote: FAR } })).to.equal(
      `MDCX 102 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F\nM: recvonly`,
    );
  });

  it('tell a new far side, and an old one in other words not again', () => {
    const { bench } = talking();
    const same = FAR.replace('v=0', 'v=0\r\no=- 7 7 IN IP4 10.0.0.9\r\ns=-');
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv', remote: same } })).to.equal('');
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv', remote: FAR.replace('4000', '4002') } })).to.match(
      /^MDCX (.|\n)*m=audio 4002/,
    );
  });

  it('to send without knowing where to become orders to listen (527)', () => {
    const bench = new Bench();
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv' } })).to.include('M: recvonly');
    bench.hear('200 101 OK\nI: 1');
    expect(bench.heard()).to.deep.equal(['reached talking']);
  });

  it('end one call and begin another by two commands, the request going with the second', () => {
    const { bench } = talking();
    const other = '16B02FB000002';
    expect(bench.order({ ...RINGING, callId: other })).to.equal(`DLCX 102 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F`);
    const next = bench.hear('250 102 OK');
    expect(next).to.match(new RegExp(`^CRCX 103 (.|\n)*C: ${other}`));
    expect(next).to.include('R: L/hd(N)');
  });

  it('never name the call agent: who claims the gateway does', () => {
    const { bench, x } = idle();
    expect(bench.hear(notify(1, x, 'L/hd')) + bench.order(TALKING)).not.to.match(/^N:/m);
  });

  it('to ring write a caller who withholds his number as private, and one without a name as out of reach', () => {
    const caller = (number?: string, name?: string): string => new Bench().order({ ...RINGING, caller: { number, name } });
    expect(caller()).to.include('L/ci(11/22/14/24,P,P)');
    expect(caller('1001')).to.include('L/ci(11/22/14/24,"1001",O)');
    expect(caller('1001', 'Ann "A"')).to.include('L/ci(11/22/14/24,"1001","Ann ""A""")');
    expect(new Bench().order(RINGING)).to.include('S: L/rg\n');
  });
});

describe('a report', () => {
  it('is answered with the command that it causes behind the response', () => {
    const { bench, x } = idle();
    bench.onEvent = (_, event) => event.kind === 'off-hook' && bench.line().order(DIALLING, bench.now);
    expect(verbs(bench.hear(notify(7, x, 'L/hd')))).to.equal('200>RQNT');
  });

  it('that call control does not answer at once is answered alone; the command follows when there is one', () => {
    const { bench, x } = idle();
    expect(verbs(bench.hear(notify(7, x, 'L/hd')))).to.equal('200');
    expect(verbs(bench.order(DIALLING))).to.equal('RQNT');
  });

  it('that call control never answers makes the line ask again after a while, and so tell again', () => {
    const { bench, x } = idle();
    bench.hear(notify(7, x, 'L/hd'));
    bench.heard();
    expect(bench.wait(1_999)).to.equal('');
    expect(bench.wait(1)).to.match(/R: L\/hd/);
    bench.hear('401 102 Off-hook');
    expect(bench.heard()).to.deep.equal(['off-hook']);
  });

  it('of what changes nothing makes the gateway go on from where it stopped (lockstep)', () => {
    const { bench, x } = talking();
    const answer = bench.hear(notify(7, x, 'L/hf'));
    expect(verbs(answer)).to.equal('200>RQNT');
    expect(xOf(answer)).not.to.equal(x);
    expect(bench.heard()).to.deep.equal(['flash']);
  });

  it('that comes again is answered and not acted on', () => {
    const { bench, x } = talking();
    bench.hear(notify(7, x, 'L/hf'));
    expect(verbs(bench.hear(notify(8, x, 'L/hf')))).to.equal('200');
    bench.hear('200 102 OK');
    expect(verbs(bench.hear(notify(9, x, 'L/hf')))).to.equal('200');
    expect(bench.heard().filter((event) => event === 'flash')).to.have.length(1);
    expect(bench.counted.get('mgcp.line.report repeated')).to.equal(2);
  });

  it('that was sent before our request got there counts for its hook events', () => {
    const { bench, x } = talking();
    bench.order(BUSY);
    expect(verbs(bench.hear(notify(7, x, 'L/hu')))).to.equal('200');
    expect(bench.heard()).to.deep.equal(['on-hook']);
    expect(bench.order(IDLE)).to.equal('');
    expect(bench.hear('402 102 On-hook')).to.match(/^DLCX 103 (.|\n)*R: L\/hd/);
    expect(bench.heard(), 'the on-hook is not told twice').to.deep.equal([]);
  });

  it('that was sent before our request got there does not count for its digits', () => {
    const bench = new Bench();
    const x = xOf(bench.order(DIALLING));
    bench.hear('200 101 OK');
    bench.heard();
    bench.order(BUSY);
    bench.hear(notify(7, x, 'D/1, D/0, D/0, D/2'));
    expect(bench.heard()).to.deep.equal([]);
    expect(bench.counted.get('mgcp.line.report late')).to.equal(1);
  });

  it('that comes when the gateway has accepted a later request may be outdated: the gateway is asked how the phone lies', () => {
    const { bench, x } = talking();
    const held: HalfCallState = { ...TALKING, phase: 'held' };
    bench.order(held);
    bench.hear('200 102 OK');
    expect(verbs(bench.hear(notify(7, x, 'L/hu')))).to.equal('200');
    bench.heard();
    expect(verbs(bench.order({ ...held }))).to.equal('RQNT');
    bench.hear('200 103 OK');
    expect(bench.line().describe().hook).to.equal('off');
    expect(bench.heard()).to.deep.equal(['reached held with local']);
  });

  it('that outruns the response to its command shows that the command was executed', () => {
    const bench = new Bench();
    const x = xOf(bench.order(RINGING));
    bench.onEvent = (_, event) => event.kind === 'off-hook' && bench.line().order({ ...RINGING, phase: 'talking' }, bench.now);
    expect(verbs(bench.hear(notify(7, x, 'L/hd')))).to.equal('200');
    expect(bench.heard()).to.deep.equal(['reached ringing', 'off-hook']);
    expect(verbs(bench.hear('200 101 OK\nI: 1\n\nv=0\nm=audio 5000 RTP/AVP 0'))).to.equal('RQNT');
    expect(bench.heard(), 'the far side waits for the description').to.deep.equal(['reached ringing with local']);
    bench.hear('200 102 OK');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('of several events (quarantine) is told in order, and one command answers it', () => {
    const { bench, x } = talking();
    bench.onEvent = (_, event) => {
      if (event.kind === 'on-hook') bench.line().order(IDLE, bench.now);
      if (event.kind === 'off-hook') bench.line().order(DIALLING, bench.now);
    };
    const answer = bench.hear(notify(7, x, 'L/hu, L/hd'));
    expect(bench.heard()).to.deep.equal(['on-hook', 'off-hook']);
    expect(verbs(answer)).to.equal('200>DLCX');
    expect(answer).to.include('S: L/dl');
  });

  it('before any request (X: 0) tells the hook, and the line is armed', () => {
    const { bench } = idle();
    const answer = bench.hear(notify(7, '0', 'L/hd'));
    expect(bench.heard()).to.deep.equal(['off-hook']);
    expect(verbs(answer)).to.equal('200');
    expect(verbs(bench.order(DIALLING))).to.equal('RQNT');
  });

  it('without a request (X: 0) may come more than once', () => {
    const { bench } = idle();
    bench.hear(notify(7, '0', 'L/hd'));
    bench.hear(notify(8, '0', 'L/hu'));
    expect(bench.heard()).to.deep.equal(['off-hook', 'on-hook']);
  });

  it('of a hook that is known already is not told', () => {
    const { bench } = idle();
    expect(verbs(bench.hear(notify(7, '0', 'L/hu')))).to.equal('200>RQNT');
    expect(bench.heard()).to.deep.equal([]);
  });

  it('of a tone that has ended makes the same phase go on in silence', () => {
    const bench = new Bench();
    const x = xOf(bench.order(BUSY));
    bench.hear('200 101 OK');
    bench.heard();
    const answer = bench.hear(notify(7, x, 'L/oc(L/bz)'));
    expect(bench.heard()).to.deep.equal(['tone-ended']);
    expect(answer).to.match(/S:$/);
    expect(answer).to.include('R: L/hu(N), L/hf(N)\n');
  });

  it('of a tone that has ended concerns that tone, and not the next of its kind', () => {
    const bench = new Bench();
    const x = xOf(bench.order(BUSY));
    bench.hear('200 101 OK');
    bench.hear(notify(7, x, 'L/oc(L/bz)'));
    bench.hear('200 102 OK');
    bench.order(DIALLING);
    bench.hear('200 103 OK');
    expect(bench.order(BUSY)).to.include('S: L/bz');
  });

  it('of a tone that has ended says nothing about what is ordered in the meantime', () => {
    const bench = new Bench();
    const x = xOf(bench.order(BUSY));
    bench.hear('200 101 OK');
    bench.line().order(DIALLING, bench.now);
    bench.heard();
    expect(bench.hear(notify(7, x, 'L/oc(L/bz)'))).to.include('S: L/dl');
    expect(bench.heard()).to.deep.equal([]);
  });

  it('of a ring that did not sound says that the line cannot ring', () => {
    const bench = new Bench();
    const x = xOf(bench.order(RINGING));
    bench.hear('200 101 OK\nI: 1');
    bench.heard();
    bench.hear(notify(7, x, 'L/of(L/rg)'));
    expect(bench.heard()).to.deep.equal(['failed ringing destination-out-of-order']);
  });

  it('of something unknown is answered and counted', () => {
    const { bench, x } = talking();
    expect(verbs(bench.hear(notify(7, x, 'X-vendor/foo')))).to.equal('200>RQNT');
    expect(bench.counted.get('mgcp.line.event unknown')).to.equal(1);
  });
});

describe('glare', () => {
  it('401: the telephone was lifted before the request for it came', () => {
    const bench = new Bench();
    bench.order(IDLE);
    bench.onEvent = (_, event) => event.kind === 'off-hook' && bench.line().order(DIALLING, bench.now);
    expect(bench.hear('401 101 Off-hook')).to.match(/^RQNT 102 (.|\n)*S: L\/dl$/);
    expect(bench.heard()).to.deep.equal(['off-hook']);
  });

  it('402: the telephone was put down; its connection goes with the next request', () => {
    const { bench } = talking();
    bench.order({ ...TALKING, phase: 'held', media: { mode: 'inactive', remote: FAR } });
    bench.onEvent = (_, event) => event.kind === 'on-hook' && bench.line().order(IDLE, bench.now);
    const next = bench.hear('402 102 On-hook');
    expect(bench.heard()).to.deep.equal(['on-hook']);
    expect(next).to.match(/^DLCX 103 (.|\n)*I: 1F\n(.|\n)*R: L\/hd/);
  });

  it('refuses the command as a whole: the connection that was to be is not there', () => {
    const bench = new Bench();
    bench.order(RINGING);
    bench.onEvent = (_, event) => event.kind === 'off-hook' && bench.line().order(DIALLING, bench.now);
    expect(verbs(bench.hear('401 101 Off-hook'))).to.equal('RQNT');
  });

  it('that call control has heard of by a report in the meantime is not told again', () => {
    const { bench, x } = idle();
    bench.order(RINGING);
    bench.onEvent = (_, event) => event.kind === 'off-hook' && bench.line().order(DIALLING, bench.now);
    bench.hear(notify(7, x, 'L/hd'));
    expect(verbs(bench.hear('401 102 Off-hook'))).to.equal('RQNT');
    expect(bench.heard()).to.deep.equal(['off-hook']);
  });
});

describe('a line that is held by its owner', () => {
  it('gives no command until it is let go', () => {
    const bench = new Bench();
    bench.line().hold();
    expect(bench.order(IDLE)).to.equal('');
    expect(bench.line().busy).to.equal(true);
    bench.line().resume();
    expect(verbs(bench.flush())).to.equal('RQNT');
  });
});

describe('a line that is forgotten', () => {
  it('sends nothing and says nothing, and takes no late outcome', () => {
    const { bench } = talking();
    bench.order(BUSY);
    bench.line().forget();
    expect(bench.hear('200 102 OK')).to.equal('');
    expect(bench.heard()).to.deep.equal([]);
    expect(bench.line().describe()).to.deep.equal({
      name: 'aaln/1@rgw1',
      hook: 'unknown',
      wanted: undefined,
      armed: undefined,
      requestIdentifier: undefined,
      connectionId: undefined,
      outstanding: undefined,
      orphans: 0,
    });
    expect(bench.line().deadline()).to.equal(NEVER);
  });
});

describe('an endpoint that restarted', () => {
  it('has lost its call, and is armed anew', () => {
    const { bench } = talking();
    bench.onEvent = (_, event) => event.kind === 'lost' && bench.line().order(IDLE, bench.now);
    bench.line().restarted(bench.now);
    expect(verbs(bench.flush())).to.equal('RQNT');
    expect(bench.heard()).to.deep.equal(['lost destination-out-of-order']);
  });

  it('without a call has lost nothing', () => {
    const { bench } = idle();
    bench.line().restarted(bench.now);
    expect(verbs(bench.flush())).to.equal('RQNT');
    expect(bench.heard()).to.deep.equal([]);
  });
});

describe('a trunk', () => {
  it('has connections only', () => {
    const bench = new Bench({ locals: ['ds/1'], kind: 'trunk' });
    expect(bench.order(TALKING, 'ds/1')).to.equal(`CRCX 101 ds/1@rgw1 MGCP 1.0\nC: ${C}\nL: p:20, a:PCMU\nM: sendrecv\n\n${FAR.trimEnd()}`);
    bench.hear('200 101 OK\nI: 1');
    expect(bench.heard()).to.deep.equal(['reached talking']);
    expect(bench.order(IDLE, 'ds/1')).to.equal(`DLCX 102 ds/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1`);
  });

  it('without room for its connection (540) leaves the others of its endpoint alone: they may be those of a bridge', () => {
    const bench = new Bench({ locals: ['rtpbridge/1'], kind: 'trunk' });
    bench.order(TALKING, 'rtpbridge/1');
    expect(bench.hear('540 101 Limit')).to.equal('');
    expect(bench.heard()).to.deep.equal(['failed talking no-circuit']);
  });

  it('by wildcard is the endpoint that the gateway chose, until its connection is gone', () => {
    const bench = new Bench({ locals: ['rtpbridge/*'], requests: false });
    bench.order(TALKING, 'rtpbridge/*');
    bench.hear('200 101 OK\nZ: rtpbridge/3@rgw1\nI: 20BB828F\n\nv=0\nm=audio 4002 RTP/AVP 0');
    expect(bench.order({ ...TALKING, media: { mode: 'recvonly', remote: FAR } }, 'rtpbridge/*')).to.match(/^MDCX 102 rtpbridge\/3@rgw1/);
    bench.hear('200 102 OK');
    expect(bench.order(IDLE, 'rtpbridge/*')).to.match(/^DLCX 103 rtpbridge\/3@rgw1/);
    bench.hear('250 103 OK');
    expect(bench.order({ ...TALKING }, 'rtpbridge/*')).to.match(/^CRCX 104 rtpbridge\/\*@rgw1/);
  });
});

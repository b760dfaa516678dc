// What a line does when a command fails: refusals by their codes, silence, and connections that must not stay behind.
import type { HalfCallState } from '@altpath/call-control';
import { expect } from 'chai';
import { Bench } from './line-bench.fixture.js';

const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };
const C = '16B02FB000001';
const FAR = 'v=0\nc=IN IP4 10.0.0.9\nm=audio 4000 RTP/AVP 0\n';
const TALKING: HalfCallState = { phase: 'talking', role: 'originating', callId: C, media: { mode: 'sendrecv', remote: FAR } };
const RINGBACK: HalfCallState = { phase: 'ringback', role: 'originating', callId: C, media: { mode: 'recvonly', remote: FAR } };
const RINGING: HalfCallState = { ...TALKING, phase: 'ringing', role: 'terminating', caller: { number: '1001' } };

function talking(): Bench {
  const bench = new Bench();
  bench.order(TALKING);
  bench.hear('200 101 OK\nI: 1F\n\nv=0\nm=audio 5000 RTP/AVP 0');
  bench.heard();
  return bench;
}

describe('a connection', () => {
  it('that may have been made by a command nobody answered is deleted by its call', () => {
    const bench = new Bench();
    bench.order(TALKING);
    expect(bench.lose(101)).to.equal('');
    expect(bench.heard()).to.deep.equal(['failed talking recovery-on-timer-expiry']);
    const next = bench.order(IDLE);
    expect(next).to.match(/^RQNT 102/);
    expect(bench.hear('200 102 OK'), 'it answers again').to.equal(`DLCX 103 aaln/1@rgw1 MGCP 1.0\nC: ${C}`);
    bench.hear('250 103 OK');
    expect(bench.line().describe().orphans).to.equal(0);
    expect(bench.wait(600_000)).to.equal('');
  });

  it('that may be there is deleted before the same call gets another, so that its deletion does not hit the new one', () => {
    const bench = new Bench();
    bench.order(TALKING);
    bench.lose(101);
    expect(bench.order({ ...TALKING })).to.equal('');
    expect(bench.wait(5_000)).to.equal(`DLCX 102 aaln/1@rgw1 MGCP 1.0\nC: ${C}`);
    expect(bench.hear('516 102 No such call')).to.match(/^CRCX 103/);
  });

  it('that is no longer wanted when its command is answered is deleted', () => {
    const bench = new Bench();
    bench.order(TALKING);
    bench.order(IDLE);
    expect(bench.hear('200 101 OK\nI: 1F')).to.match(/^DLCX 102 (.|\n)*I: 1F\n(.|\n)*R: L\/hd/);
  });

  for (const code of [500, 515, 516]) {
    it(`is deleted when its deletion is refused with ${code}`, () => {
      const bench = talking();
      bench.order(IDLE);
      expect(bench.hear(`${code} 102 Gone`), 'its request has been refused with it').to.match(/^RQNT 103 (.|\n)*R: L\/hd/);
      expect(bench.line().describe().connectionId).to.equal(undefined);
    });
  }

  it('is deleted alone when the request that came along is what the gateway did not like', () => {
    const bench = talking();
    bench.order(IDLE);
    expect(bench.hear('510 102 Protocol error')).to.equal(`DLCX 103 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F`);
    expect(bench.hear('250 103 OK')).to.match(/^RQNT 104/);
  });

  it('whose deletion nobody answers is deleted again, as long as it takes', () => {
    const bench = talking();
    bench.order(IDLE);
    const waits: number[] = [];
    for (let id = 102; id < 108; id += 1) {
      bench.lose(id, 'unreachable');
      const from = bench.now;
      let sent = '';
      while (sent === '') sent = bench.wait(1_000);
      expect(sent).to.match(/^DLCX/);
      waits.push((bench.now - from) / 1_000);
    }
    expect(waits).to.deep.equal([5, 10, 20, 30, 30, 30]);
  });

  it('that may be deleted is asked for before it is believed in again', () => {
    const bench = talking();
    bench.order(IDLE);
    bench.lose(102);
    expect(bench.order(TALKING)).to.match(/^MDCX 103/);
    bench.hear('515 103 Unknown');
    expect(bench.heard()).to.include('lost bearer-not-available');
    expect(bench.order({ ...TALKING })).to.match(/^CRCX 104/);
  });

  for (const code of [515, 516]) {
    it(`that the gateway does not have (${code}) when it is to be changed is lost`, () => {
      const bench = talking();
      bench.order(RINGBACK);
      bench.hear(`${code} 102 Unknown`);
      expect(bench.heard()).to.deep.equal(['lost bearer-not-available']);
      expect(bench.order(IDLE)).to.match(/^RQNT/);
    });
  }

  it('that the gateway deletes by itself is lost, and the deletion confirmed', () => {
    const bench = talking();
    expect(bench.hear(`DLCX 7 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F\nE: 900`)).to.equal('250 7 Connection Deleted');
    expect(bench.heard()).to.deep.equal(['lost bearer-not-available']);
  });

  it('that the gateway deletes and we do not know is refused with the code for its kind', () => {
    const bench = talking();
    expect(bench.hear(`DLCX 7 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 2`)).to.match(/^515 7/);
    expect(bench.hear('DLCX 8 aaln/1@rgw1 MGCP 1.0\nC: FF\nI: 1F')).to.match(/^516 8/);
    expect(bench.heard()).to.deep.equal([]);
  });

  it('that is said to be there without an identifier is deleted by its call, and the order has failed', () => {
    const bench = new Bench();
    bench.order(TALKING);
    expect(bench.hear('200 101 OK')).to.equal(`DLCX 102 aaln/1@rgw1 MGCP 1.0\nC: ${C}`);
    expect(bench.heard()).to.deep.equal(['failed talking protocol-error']);
  });

  it('for which there is no room (540) is made once more after the endpoint was swept of unknown ones', () => {
    const bench = new Bench();
    bench.order(TALKING);
    expect(bench.hear('540 101 Limit')).to.equal('DLCX 102 aaln/1@rgw1 MGCP 1.0');
    expect(bench.hear('250 102 OK')).to.match(/^CRCX 103/);
    bench.hear('540 103 Limit');
    expect(bench.heard()).to.deep.equal(['failed talking no-circuit']);
  });
});

describe('a refusal for now', () => {
  for (const code of [400, 403, 404, 409, 410, 499]) {
    it(`(${code}) is waited out, ever longer, and told when it lasts`, () => {
      const bench = new Bench();
      bench.order(TALKING);
      bench.hear(`${code} 101 Later`);
      for (const [wait, id] of [
        [250, 102],
        [500, 103],
        [1_000, 104],
      ] as const) {
        expect(bench.wait(wait - 1)).to.equal('');
        expect(bench.wait(1)).to.match(new RegExp(`^CRCX ${id}`));
        expect(bench.heard()).to.deep.equal([]);
        bench.hear(`${code} ${id} Later`);
      }
      expect(bench.heard()).to.have.length(1);
    });
  }

  it('because of another command (407) is repeated at once, the second time not', () => {
    const bench = new Bench();
    bench.order(IDLE);
    expect(bench.hear('407 101 Aborted')).to.match(/^RQNT 102/);
    expect(bench.hear('407 102 Aborted')).to.equal('');
    expect(bench.wait(500)).to.match(/^RQNT 103/);
  });

  it('of an idle line is never the end, and the waits do not grow beyond half a minute', () => {
    const bench = new Bench();
    bench.order(IDLE);
    for (let id = 101; id < 120; id += 1) {
      bench.hear(`409 ${id} Overload`);
      expect(bench.wait(30_000)).to.match(/^RQNT/);
    }
  });

  it('is not hurried by the same order again', () => {
    const bench = new Bench();
    bench.order(IDLE);
    bench.hear('409 101 Overload');
    expect(bench.order({ ...IDLE })).to.equal('');
    expect(bench.order({ phase: 'dialling', role: 'originating' }), 'by another it is').to.match(/^RQNT/);
  });
});

describe('a refusal for good', () => {
  const causes: readonly [code: number, cause: string][] = [
    [500, 'destination-out-of-order'],
    [501, 'destination-out-of-order'],
    [502, 'resource-unavailable'],
    [509, 'incompatible-destination'],
    [534, 'bearer-not-available'],
    [599, 'protocol-error'],
    [801, 'protocol-error'],
    [321, 'temporary-failure'],
  ];
  for (const [code, cause] of causes) {
    it(`(${code}) is told once as ${cause}`, () => {
      const bench = new Bench();
      bench.order(TALKING);
      expect(bench.hear(`${code} 101 No`)).to.equal('');
      expect(bench.heard()).to.deep.equal([`failed talking ${cause}`]);
      expect(bench.wait(5_000)).to.match(/^CRCX 102/);
      bench.hear(`${code} 102 No`);
      expect(bench.heard()).to.deep.equal([]);
    });
  }

  it('of an order that is no longer wanted is not told', () => {
    const bench = new Bench();
    bench.order(TALKING);
    bench.order(IDLE);
    bench.hear('534 101 No codec');
    expect(bench.heard()).to.deep.equal([]);
  });
});

describe('what a gateway does not know', () => {
  it('and calls can do without is left out, for all its lines', () => {
    const bench = new Bench({ locals: ['aaln/1', 'aaln/2'] });
    expect(bench.order(RINGING)).to.include('L/ci');
    const second = bench.hear('513 101 Cannot generate');
    expect(second).to.include('S: L/rg\n').and.to.include('R: L/hd(N), L/oc(N)\n');
    expect(bench.hear('512 102 Cannot detect')).to.include('R: L/hd(N)\n');
    bench.hear('200 103 OK\nI: 1');
    expect(bench.order(RINGING, 'aaln/2')).to.include('R: L/hd(N)\nS: L/rg\n');
    expect(bench.heard()).to.deep.equal(['reached ringing']);
  });

  it('of package G at all (518) costs the ringback tone, not the call', () => {
    const bench = new Bench();
    bench.order(RINGBACK);
    expect(bench.hear('518 101 Unknown package')).to.match(/R: L\/hu\(N\), L\/hf\(N\)\nS:\n/);
  });

  it('and calls cannot do without is the end of the order', () => {
    const bench = new Bench();
    bench.order({ phase: 'dialling', role: 'originating' });
    let next = bench.hear('512 101 Cannot detect');
    expect(next).not.to.include('L/oc');
    next = bench.hear('512 102 Cannot detect');
    expect(next).not.to.include('L/hf');
    bench.hear('512 103 Cannot detect');
    expect(bench.heard()).to.deep.equal(['failed dialling protocol-error']);
  });

  it('of modes (517) is replaced by one that sends no more', () => {
    const bench = talking();
    expect(bench.order({ ...TALKING, phase: 'held', media: { mode: 'inactive', remote: FAR } })).to.include('M: inactive');
    expect(bench.hear('517 102 Mode')).to.include('M: recvonly');
    bench.hear('200 103 OK');
    expect(bench.heard()).to.deep.equal(['reached held with local']);
  });
});

describe('silence', () => {
  it('leaves open what the line was asked for: it is asked again, whatever for', () => {
    const bench = new Bench();
    bench.order({ phase: 'busy', role: 'originating' });
    bench.hear('200 101 OK');
    bench.order({ phase: 'parked', role: 'originating' });
    bench.lose(102);
    expect(bench.order({ phase: 'busy', role: 'originating' })).to.match(/^RQNT 103/);
  });

  it('does not undo a talk, and the line is asked again', () => {
    const bench = talking();
    bench.order({ ...TALKING, media: { mode: 'recvonly', remote: FAR } });
    bench.lose(102);
    expect(bench.heard()).to.deep.equal(['failed talking recovery-on-timer-expiry']);
    expect(bench.wait(5_000)).to.match(/^MDCX 103/);
    bench.hear('200 103 OK');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('after a request that was executed all the same: its report is taken', () => {
    const bench = new Bench();
    const x = /X: (\w+)/.exec(bench.order(IDLE))?.[1] ?? '';
    bench.lose(101, 'unreachable');
    expect(bench.heard()).to.deep.equal(['failed idle network-out-of-order']);
    bench.hear(`NTFY 1 aaln/1@rgw1 MGCP 1.0\nX: ${x}\nO: L/hd`);
    expect(bench.heard()).to.deep.equal(['off-hook']);
    expect(bench.counted.get('mgcp.line.report current')).to.equal(1);
  });
});

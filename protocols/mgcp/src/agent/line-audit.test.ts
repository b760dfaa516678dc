// What an audit found becomes what is there: legs for call control, connections of no call deleted, and no command where
// the endpoint is what it shall be.
import type { FoundLeg, HalfCallState } from '@altpath/call-control';
import { expect } from 'chai';
import { decodeDatagram } from '../codec/index.js';
import type { Parameters } from '../message/parameters.js';
import { Bench } from './line-bench.fixture.js';
import type { AuditedConnection } from './line-facts.js';

const C = '36B02FB0000A1';
const FAR = 'v=0\no=- 9 9 IN IP4 10.0.0.9\ns=-\nc=IN IP4 10.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 0\n';
const NEAR = 'v=0\nc=IN IP4 10.0.0.1\nm=audio 5000 RTP/AVP 0\n';
/** Slot 3 wrote both: phase 5 (talking), originating, generation 01234, call 00A1, digits 1002. */
const X = '3500123400A11002';
const TALK: AuditedConnection = { connectionId: '1F', callId: C, mode: 'sendrecv', local: NEAR, remote: FAR };

/** The answer of a gateway to AUEP, as text. */
function audited(text: string): Parameters {
  const [message] = decodeDatagram(Buffer.from(`200 1 OK\n${text}\n`));
  if (message?.kind !== 'response') throw new RangeError(`no response: ${text}`);
  return message.parameters;
}

function adopt(bench: Bench, text: string, connections: readonly AuditedConnection[] = []): FoundLeg {
  return bench.line().adopt({ parameters: audited(text), connections }, bench.now);
}

describe('an audit', () => {
  it('gives back the leg of a call', () => {
    expect(adopt(new Bench(), `X: ${X}\nES: L/hd`, [TALK])).to.deep.equal({
      line: 'aaln/1@rgw1',
      hook: 'off',
      state: { phase: 'talking', role: 'originating', callId: C, media: { mode: 'sendrecv', remote: FAR }, dialled: '1002' },
      local: NEAR,
    });
  });

  it('gives back a line without a call', () => {
    expect(adopt(new Bench(), 'X: 300012340000\nES: L/hu')).to.deep.equal({
      line: 'aaln/1@rgw1',
      hook: 'on',
      state: { phase: 'idle', role: 'originating' },
    });
  });

  for (const text of ['X: 0', 'X: 4711ABC', 'X:', '']) {
    it(`without an identifier of ours (${JSON.stringify(text)}) knows no state`, () => {
      expect(adopt(new Bench(), text)).to.deep.equal({ line: 'aaln/1@rgw1', hook: 'unknown' });
    });
  }

  it('takes a description of nothing (v=0) for none', () => {
    const leg = adopt(new Bench(), `X: ${X}`, [{ ...TALK, local: 'v=0\n', remote: 'v=0\n' }]);
    expect(leg.local).to.equal(undefined);
    expect(leg.state?.media).to.deep.equal({ mode: 'sendrecv' });
  });

  it('that finds what is wanted causes no command, though another node has written it', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}\nES: L/hd`, [TALK]);
    expect(bench.order(state as HalfCallState)).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('of a gateway that had lost its agent is followed by a new request: the report on the one found may be lost', () => {
    const bench = new Bench();
    bench.line().disconnected();
    const { state } = adopt(bench, `X: ${X}\nES: L/hd`, [TALK]);
    expect(bench.order(state as HalfCallState)).to.match(/^RQNT/);
  });

  it('of a gateway that had lost its agent: the report on the request found counts although it comes after all', () => {
    const bench = new Bench();
    bench.line().disconnected();
    const { state } = adopt(bench, `X: ${X}\nES: L/hd`, [TALK]);
    bench.order(state as HalfCallState);
    bench.hear('200 101 OK');
    bench.heard();
    bench.hear(`NTFY 1 aaln/1@rgw1 MGCP 1.0\nX: ${X}\nO: L/hf`);
    expect(bench.heard()).to.deep.equal(['flash']);
  });

  it('that finds what is wanted in the words of a stranger causes no command', () => {
    const bench = new Bench();
    adopt(bench, 'X: 77\nR: L/hd(N)\nS:\nES: L/hu');
    expect(bench.order({ phase: 'idle', role: 'originating' })).to.equal('');
  });

  it('that finds a stranger at something else is followed by what is wanted', () => {
    const bench = new Bench();
    adopt(bench, 'X: 77\nR: L/hu(N), D/[0-9](D)\nS: L/dl\nES: L/hd');
    expect(bench.order({ phase: 'idle', role: 'originating' })).to.match(/^RQNT/);
  });

  it('whose gateway tells no descriptions is followed by one command that writes them', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}`, [{ connectionId: '1F', callId: C, mode: 'sendrecv' }]);
    const wanted: HalfCallState = { ...(state as HalfCallState), media: { mode: 'sendrecv', remote: FAR } };
    expect(bench.order(wanted)).to.equal(`MDCX 101 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F\nM: sendrecv\n\n${FAR.trimEnd()}`);
  });

  it('makes later requests later than those that it found', () => {
    const bench = new Bench();
    adopt(bench, 'X: 3000FFFE0000\nES: L/hu');
    expect(bench.order({ phase: 'dialling', role: 'originating' })).to.include('X: 1100FFFF0000');
  });

  it('is followed by the deletion of connections that belong to no call', () => {
    const bench = new Bench();
    const leg = adopt(bench, 'X: 300012340000\nES: L/hu', [TALK]);
    expect(leg.state).to.deep.equal({ phase: 'idle', role: 'originating' });
    expect(bench.flush()).to.equal(`DLCX 101 aaln/1@rgw1 MGCP 1.0\nC: ${C}\nI: 1F`);
    bench.order({ phase: 'idle', role: 'originating' });
    expect(bench.hear('250 101 OK')).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached idle']);
  });

  it('is followed by the deletion of a connection of another call beside that of the leg', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}\nES: L/hd`, [{ ...TALK, callId: '36B02FB000099', connectionId: '2' }, TALK]);
    expect(state?.callId).to.equal(C);
    expect(bench.flush()).to.equal('DLCX 101 aaln/1@rgw1 MGCP 1.0\nC: 36B02FB000099\nI: 2');
  });

  it('that finds a connection and no request leaves it to call control whether its call goes on', () => {
    const bench = new Bench();
    adopt(bench, 'ES: L/hu', [TALK]);
    expect(bench.flush()).to.equal('');
    expect(bench.order({ phase: 'idle', role: 'originating' })).to.match(/^DLCX 101 (.|\n)*I: 1F\n(.|\n)*R: L\/hd/);
  });
});

describe('the report of an adopted request', () => {
  const report = (x: string, observed: string): string => `NTFY 9 aaln/1@rgw1 MGCP 1.0\nX: ${x}\nO: ${observed}`;

  it('is acted on once', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}`, [TALK]);
    bench.order(state as HalfCallState);
    bench.heard();
    expect(bench.line().isCurrent(X)).to.equal(true);
    expect(bench.hear(report(X, 'L/hf'))).to.match(/^200 9 OK\n\.\nRQNT/);
    expect(bench.heard()).to.deep.equal(['flash']);
    expect(bench.line().isCurrent(X)).to.equal(false);
    bench.hear(report(X, 'L/hf'));
    expect(bench.heard()).to.deep.equal([]);
  });

  it('that is a flash is not acted on twice where the node that is gone has done so', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}`, [TALK]);
    expect(bench.order({ ...(state as HalfCallState), phase: 'holding' })).to.match(/^RQNT|^MDCX/);
    bench.heard();
    bench.hear(report(X, 'L/hf'));
    expect(bench.heard()).to.deep.equal([]);
  });

  it('is not told again when the audit has told it: the telephone is off its hook', () => {
    const bench = new Bench();
    const leg = adopt(bench, 'X: 300012340000\nES: L/hd');
    expect(leg.hook).to.equal('off');
    bench.line().order({ phase: 'dialling', role: 'originating' }, bench.now);
    expect(bench.hear(report('300012340000', 'L/hd'))).to.match(/^200 9 OK\n\.\nRQNT (.|\n)*S: L\/dl$/);
    expect(bench.heard()).to.deep.equal([]);
  });

  it('that is older than the adopted one is answered, and its hook counts', () => {
    const bench = new Bench();
    const { state } = adopt(bench, `X: ${X}\nES: L/hd`, [TALK]);
    bench.order(state as HalfCallState);
    bench.heard();
    expect(bench.line().isCurrent('3500123300A11002')).to.equal(false);
    expect(bench.hear(report('3500123300A11002', 'D/1'))).to.equal('200 9 OK');
    expect(bench.heard()).to.deep.equal([]);
  });
});

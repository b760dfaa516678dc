// From phase to R, S and D, as text.
import type { HalfCallState, Phase } from '@altpath/call-control';
import { expect } from 'chai';
import { encodeCommand } from '../codec/index.js';
import { dialPlanOf } from './digit-map.js';
import type { GatewayFacts } from './line-facts.js';
import { asksTheSame, dispensable, hookOf, requestFor } from './requests.js';

function facts(...refused: readonly string[]): GatewayFacts {
  return {
    codecs: ['PCMU'],
    packetMs: 20,
    dialPlan: dialPlanOf(['100x']),
    requests: true,
    refusedModes: new Set(),
    refusedEvents: new Set(refused),
    localTime: () => '01/02/03/04',
  };
}

function written(state: HalfCallState, signals = true, known = facts()): string {
  const parameters = requestFor(state, signals, known, 0);
  return encodeCommand({ verb: 'RQNT', endpoint: { local: 'a', domain: 'b' }, parameters }, 1)
    .toString()
    .split('\r\n')
    .slice(1, -1)
    .join('; ');
}

const state = (phase: Phase): HalfCallState => ({ phase, role: 'originating' });

describe('the request of a phase', () => {
  const requests: Readonly<Record<Phase, string>> = {
    idle: 'R: L/hd(N); S:',
    dialling: 'R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N); D: (100x); S: L/dl',
    routing: 'R: L/hu(N), L/hf(N); S:',
    ringback: 'R: L/hu(N), L/hf(N), G/oc(N); S: G/rt',
    ringing: 'R: L/hd(N), L/oc(N); S: L/rg',
    talking: 'R: L/hu(N), L/hf(N); S:',
    holding: 'R: L/hu(N), L/hf(N); S:',
    held: 'R: L/hu(N), L/hf(N); S:',
    busy: 'R: L/hu(N), L/hf(N), L/oc(N); S: L/bz',
    congested: 'R: L/hu(N), L/hf(N), L/oc(N); S: L/ro',
    howling: 'R: L/hu(N), L/hf(N); S: L/ot',
    parked: 'R: L/hu(N), L/hf(N); S:',
    early: 'R: L/hu(N), L/hf(N); S:',
    knocking: 'R: L/hu(N), L/hf(N), L/oc(N); S: L/wt',
  };
  for (const [phase, text] of Object.entries(requests)) {
    it(`${phase} is ${text}`, () => expect(written(state(phase as Phase))).to.equal(text));
  }

  it('asks for the hook in which the telephone does not lie', () => {
    for (const phase of Object.keys(requests) as Phase[]) {
      expect(written(state(phase)).includes('L/hd'), phase).to.equal(hookOf(phase) === 'on');
    }
  });

  it('is silent, and asks for no end of a tone, once that has ended by itself', () => {
    expect(written(state('busy'), false)).to.equal('R: L/hu(N), L/hf(N); S:');
  });

  it('goes without what the gateway has refused', () => {
    expect(written(state('dialling'), true, facts('l/hf', 'l/oc'))).to.equal('R: L/hu(N), D/[0-9*#T](D); D: (100x); S: L/dl');
    expect(written(state('ringback'), true, facts('g/rt'))).to.equal('R: L/hu(N), L/hf(N); S:');
    expect(written({ ...state('ringing'), caller: { number: '1' } }, true, facts('l/ci'))).to.equal('R: L/hd(N), L/oc(N); S: L/rg');
  });
});

describe('what a gateway refused', () => {
  const ringing = requestFor({ ...state('ringing'), caller: { number: '1' } }, true, facts(), 0);

  it('is an event (512) or a signal (513), and given up in turn', () => {
    expect(dispensable(512, ringing)).to.equal('l/oc');
    expect(dispensable(513, ringing)).to.equal('l/ci');
    for (const code of [518, 522, 538]) expect(dispensable(code, ringing)).to.equal('l/ci');
    expect(dispensable(518, requestFor(state('busy'), true, facts(), 0))).to.equal('l/oc');
  });

  it('cannot be given up where only the hook was asked for', () => {
    const idle = requestFor(state('idle'), true, facts(), 0);
    for (const code of [512, 513, 518, 522, 538]) expect(dispensable(code, idle)).to.equal(undefined);
  });
});

describe('a request that an audit found', () => {
  const busy = requestFor(state('busy'), true, facts(), 0);

  it('is the same whatever its order and case, and though its tone has ended', () => {
    const found = { requestedEvents: [...busy.requestedEvents].reverse(), signalRequests: [] };
    expect(asksTheSame(found, busy)).to.equal(true);
  });

  it('is another when an event is missing, one is too much, or another tone sounds', () => {
    expect(asksTheSame({ requestedEvents: busy.requestedEvents.slice(1) }, busy)).to.equal(false);
    expect(
      asksTheSame({ requestedEvents: [...busy.requestedEvents, { name: { event: 'hd' }, actions: [], parameters: [] }] }, busy),
    ).to.equal(false);
    const congested = requestFor(state('congested'), true, facts(), 0);
    expect(asksTheSame(congested, busy)).to.equal(false);
  });

  it('is another when the gateway does not tell', () => expect(asksTheSame({}, busy)).to.equal(false));
});

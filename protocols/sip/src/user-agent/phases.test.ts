import { type HalfCallRole, type Phase, PHASES } from '@altpath/call-control';
import { expect } from 'chai';
import { isLeaving, PHASE_ACTS, type Standing } from './phases.js';
import { Desk, FAR, OFFER } from './testing.js';

const STANDINGS: readonly Standing[] = ['new', 'pending', 'answered', 'over'];

/** One line a phase: what is done originating, then terminating, in the order of STANDINGS. */
const TABLE: Readonly<Record<Phase, string>> = {
  idle: 'wrong refuse bye forget, forget cancel bye forget',
  dialling: 'wrong wrong wrong wrong, wrong wrong wrong wrong',
  routing: 'wrong note media note, wrong wrong wrong wrong',
  ringback: 'wrong ring media note, wrong wrong wrong wrong',
  ringing: 'wrong wrong wrong wrong, invite invite media note',
  talking: 'wrong answer media note, wrong invite media note',
  holding: 'wrong answer media note, wrong invite media note',
  held: 'wrong answer media note, wrong invite media note',
  busy: 'wrong refuse bye forget, forget cancel bye forget',
  congested: 'wrong refuse bye forget, forget cancel bye forget',
  howling: 'wrong wrong wrong wrong, wrong wrong wrong wrong',
  parked: 'wrong wrong wrong wrong, wrong wrong wrong wrong',
  early: 'wrong progress media note, wrong wrong wrong wrong',
  knocking: 'wrong wrong wrong wrong, wrong wrong wrong wrong',
};

function line(phase: Phase): string {
  const half = (role: HalfCallRole): string => STANDINGS.map((standing) => PHASE_ACTS[phase][role][standing]).join(' ');
  return `${half('originating')}, ${half('terminating')}`;
}

describe('what an order is in SIP', () => {
  for (const phase of PHASES) {
    it(`${phase}: ${TABLE[phase]}`, () => {
      expect(line(phase)).to.equal(TABLE[phase]);
    });
  }

  it('a leg leaves its call by idle, busy and congested', () => {
    expect(PHASES.filter(isLeaving)).to.deep.equal(['idle', 'busy', 'congested']);
  });

  it('an order that no party can get is counted, and nothing is sent', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.sent();
    desk.order('sip/1', { phase: 'howling' });
    desk.order('sip/1', { phase: 'ringing', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.observer.counts).to.include('sip.order.ignored howling originating pending');
    expect(desk.observer.counts).to.include('sip.order.ignored ringing originating pending');
  });

  it('an order for nobody is counted', () => {
    const desk = new Desk();
    desk.order('sip/9', { phase: 'ringback' });
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.observer.counts).to.include('sip.order.ignored unknown');
  });

  it('routing and ringback are done at once, so far as SIP has anything to do', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.events();
    desk.order('sip/1', { phase: 'routing' });
    desk.order('sip/1', { phase: 'ringback' });
    expect(desk.events().map((each) => each.kind === 'reached' && each.phase)).to.deep.equal(['routing', 'ringback']);
  });
});

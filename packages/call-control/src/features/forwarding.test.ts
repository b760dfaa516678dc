import { expect } from 'chai';
import { A, B, C } from '../exchange.fixture.js';
import { NumberPlan } from '../number-plan.js';
import { type Diverted, type Diversion, MAX_DIVERSIONS, type Situation, treat, type Treatment } from './forwarding.js';
import type { LineFeatures } from './line-features.js';

const PLAN = new NumberPlan({ '1001': A, '1003': [C, 'registrar'], '0900.': { forbid: true }, '8.': { to: 'group:out', strip: 1 } });
const CALL: Diverted = { dialled: '1002', emergency: false, diversions: [] };
const EMERGENCY: Diverted = { ...CALL, emergency: true };

function treatment(situation: Situation, features: LineFeatures | undefined, call = CALL): Treatment | undefined {
  return treat(situation, call, B, features, PLAN);
}

describe('a call that comes to a line', () => {
  const FORWARD: LineFeatures = { forward: { always: '1001', busy: '1003', noAnswer: '1003' } };

  it('rings it, where no feature is on', () => {
    for (const situation of ['called', 'busy', 'unanswered'] as const) {
      expect(treatment(situation, undefined)).to.equal(undefined);
      expect(treatment(situation, {})).to.equal(undefined);
    }
  });

  const forwards = [
    ['called', 'unconditional', '1001'],
    ['busy', 'user-busy', '1003'],
    ['unanswered', 'no-answer', '1003'],
  ] as const;
  for (const [situation, reason, number] of forwards)
    it(`is forwarded when it is ${situation}`, () => {
      expect(treatment(situation, FORWARD)).to.deep.equal({
        kind: 'forward',
        targets: PLAN.find(number)?.targets,
        diversion: { line: B, reason },
      });
    });

  it('is refused as busy by a line that is not to be disturbed', () => {
    expect(treatment('called', { doNotDisturb: true })).to.deep.include({ kind: 'refuse', cause: 'user-busy', why: 'do-not-disturb' });
  });

  it('goes where busy calls go, from a line that is not to be disturbed', () => {
    const treated = treatment('called', { doNotDisturb: true, forward: { busy: '1003' } });
    expect(treated).to.deep.include({ kind: 'forward', diversion: { line: B, reason: 'do-not-disturb' } });
  });

  it('rings a line that is not to be disturbed when it is an emergency', () => {
    expect(treatment('called', { doNotDisturb: true }, EMERGENCY)).to.equal(undefined);
    expect(treatment('called', FORWARD, EMERGENCY)).to.deep.include({ kind: 'forward' });
  });

  it('goes to a target that is no number, as what was dialled', () => {
    const targetsOf = (always: string): unknown => treatment('called', { forward: { always } });
    expect(targetsOf('registrar')).to.deep.include({ targets: [{ kind: 'registrar', user: '1002' }] });
    expect(targetsOf('sip:mail@example.test')).to.deep.include({ targets: [{ kind: 'sip', uri: 'sip:mail@example.test' }] });
    expect(targetsOf(C)).to.deep.include({ targets: [{ kind: 'line', line: C }] });
  });

  it('goes to a number as its rule says', () => {
    expect(treatment('called', { forward: { always: '8123' } })).to.deep.include({
      targets: [{ kind: 'group', name: 'out', user: '123' }],
    });
  });

  it('does not go to a number that is none, or that nobody may call', () => {
    expect(treatment('called', { forward: { always: '4' } })).to.deep.include({ kind: 'refuse', cause: 'unallocated-number' });
    expect(treatment('called', { forward: { always: '09001' } })).to.deep.include({ kind: 'refuse', cause: 'call-rejected' });
  });

  it('does not come back to a line that has forwarded it', () => {
    const diversions: readonly Diversion[] = [
      { line: B, reason: 'user-busy' },
      { line: A, reason: 'unconditional' },
    ];
    expect(treatment('called', FORWARD, { ...CALL, diversions })).to.deep.equal({
      kind: 'refuse',
      cause: 'network-out-of-order',
      why: 'loop',
    });
  });

  it('is not forwarded without end', () => {
    const diversions = Array.from({ length: MAX_DIVERSIONS }, (_, at): Diversion => ({ line: `aaln/${at}@gw`, reason: 'user-busy' }));
    expect(treatment('called', FORWARD, { ...CALL, diversions })).to.deep.include({ kind: 'refuse', why: 'loop' });
    expect(treatment('called', FORWARD, { ...CALL, diversions: diversions.slice(1) })).to.deep.include({ kind: 'forward' });
  });
});

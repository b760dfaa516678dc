import { expect } from 'chai';
import { type Cause, Q850 } from './cause.js';
import { causeOf, failureEvent, lossEvent, partyFailureEvent } from './failure.js';

const CAUSES = Object.keys(Q850) as Cause[];

describe('what a failure means', () => {
  it('each cause is a decision, whatever was to be reached', () => {
    for (const cause of CAUSES)
      for (const phase of ['idle', 'ringing', 'routing', 'talking'] as const)
        expect(failureEvent(phase, cause)).to.be.oneOf(['busy', 'on-hook', 'silent', 'failed']);
  });

  it('glare is the hook event that stands behind it', () => {
    expect(failureEvent('ringing', 'user-busy')).to.equal('busy');
    expect(failureEvent('talking', 'normal-clearing')).to.equal('on-hook');
    expect(failureEvent('talking', 'user-busy')).to.equal('failed');
    expect(failureEvent('ringing', 'normal-clearing')).to.equal('failed');
  });

  it('a gateway that is not heard or has too much to do may come round', () => {
    const silent = CAUSES.filter((cause) => failureEvent('talking', cause) === 'silent');
    expect(silent).to.have.members(['recovery-on-timer-expiry', 'network-out-of-order', 'temporary-failure', 'congestion']);
  });

  it('a line is gone only with its gateway', () => {
    const gone = CAUSES.filter((cause) => lossEvent(cause) === 'gone');
    expect(gone).to.have.members(['destination-out-of-order', 'network-out-of-order']);
  });

  it('a party that was to ring has refused, whatever the cause; it is never glare', () => {
    for (const cause of CAUSES) {
      expect(partyFailureEvent('ringing', cause)).to.equal('refused');
      expect(partyFailureEvent('talking', cause)).to.be.oneOf(['on-hook', 'silent', 'failed']);
    }
  });
});

describe('why a leg leaves its call', () => {
  it('is told by the event where nobody has said so', () => {
    expect(causeOf('time-out', 'alerting', undefined)).to.equal('no-answer');
    expect(causeOf('time-out', 'early', undefined)).to.equal('no-answer');
    expect(causeOf('time-out', 'offering', undefined)).to.equal('recovery-on-timer-expiry');
    expect(causeOf('terminating:tone-ended', 'alerting', undefined)).to.equal('no-answer');
    expect(causeOf('terminating:off-hook', 'offering', undefined)).to.equal('user-busy');
    expect(causeOf('originating:on-hook', 'talking', undefined)).to.equal('normal-clearing');
    expect(causeOf('terminating:missing', 'talking', undefined)).to.equal('destination-out-of-order');
  });

  it('is the last target’s refusal when none is left, and the number where there was no target', () => {
    expect(causeOf('none-left', 'hunting', 'call-rejected')).to.equal('call-rejected');
    expect(causeOf('none-left', 'hunting', undefined)).to.equal('unallocated-number');
    expect(causeOf('all-busy', 'hunting', 'call-rejected')).to.equal('user-busy');
  });
});

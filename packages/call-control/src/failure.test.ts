import { expect } from 'chai';
import { type Cause, Q850 } from './cause.js';
import { failureEvent, lossEvent } from './failure.js';

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
});

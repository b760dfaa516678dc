import { type Cause, Q850 } from '@altpath/call-control';
import { expect } from 'chai';
import { causeOfReason, causeOfStatus, reasonLine, statusOf } from './causes.js';

const CAUSES = Object.keys(Q850) as Cause[];

describe('a cause as a status', () => {
  for (const [cause, status] of [
    ['unallocated-number', 404],
    ['normal-clearing', 480],
    ['user-busy', 486],
    ['no-answer', 480],
    ['call-rejected', 403],
    ['destination-out-of-order', 502],
    ['invalid-number-format', 484],
    ['no-circuit', 503],
    ['congestion', 503],
    ['bearer-not-available', 488],
    ['recovery-on-timer-expiry', 504],
    ['protocol-error', 500],
  ] as const) {
    it(`${cause} is ${status} (RFC 3398 §7.2.4.1)`, () => expect(statusOf(cause)).to.equal(status));
  }

  it('is never 6xx, which would stop a caller from trying elsewhere', () => {
    for (const cause of CAUSES) expect(statusOf(cause)).to.be.within(400, 599);
  });
});

describe('a status as a cause', () => {
  for (const [status, cause] of [
    [404, 'unallocated-number'],
    [408, 'recovery-on-timer-expiry'],
    [480, 'no-answer'],
    [486, 'user-busy'],
    [488, 'bearer-not-available'],
    [503, 'temporary-failure'],
    [600, 'user-busy'],
    [603, 'call-rejected'],
    [302, 'interworking'],
    [499, 'interworking'],
    [599, 'temporary-failure'],
    [699, 'interworking'],
  ] as const) {
    it(`${status} is ${cause} (RFC 3398 §8.2.6.1)`, () => expect(causeOfStatus(status)).to.equal(cause));
  }

  it('is what a gateway behind says, where it does', () => {
    expect(causeOfStatus(503, ['Q.850;cause=17'])).to.equal('user-busy');
    expect(causeOfStatus(503, ['SIP;cause=486'])).to.equal('temporary-failure');
  });
});

describe('a Reason header', () => {
  for (const cause of CAUSES) {
    it(`tells ${cause} and is read so`, () => expect(causeOfReason([reasonLine(cause).replace('Reason: ', '')])).to.equal(cause));
  }

  it('reads whole', () => expect(reasonLine('user-busy')).to.equal('Reason: Q.850;cause=17;text="user busy"'));

  for (const [reason, cause] of [
    ['q.850 ;text="a, b;cause=1" ; cause = 19', 'no-answer'],
    ['SIP;cause=200;text="Call completed elsewhere"', 'normal-clearing'],
    ['SIP;cause=486', 'user-busy'],
    ['SIP;cause=486, Q.850;cause=21', 'call-rejected'],
    ['Q.850;cause=18', 'no-answer'],
    ['Q.850;cause=43', 'resource-unavailable'],
    ['Q.850;cause=65', 'incompatible-destination'],
    ['Q.850;cause=99', 'protocol-error'],
    ['Q.850;cause=126', 'interworking'],
    ['Q.850;cause=0', undefined],
    ['Q.850;cause=128', undefined],
    ['Q.850', undefined],
    ['preemption;cause=1', undefined],
    ['"', undefined],
  ] as const) {
    it(`${reason} tells ${cause ?? 'nothing'}`, () => expect(causeOfReason([reason])).to.equal(cause));
  }

  it('may have several lines, or none', () => {
    expect(causeOfReason(['x;cause=2', 'Q.850;cause=1'])).to.equal('unallocated-number');
    expect(causeOfReason([])).to.equal(undefined);
  });
});

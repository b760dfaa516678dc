import { expect } from 'chai';
import { Counters, OTHER, REASON_LIMIT } from './counters.js';

describe('the counters', () => {
  it('count by name and reason', () => {
    const counters = new Counters();
    counters.count('sip.thawed');
    counters.count('sip.response.dropped', 'not-ours');
    counters.count('sip.response.dropped', 'not-ours');
    counters.count('sip.response.dropped', 'no-way-back');
    expect([...counters.all()]).to.deep.equal([
      { name: 'sip.thawed', reason: '', value: 1 },
      { name: 'sip.response.dropped', reason: 'not-ours', value: 2 },
      { name: 'sip.response.dropped', reason: 'no-way-back', value: 1 },
    ]);
  });

  it('do not grow with reasons that the network invents, and lose none of them', () => {
    const counters = new Counters();
    counters.count('sip.request.received', 'INVITE');
    for (let i = 0; i < 3 * REASON_LIMIT; i += 1) counters.count('sip.request.received', `X-${i}`);
    counters.count('sip.request.received', 'INVITE');
    counters.count('sip.response.dropped', 'not-ours');
    const all = [...counters.all()];
    const received = all.filter((each) => each.name === 'sip.request.received');
    expect(received).to.have.lengthOf(REASON_LIMIT + 1);
    expect(received[0]).to.deep.include({ reason: 'INVITE', value: 2 });
    expect(received.find((each) => each.reason === OTHER)?.value).to.equal(2 * REASON_LIMIT + 1);
    expect(all.at(-1)).to.deep.equal({ name: 'sip.response.dropped', reason: 'not-ours', value: 1 });
  });

  it('cut a long reason, and count every copy of it in one place', () => {
    const counters = new Counters();
    counters.count('a', 'x'.repeat(5_000));
    counters.count('a', 'x'.repeat(5_000));
    expect([...counters.all()]).to.deep.equal([{ name: 'a', reason: 'x'.repeat(64), value: 2 }]);
  });
});

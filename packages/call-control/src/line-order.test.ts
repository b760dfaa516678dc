// What call control hears of an order, how often, and how long a line waits.
import { expect } from 'chai';
import { BACK_OFF } from './back-off.js';
import type { HalfCallEvent, HalfCallState } from './half-call.js';
import { LineOrder } from './line-order.js';

const RINGING: HalfCallState = { phase: 'ringing', role: 'terminating', callId: '165A0BC000001' };

function bench(): { readonly order: LineOrder; readonly heard: string[] } {
  const heard: string[] = [];
  const order = new LineOrder((event: HalfCallEvent) => void heard.push(event.kind));
  order.take(RINGING);
  return { order, heard };
}

describe('the order of a line', () => {
  it('is open until it has been announced, and again once it is given anew', () => {
    const { order, heard } = bench();
    order.announce(RINGING, undefined, 0);
    expect([order.isOpen, heard]).to.deep.equal([false, ['reached']]);
    order.take({ ...RINGING });
    expect(order.isOpen).to.equal(true);
  });

  it('is about a call until the line has been taken out of it', () => {
    const { order } = bench();
    expect(order.callAtHand).to.equal(RINGING.callId);
    order.announce(RINGING, undefined, 0);
    const busy: HalfCallState = { phase: 'busy', role: 'terminating' };
    const idle: HalfCallState = { phase: 'idle', role: 'terminating' };
    order.take(busy);
    order.take(idle);
    expect(order.callAtHand).to.equal(RINGING.callId);
    order.announce(idle, undefined, 0);
    expect(order.callAtHand).to.equal(undefined);
    order.take(busy);
    expect(order.callAtHand).to.equal(undefined);
    order.take(RINGING);
    order.forget();
    order.take(idle);
    expect(order.callAtHand).to.equal(undefined);
  });

  it('that is refused for now is tried four times before call control hears of it, and then it hears once', () => {
    const { order, heard } = bench();
    for (const now of [1, 2, 3]) order.again(RINGING, 'congestion', now);
    expect(heard).to.deep.equal([]);
    for (const now of [4, 5]) order.again(RINGING, 'congestion', now);
    expect(heard).to.deep.equal(['failed']);
  });

  it('may be tried at once after the first refusal, and not after the second', () => {
    const { order } = bench();
    order.again(RINGING, 'congestion', 1_000, true);
    expect(order.backOff.notBefore).to.equal(0);
    order.again(RINGING, 'congestion', 1_000, true);
    expect(order.backOff.notBefore).to.equal(1_000 + 2 * BACK_OFF.refusedMs);
  });

  it('given anew does not hurry a gateway that refuses it, unless it is for another call', () => {
    const { order } = bench();
    order.fail(RINGING, 'no-circuit', 1_000);
    order.take({ ...RINGING });
    expect(order.backOff.notBefore).to.equal(1_000 + BACK_OFF.silentMs);
    order.take({ ...RINGING, callId: '165A0BC000002' });
    expect(order.backOff.notBefore).to.equal(0);
  });

  it('that has been replaced is not reported as failed', () => {
    const { order, heard } = bench();
    order.take({ phase: 'idle', role: 'terminating' });
    order.fail(RINGING, 'no-circuit', 0);
    expect(heard).to.deep.equal([]);
  });

  it('says how long nothing is tried before call control orders something else', () => {
    const until: number[] = [];
    const order = new LineOrder(() => order.take({ phase: 'idle', role: 'terminating' }));
    order.take(RINGING);
    order.fail(RINGING, 'no-circuit', 1_000, (at) => until.push(at));
    expect([until, order.backOff.notBefore]).to.deep.equal([[1_000 + BACK_OFF.silentMs], 0]);
  });

  it('is waited for where what was told has to be answered by one', () => {
    const { order } = bench();
    order.tell({ kind: 'off-hook' }, 1_000);
    expect(order.backOff.notBefore).to.equal(3_000);
    const answered = new LineOrder(() => answered.take({ ...RINGING }));
    answered.tell({ kind: 'off-hook' }, 1_000);
    expect(answered.backOff.notBefore).to.equal(0);
  });
});

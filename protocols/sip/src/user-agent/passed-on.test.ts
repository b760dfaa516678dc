import { expect } from 'chai';
import type { NodeState } from '@altpath/core';
import { Desk, FAR, OFFER } from './testing.js';

const BYE_AGAIN_MS = 600;

/** A telephone talks through the first node, and says BYE to the second, which holds the first for living. */
function misdirected(): { readonly second: Desk; readonly bye: string; readonly states: NodeState[] } {
  const first = new Desk();
  first.hear(first.request('INVITE', { body: OFFER }));
  first.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
  const ok = first.sent().find((each) => each.status === 200);
  if (!ok) throw new Error('not answered');
  const states: NodeState[] = ['up', 'up'];
  const second = new Desk({}, states, 1);
  second.carrier = 0;
  return { second, bye: second.within('BYE', ok), states };
}

describe('a request of a call that another node carries', () => {
  it('goes there', () => {
    const { second, bye } = misdirected();
    second.hear(bye);
    expect(second.sentTo().map(({ to, message }) => `${message.method} ${to}`)).to.deep.equal(['BYE 10.0.0.1:5060']);
    expect(second.restored).to.deep.equal([]);
  });

  it('is served here when that node turns out to be gone, and not sent there any more', () => {
    const { second, bye, states } = misdirected();
    second.hear(bye);
    second.sent();
    states[0] = 'down';
    second.carrier = undefined;
    second.adapter.handle({ kind: 'peer', index: 0, state: 'down' }, second.now);
    second.pass(0);
    expect(second.summary()).to.deep.equal(['200']);
    expect(second.restored).to.have.length(1);
    expect(second.events()).to.deep.equal([{ kind: 'on-hook', cause: undefined }]);
    second.pass(BYE_AGAIN_MS);
    expect(second.summary()).to.deep.equal([]);
  });

  it('that was answered there does not come back', () => {
    const { second, bye } = misdirected();
    second.hear(bye);
    const [passedOn] = second.sent();
    if (passedOn) second.hear(second.answer(passedOn, 200), '10.0.0.1:5060');
    expect(second.summary()).to.deep.equal(['200']);
    second.adapter.handle({ kind: 'peer', index: 0, state: 'down' }, second.now);
    second.pass(0);
    expect(second.sent()).to.deep.equal([]);
    expect(second.restored).to.deep.equal([]);
  });
});

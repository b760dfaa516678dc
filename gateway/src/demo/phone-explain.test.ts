import type { PhoneMessage } from '@altpath/simulators';
import { expect } from 'chai';
import { type Cast, hostOf, labelOf, stepOf, valueOf } from './phone-explain.js';

const CAST: Cast = {
  nameOf: (peer) => ({ '10.0.0.1:5060': 'primary', '10.0.0.2:5060': 'backup' })[peer],
  isLost: (name) => name === 'primary',
};

const ANSWER = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;alternatepath=10.0.0.2%3A5060',
  'Record-Route:  <sip:10.0.0.2;lr;alternatePath=10.0.0.1>',
  '',
  '',
].join('\r\n');

describe('explanations', () => {
  it('a message to the dead ends in the dead, and the alternate says where it was named', () => {
    expect(stepOf('bob', message({ peer: '10.0.0.1:5060' }), CAST)).to.deep.include({ from: 'bob', to: 'primary', lost: true });
    const step = stepOf('bob', message({ peer: '10.0.0.2:5060', note: 'alternate: no such port (ICMP)' }), CAST);
    expect(step).to.deep.include({
      lost: false,
      note: 'bob: no such port there (ICMP), so the same bytes go to backup, named by alternatePath=10.0.0.2%3A5060 in Via',
    });
  });

  it('a request says whether the route set or the outbound list named the alternate', () => {
    const note = 'alternate: silence';
    const free = stepOf('alice', message({ summary: 'INVITE', text: 'INVITE sip:b SIP/2.0\r\n\r\n', note }), CAST);
    const routed = stepOf(
      'alice',
      message({ summary: 'BYE', text: 'BYE sip:b SIP/2.0\r\nRoute: <sip:x;lr;alternatePath=10.0.0.2>\r\n', note }),
      CAST,
    );
    expect([free, routed].map((step) => (step?.kind === 'message' ? step.note?.split('named by ')[1] : ''))).to.deep.equal([
      "the phone's outbound list",
      'alternatePath=10.0.0.2 in Route',
    ]);
  });

  it("the backup's rewrite is pointed out where it is seen", () => {
    const step = stepOf('alice', message({ direction: 'in', peer: '10.0.0.2:5060' }), CAST);
    expect(step?.kind === 'message' ? step.note : '').to.match(/^the backup took the Via of the primary off/);
    expect(stepOf('alice', message({ peer: '10.0.0.9:5060' }), CAST)).to.equal(undefined);
  });

  it('labels and header values are read from the bytes', () => {
    expect(labelOf(message({ summary: '180 Ringing (INVITE)' }))).to.equal('180 Ringing');
    expect(labelOf(message({ summary: '200 OK (BYE)' }))).to.equal('200 OK BYE');
    expect(valueOf(ANSWER, 'Via')).to.equal('10.0.0.2%3A5060');
    expect(hostOf(ANSWER, 'Record-Route')).to.equal('10.0.0.2:5060');
  });
});

function message(over: Partial<PhoneMessage>): PhoneMessage {
  return { at: 0, direction: 'out', peer: '10.0.0.2:5060', summary: '200 OK (INVITE)', text: ANSWER, ...over };
}

import { expect } from 'chai';
import { Desk, OFFER, sdpOf, type Words } from './testing.js';

/** How an INVITE is answered before call control hears of it. */
function refused(words: Words): { readonly desk: Desk; readonly statuses: string[] } {
  const desk = new Desk();
  desk.hear(desk.request('INVITE', { body: OFFER, ...words }));
  return { desk, statuses: desk.summary() };
}

describe('an INVITE that cannot be served', () => {
  for (const [what, words, status] of [
    ['asks for an extension that nobody here knows', { lines: ['Require: 100rel, resource-priority'] }, 420],
    ['has a body that is no session description', { body: 'x', type: 'text/plain' }, 415],
    ['has a body that is packed', { lines: ['Content-Encoding: gzip'] }, 415],
    ['has a description that cannot be read', { body: 'v=0\r\nnonsense\r\n' }, 400],
    ['offers no audio', { body: sdpOf('10.1.0.1').replace('m=audio', 'm=video') }, 488],
    ['offers audio that is switched off', { body: sdpOf('10.1.0.1', 0) }, 488],
    ['has no Contact', { contact: null }, 400],
    ['has two Contacts', { contact: '<sip:a@10.1.0.1>, <sip:b@10.1.0.1>' }, 400],
    ['is of a dialog that nobody has', { toTag: 'gone', uri: 'sip:leg.k1.0123456789ABCo..AAAAAAAAAAAAAAAAAAAAAA@10.0.0.1' }, 481],
    [
      'claims to come from another node',
      { lines: ['Altpath-Home: k1.AAAAAAAAAAAAAAAAAAAAAA'], uri: 'sip:200@10.0.0.1;line=aaln%2F1%40gw' },
      403,
    ],
  ] as const) {
    it(`because it ${what} is ${status}`, () => {
      const { desk, statuses } = refused(words);
      expect(statuses).to.deep.equal([String(status)]);
      expect(desk.told).to.deep.equal([]);
      expect(desk.observer.counts).to.include(`sip.call.refused ${status}`);
    });
  }

  it('tells which extensions are unknown', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER, lines: ['Require: 100rel, resource-priority', 'Require: gruu'] }));
    expect(desk.one().header('Unsupported')).to.equal('resource-priority, gruu');
  });

  it('tells what body it may have', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: 'x', type: 'text/plain' }));
    expect(desk.one().header('Accept')).to.equal('application/sdp');
  });

  it('that comes by a second way while the first is being served is merged: 482', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER, branch: 'z9hG4bK-one' }));
    desk.hear(desk.request('INVITE', { body: OFFER, branch: 'z9hG4bK-two' }));
    expect(desk.summary()).to.deep.equal(['100', '482']);
    expect(desk.told).to.have.length(1);
  });

  it('that says something else beside, which need not be read, is served', () => {
    const { statuses } = refused({ body: 'x', type: 'text/plain', lines: ['Content-Disposition: icon;handling=optional'] });
    expect(statuses).to.deep.equal(['100']);
  });

  it('while this node drains is refused by call control, which knows emergencies, and calls go on', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.adapter.handle({ kind: 'drain' }, desk.now);
    desk.hear(desk.request('INVITE', { body: OFFER, callId: 'c2' }));
    desk.sent();
    expect(desk.told.map((each) => each.party)).to.deep.equal(['sip/1', 'sip/2']);
    desk.order('sip/2', { phase: 'congested', cause: 'congestion' });
    const refusal = desk.one();
    expect(refusal.status).to.equal(503);
    expect(refusal.header('Retry-After')).to.match(/^\d+$/);
    desk.order('sip/1', { phase: 'ringback' });
    expect(desk.summary()).to.deep.equal(['180']);
  });
});

describe('a request in a dialog', () => {
  function talking(): { readonly desk: Desk; readonly within: (method: string, words?: Words) => string } {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: sdpOf('10.9.0.9') } });
    const ok = desk.sent().find((each) => each.status === 200);
    if (!ok) throw new Error('not answered');
    desk.hear(desk.within('ACK', ok, { cseq: 1 }));
    desk.events();
    return { desk, within: (method, words) => desk.within(method, ok, words) };
  }

  it('with a number that is over is 500', () => {
    const { desk, within } = talking();
    desk.hear(within('OPTIONS', { cseq: 7 }));
    desk.hear(within('OPTIONS', { cseq: 6 }));
    expect(desk.summary()).to.deep.equal(['200', '500']);
  });

  it('that asks for an unknown extension is 420', () => {
    const { desk, within } = talking();
    desk.hear(within('OPTIONS', { lines: ['Require: nothing'] }));
    expect(desk.summary()).to.deep.equal(['420']);
  });

  it('OPTIONS tells what may be done', () => {
    const { desk, within } = talking();
    desk.hear(within('OPTIONS'));
    const ok = desk.one();
    expect(ok.status).to.equal(200);
    expect(ok.header('Allow')).to.contain('UPDATE');
    expect(ok.header('Accept')).to.equal('application/sdp');
  });

  it('of a dialog that is over is 481, wherever it was sent', () => {
    const { desk, within } = talking();
    desk.hear(within('BYE'));
    desk.sent();
    desk.hear(within('OPTIONS', { cseq: 3 }));
    desk.hear(within('BYE', { cseq: 4 }));
    expect(desk.summary()).to.deep.equal(['481', '481']);
  });

  it('PRACK for nothing is 481', () => {
    const { desk, within } = talking();
    desk.hear(within('PRACK', { lines: ['RAck: 1 1 INVITE'] }));
    expect(desk.summary()).to.deep.equal(['481']);
  });
});

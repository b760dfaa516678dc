import { expect } from 'chai';
import { dialogOfRequest, dialogOfResponse, placesOfDialog, requestInDialog } from './dialog.js';
import { answerChallenge } from './digest.js';
import { parseMessage, type SipRequest, type SipResponse, writeMessage } from './npm-sip.js';

const ROUTES = [
  'Record-Route: <sip:10.0.0.2;lr;alternatePath=10.0.0.1>;alternatePath=10.0.0.1+10.0.0.3',
  'Record-Route: <sip:10.9.0.1:5080;lr>',
];

const INVITE = message<SipRequest>([
  'INVITE sip:bob@10.1.0.9 SIP/2.0',
  'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa',
  ...ROUTES,
  'From: <sip:alice@a.test>;tag=fa',
  'To: <sip:bob@a.test>',
  'Call-ID: c1',
  'CSeq: 4 INVITE',
  'Contact: <sip:alice@10.1.0.1:5070>',
]);

const OK = message<SipResponse>([
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 10.1.0.1:5070;branch=z9hG4bKa',
  ...ROUTES,
  'From: <sip:alice@a.test>;tag=fa',
  'To: <sip:bob@a.test>;tag=tb',
  'Call-ID: c1',
  'CSeq: 4 INVITE',
  'Contact: <sip:bob@10.1.0.9>',
]);

const CONTACT = { uri: 'sip:me@10.1.0.1', params: {} };

describe('dialogs of phones', () => {
  it("the callee's routes stand in the order of the request, the caller's in the reverse", () => {
    const callee = dialogOfRequest(INVITE, 'tb', true)!;
    const caller = dialogOfResponse(INVITE, OK, true)!;
    expect(callee.routes.map((route) => route.uri.host)).to.deep.equal(['10.0.0.2', '10.9.0.1']);
    expect(caller.routes.map((route) => route.uri.host)).to.deep.equal(['10.9.0.1', '10.0.0.2']);
    expect([callee.local.params['tag'], callee.remote.params['tag']]).to.deep.equal(['tb', 'fa']);
  });

  it('an aware phone knows the stand-ins of its first route, a stock phone one address', () => {
    const aware = dialogOfRequest(INVITE, 'tb', true)!;
    expect(placesOfDialog(aware, true).map((place) => place.host)).to.deep.equal(['10.0.0.2', '10.0.0.1', '10.0.0.3']);
    expect(placesOfDialog(dialogOfRequest(INVITE, 'tb', false)!, false).map((place) => place.host)).to.deep.equal(['10.0.0.2']);
  });

  it('a stock phone copies only the URI into its route set, an aware one the whole value', () => {
    const bye = (aware: boolean): string =>
      writeMessage(requestInDialog(dialogOfRequest(INVITE, 'tb', aware)!, 'BYE', 1_001, { contact: CONTACT })).toString();
    expect(bye(false)).to.contain('Route:  <sip:10.0.0.2;lr;alternatePath=10.0.0.1>,  <sip:10.9.0.1:5080;lr>\r\n');
    expect(bye(true)).to.contain('<sip:10.0.0.2;lr;alternatePath=10.0.0.1>;alternatepath=10.0.0.1+10.0.0.3');
  });

  it('a strict router becomes the Request-URI, and the target the last route', () => {
    const dialog = dialogOfRequest(INVITE, 'tb', false)!;
    delete dialog.routes[0]!.uri.params['lr'];
    const bye = requestInDialog(dialog, 'BYE', 1_001, { contact: CONTACT });
    expect(bye.uri).to.equal('sip:10.0.0.2;alternatePath=10.0.0.1');
    expect(writeMessage(bye).toString()).to.contain('<sip:alice@10.1.0.1:5070>\r\n');
  });
});

describe('digest credentials', () => {
  const input = { user: 'bob', password: 'zanzibar', method: 'INVITE', uri: 'sip:bob@biloxi.com', cnonce: '0a4f113b' };

  it('MD5 with qop gives the published value of the biloxi.com example', () => {
    const answer = answerChallenge(
      challenged(401, 'Digest realm="biloxi.com",qop="auth",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",opaque="5ccc"'),
      input,
    );
    expect(answer?.header).to.equal('authorization');
    expect(answer?.credentials['response']).to.equal('"89eb0059246c02b2f6ee02c7961d5ea3"');
  });

  it('SHA-256 is taken before MD5, and a 407 is answered to the proxy', () => {
    const two = challenged(407, 'Digest realm="r",nonce="n",algorithm=MD5', 'Digest realm="r",nonce="n",algorithm=SHA-256');
    const answer = answerChallenge(two, input);
    expect([answer?.header, answer?.credentials['algorithm']]).to.deep.equal(['proxy-authorization', 'SHA-256']);
    expect(answer?.credentials['response']).to.have.length(66);
  });

  it('a challenge of another kind is not answered', () => {
    expect(answerChallenge(challenged(401, 'Digest realm="r",nonce="n",algorithm=MD5-sess'), input)).to.equal(undefined);
  });
});

function challenged(status: number, ...challenges: string[]): SipResponse {
  const name = status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  const head = [`SIP/2.0 ${status} No`, ...challenges.map((challenge) => `${name}: ${challenge}`)];
  return message<SipResponse>([
    ...head,
    'Via: SIP/2.0/UDP h;branch=z9hG4bKa',
    'From: <sip:a@h>;tag=1',
    'To: <sip:a@h>;tag=2',
    'Call-ID: c',
    'CSeq: 1 INVITE',
  ]);
}

function message<M>(lines: readonly string[]): M {
  const read = parseMessage(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'));
  if (!read) throw new Error('not read');
  return read as M;
}

import { expect } from 'chai';
import { changed, INVITE, message } from '../codec/testing.js';
import { Dialog, dialogKeyOf, type DialogRequest } from './dialog.js';

const RECORD_ROUTES = ['Record-Route: <sip:p2.example;lr;alternatePath=p3.example>', 'Record-Route: <sip:p1.example;lr>'];
const INCOMING = message([...INVITE.slice(0, -1), ...RECORD_ROUTES, 'Content-Length: 0']);

function response(status: string, ...more: string[]): ReturnType<typeof message> {
  return message([
    `SIP/2.0 ${status}`,
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport',
    'From: "Nora" <sip:nora@example.net>;tag=n',
    'To: <sip:otto@example.org>;tag=o',
    'Call-ID: c1@example.net',
    'CSeq: 7 INVITE',
    ...more,
    'Content-Length: 0',
  ]);
}

/** As it stands in a message, without what is not the dialog's. */
function written({ method, uri, headers }: DialogRequest): string[] {
  return [`${method} ${uri} SIP/2.0`, ...headers];
}

/** One within the dialog of `INCOMING`, from its caller. */
function inside(method: string, cseq: number, ...more: string[]): ReturnType<typeof message> {
  return message([
    `${method} sip:token@us SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKb',
    'From: "Nora" <sip:nora@example.net>;tag=n',
    'To: <sip:otto@example.org>;tag=us',
    'Call-ID: c1@example.net',
    `CSeq: ${cseq} ${method}`,
    ...more,
    'Content-Length: 0',
  ]);
}

describe('a dialog that we answer', () => {
  it('has its routes in the order of the request, and the ends changed round (RFC 3261 §12.1.1)', () => {
    expect(Dialog.answering(INCOMING, 'us').state).to.deep.equal({
      callId: 'c1@example.net',
      localTag: 'us',
      remoteTag: 'n',
      local: '<sip:otto@example.org>',
      remote: '"Nora" <sip:nora@example.net>',
      confirmed: false,
      secure: false,
      routes: ['sip:p2.example;lr;alternatePath=p3.example', 'sip:p1.example;lr'],
      target: 'sip:nora@192.0.2.7:5062',
      localCseq: 0,
      remoteCseq: 7,
    });
  });

  it('makes a request whole, and the next with the next number', () => {
    const dialog = Dialog.answering(INCOMING, 'us');
    expect(written(dialog.request('UPDATE'))).to.deep.equal([
      'UPDATE sip:nora@192.0.2.7:5062 SIP/2.0',
      'Route: <sip:p2.example;lr;alternatePath=p3.example>',
      'Route: <sip:p1.example;lr>',
      'Max-Forwards: 70',
      'From: <sip:otto@example.org>;tag=us',
      'To: "Nora" <sip:nora@example.net>;tag=n',
      'Call-ID: c1@example.net',
      'CSeq: 1 UPDATE',
    ]);
    expect(dialog.request('BYE').cseq).to.equal(2);
  });

  it('is secure where its Request-URI is', () => {
    const secure = message(changed('INVITE', 'INVITE sips:otto@example.org SIP/2.0'));
    expect(Dialog.answering(secure, 'us').state.secure).to.equal(true);
  });

  it('is found by what comes within it', () => {
    expect(dialogKeyOf(inside('BYE', 8))).to.equal(Dialog.answering(INCOMING, 'us').key);
  });

  it('takes numbers that grow, and no lower one (RFC 3261 §12.2.2)', () => {
    const dialog = Dialog.answering(INCOMING, 'us');
    expect([9, 9, 8, 10].map((cseq) => dialog.take(inside('INFO', cseq)))).to.deep.equal([true, true, false, true]);
  });

  it('goes where the newest target refresh says', () => {
    const dialog = Dialog.answering(INCOMING, 'us');
    dialog.refreshTarget(inside('UPDATE', 8, 'Contact: <sip:nora@192.0.2.9>'));
    dialog.refreshTarget(inside('UPDATE', 9));
    expect(dialog.request('BYE').uri).to.equal('sip:nora@192.0.2.9');
  });

  it('is confirmed when the 2xx has gone', () => {
    const dialog = Dialog.answering(INCOMING, 'us');
    dialog.confirm();
    expect(dialog.isConfirmed).to.equal(true);
    expect(dialog.state.target).to.equal('sip:nora@192.0.2.7:5062');
  });

  it('writes a name with quotes so that it can be read', () => {
    const odd = message(changed('From', 'From: "N \\"o\\" ra" <sip:nora@example.net>;tag=n'));
    expect(written(Dialog.answering(odd, 'us').request('BYE'))).to.include('To: "N \\"o\\" ra" <sip:nora@example.net>;tag=n');
  });

  it('with an end of RFC 2543 has no tag to write', () => {
    const old = message(changed('From', 'From: <sip:nora@example.net>'));
    expect(written(Dialog.answering(old, 'us').request('BYE'))).to.include('To: <sip:nora@example.net>');
  });
});

describe('a dialog that we call for', () => {
  const invite = message(INVITE);

  it('has its routes in the opposite order of the response (RFC 3261 §12.1.2)', () => {
    const dialog = Dialog.calling(invite, response('180 Ringing', 'Contact: <sip:otto@192.0.2.8>', ...RECORD_ROUTES));
    expect(dialog.state).to.deep.equal({
      callId: 'c1@example.net',
      localTag: 'n',
      remoteTag: 'o',
      local: '"Nora" <sip:nora@example.net>',
      remote: '<sip:otto@example.org>',
      confirmed: false,
      secure: false,
      routes: ['sip:p1.example;lr', 'sip:p2.example;lr;alternatePath=p3.example'],
      target: 'sip:otto@192.0.2.8',
      localCseq: 7,
      remoteCseq: -1,
    });
    expect(dialog.request('PRACK').cseq).to.equal(8);
  });

  it('goes the way of the 2xx, not of the responses before (RFC 3261 §13.2.2.4)', () => {
    const dialog = Dialog.calling(invite, response('180 Ringing', 'Contact: <sip:otto@192.0.2.8>', ...RECORD_ROUTES));
    dialog.confirm(response('200 OK', 'Contact: <sip:otto@192.0.2.9>'));
    expect(dialog.isConfirmed).to.equal(true);
    expect(dialog.state.routes).to.deep.equal([]);
    expect(dialog.ack(7)).to.include({ method: 'ACK', uri: 'sip:otto@192.0.2.9', cseq: 7, next: 'sip:otto@192.0.2.9' });
  });

  it('is confirmed at once by a 2xx, and its ACK has the number of the INVITE', () => {
    const dialog = Dialog.calling(invite, response('200 OK', 'Contact: <sip:otto@192.0.2.8>'));
    dialog.request('PRACK');
    expect(written(dialog.ack(7)))
      .to.include('CSeq: 7 ACK')
      .and.include('To: <sip:otto@example.org>;tag=o');
  });

  it('goes where the INVITE went as long as the other end has named no contact', () => {
    expect(Dialog.calling(invite, response('180 Ringing')).request('PRACK').uri).to.equal('sip:otto@example.org');
  });

  it('is found by its responses', () => {
    const ringing = response('180 Ringing');
    expect(dialogKeyOf(ringing)).to.equal(Dialog.calling(invite, ringing).key);
  });
});

describe('the way of a request', () => {
  it('begins at the first route that is loose, with the target in the Request-URI', () => {
    const request = Dialog.answering(INCOMING, 'us').request('BYE');
    expect(request.next).to.equal('sip:p2.example;lr;alternatePath=p3.example');
    expect(request.uri).to.equal('sip:nora@192.0.2.7:5062');
  });

  it('has a strict first route in the Request-URI and the target as last route (RFC 3261 §12.2.1.1)', () => {
    const strict = message([...INVITE, 'Record-Route: <sip:old.example;method=INVITE;x=1?a=b>, <sip:p1.example;lr>']);
    const request = Dialog.answering(strict, 'us').request('BYE');
    expect(request.uri).to.equal('sip:old.example;x=1');
    expect(request.headers.slice(0, 2)).to.deep.equal(['Route: <sip:p1.example;lr>', 'Route: <sip:nora@192.0.2.7:5062>']);
  });
});

describe('a dialog on another node', () => {
  it('is what was stored, with numbers that cannot have been used', () => {
    const dialog = Dialog.answering(INCOMING, 'us');
    dialog.request('UPDATE');
    const adopted = Dialog.adopted(JSON.parse(JSON.stringify(dialog.state)));
    expect(adopted?.state).to.deep.equal({ ...dialog.state, localCseq: 17 });
    expect(adopted?.request('BYE').cseq).to.equal(18);
  });

  for (const [what, bad] of [
    ['nothing', undefined],
    ['null', null],
    ['less', { callId: 'c' }],
    ['lines of its own', { ...Dialog.answering(INCOMING, 'us').state, localTag: 'u\r\nVia: x' }],
    ['routes of its own', { ...Dialog.answering(INCOMING, 'us').state, routes: ['sip:a\nb'] }],
  ] as const) {
    it(`is not made of ${what}`, () => expect(Dialog.adopted(bad)).to.equal(undefined));
  }

  it('is made of a request within it where nothing was stored', () => {
    const request = inside('INVITE', 12, 'Contact: <sip:nora@192.0.2.7:5062>', ...RECORD_ROUTES);
    const ghost = Dialog.ofRequest(request, 1_000_000);
    expect(ghost.state).to.deep.equal({ ...Dialog.answering(INCOMING, 'us').state, confirmed: true, localCseq: 1_000_000, remoteCseq: 12 });
    expect(ghost.isReachable).to.equal(true);
    expect(dialogKeyOf(request)).to.equal(ghost.key);
  });

  it('is made of a 2xx where nothing was stored', () => {
    const invite = message(INVITE);
    const ok = response('200 OK', 'Contact: <sip:otto@192.0.2.8>', ...RECORD_ROUTES);
    expect(Dialog.ofResponse(ok, 1_000_000).state).to.deep.equal({ ...Dialog.calling(invite, ok).state, localCseq: 1_000_000 });
  });

  it('does not know where the other end is from a request without Contact', () => {
    expect(Dialog.ofRequest(inside('BYE', 12), 1_000_000).isReachable).to.equal(false);
  });
});

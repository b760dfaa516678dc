// Edits, judged by the whole message that they make.
import { applyEdits, type Edit } from '@altpath/core';
import { expect } from 'chai';
import {
  appendHeader,
  insertHeader,
  insertTopHeader,
  removeHeader,
  removeRoutes,
  removeVias,
  replaceRequestUri,
  replaceValue,
  replaceVia,
  setHeader,
} from './edits.js';
import type { SipMessage } from './sip-message.js';
import { changed, INVITE, message } from './testing.js';

function edited(original: SipMessage, ...edits: Edit[]): string[] {
  return applyEdits(original.bytes, edits).toString('latin1').split('\r\n');
}

const ROUTED = [
  ...changed('Max-Forwards', 'Route: <sip:a.example;lr> , <sip:b.example;lr>', 'Route: <sip:c.example;lr>', 'Max-Forwards: 70'),
];

describe('edits', () => {
  it('forward a request: everything else leaves as it came', () => {
    const original = message(ROUTED);
    expect(
      edited(
        original,
        replaceRequestUri(original, 'sip:otto@192.0.2.8'),
        ...removeRoutes(original, 1),
        insertHeader(original, 'Record-Route', 'Record-Route: <sip:p.example;lr>'),
        replaceVia(original, 0, `${original.topVia.text};received=192.0.2.9`),
        insertTopHeader(original, 'Via: SIP/2.0/UDP p.example;branch=z9hG4bKp'),
        setHeader(original, 'Max-Forwards', '69'),
      ),
    ).to.deep.equal([
      'INVITE sip:otto@192.0.2.8 SIP/2.0',
      'Via: SIP/2.0/UDP p.example;branch=z9hG4bKp',
      'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport;received=192.0.2.9',
      'Record-Route: <sip:p.example;lr>',
      'Route: <sip:b.example;lr>',
      'Route: <sip:c.example;lr>',
      'Max-Forwards: 69',
      ...INVITE.slice(3),
      '',
      '',
    ]);
  });

  it('put a header where a header that goes away began', () => {
    const original = message(changed('Max-Forwards', 'Route: <sip:a.example;lr>'));
    expect(edited(original, ...removeRoutes(original, 1), insertHeader(original, 'X', 'X: y'))).to.deep.equal([
      ...INVITE.slice(0, 2),
      'X: y',
      ...INVITE.slice(3),
      '',
      '',
    ]);
  });

  it('take away values of a comma list and whole lines', () => {
    const original = message(ROUTED);
    const routes = (count: number): string[] =>
      edited(original, ...removeRoutes(original, count)).filter((line) => line.startsWith('Route'));
    expect(routes(0)).to.deep.equal(['Route: <sip:a.example;lr> , <sip:b.example;lr>', 'Route: <sip:c.example;lr>']);
    expect(routes(1)).to.deep.equal(['Route: <sip:b.example;lr>', 'Route: <sip:c.example;lr>']);
    expect(routes(2)).to.deep.equal(['Route: <sip:c.example;lr>']);
    expect(routes(3)).to.deep.equal([]);
    expect(routes(9)).to.deep.equal([]);
  });

  it('take away the Vias of a response, folded ones too', () => {
    const original = message([
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP a.example,\r\n SIP/2.0/UDP b.example;branch=b',
      'v: SIP/2.0/UDP c.example',
      ...INVITE.slice(2),
    ]);
    const vias = (count: number): string[] => edited(original, ...removeVias(original, count)).slice(1, -INVITE.length);
    expect(vias(1)).to.deep.equal(['Via: SIP/2.0/UDP b.example;branch=b', 'v: SIP/2.0/UDP c.example']);
    expect(vias(2)).to.deep.equal(['v: SIP/2.0/UDP c.example']);
    expect(vias(3)).to.deep.equal([]);
  });

  it('replace a value in the middle of a list', () => {
    const original = message(ROUTED);
    expect(edited(original, replaceValue(original.routes[1]!, '<sip:x.example>'))).to.include(
      'Route: <sip:a.example;lr> , <sip:x.example>',
    );
    const vias = message(changed('Via', 'Via: SIP/2.0/UDP a.example , SIP/2.0/UDP b.example'));
    expect(edited(vias, replaceVia(vias, 1, 'SIP/2.0/UDP x.example'))[1]).to.equal('Via: SIP/2.0/UDP a.example , SIP/2.0/UDP x.example');
    expect(() => replaceVia(vias, 2, 'x')).to.throw(RangeError);
  });

  it('set a header that is there, also by its compact name, and add one that is not', () => {
    const original = message([...INVITE, 's: old', 'Subject: older']);
    expect(edited(original, setHeader(original, 'Subject', 'new')).slice(-4)).to.deep.equal(['s: new', 'Subject: older', '', '']);
    expect(edited(original, setHeader(original, 'Max-Breadth', '60')).slice(-3)).to.deep.equal(['Max-Breadth: 60', '', '']);
  });

  it('set a header that is there without a value', () => {
    const original = message([...INVITE, 'Subject:', 'X: y']);
    expect(edited(original, setHeader(original, 'Subject', 'new')).slice(-4)[0]).to.equal('Subject:new');
  });

  it('remove every line of a name, and append behind all others', () => {
    const original = message([...INVITE, 'X-Own: 1', 'Y: z', 'x-own: 2\r\n  and more']);
    expect(edited(original, ...removeHeader(original, 'X-OWN'), appendHeader(original, 'Z: z')).slice(-4)).to.deep.equal([
      'Y: z',
      'Z: z',
      '',
      '',
    ]);
  });

  it('keep several insertions at one place in their order', () => {
    const original = message(INVITE);
    expect(edited(original, insertTopHeader(original, 'A: 1'), insertTopHeader(original, 'B: 2')).slice(1, 3)).to.deep.equal([
      'A: 1',
      'B: 2',
    ]);
  });
});

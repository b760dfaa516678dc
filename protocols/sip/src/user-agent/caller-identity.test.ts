import { expect } from 'chai';
import type { CallerIdentity } from '@altpath/call-control';
import { fakeEnvironment } from '../proxy/testing.js';
import { decoded, NOW } from '../registrar/testing.js';
import { callerOf, dialledOf, fromOf, identityLines } from './caller-identity.js';

const NEIGHBOUR = { transport: 'udp', host: '10.1.0.1', port: 5060 } as const;
const STRANGER = { transport: 'udp', host: '192.0.2.1', port: 5060 } as const;

function callerIn(
  lines: readonly string[],
  from = '"Ann" <sip:100@x.test>',
  hop: typeof NEIGHBOUR | typeof STRANGER = NEIGHBOUR,
): CallerIdentity {
  const text = [
    'INVITE sip:200@sample2.test SIP/2.0',
    'Via: SIP/2.0/UDP 10.1.0.1;branch=z9hG4bKa',
    `From: ${from};tag=a`,
    'To: <sip:200@sample2.test>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  return callerOf(fakeEnvironment().environment, decoded(Buffer.from(text, 'latin1')), hop, NOW);
}

describe('who calls', () => {
  it('is what From says', () => {
    expect(callerIn([])).to.deep.equal({ number: '100', name: 'Ann' });
  });

  it('is what a neighbour asserts', () => {
    expect(callerIn(['P-Asserted-Identity: "Board" <sip:+49301234@x.test>'])).to.deep.equal({ number: '+49301234', name: 'Board' });
    expect(callerIn(['P-Asserted-Identity: <sip:5@x.test>, <tel:+49-30-12>'])).to.deep.equal({ number: '5', name: undefined });
    expect(callerIn(['P-Asserted-Identity: <tel:+49-30-12;phone-context=x>'])).to.deep.equal({ number: '+493012', name: undefined });
  });

  it('is not what a stranger asserts', () => {
    expect(callerIn(['P-Asserted-Identity: <sip:110@x.test>'], undefined, STRANGER)).to.deep.equal({ number: '100', name: 'Ann' });
  });

  for (const privacy of ['id', 'user', 'header', 'id;critical', 'none, id'])
    it(`is withheld by Privacy: ${privacy}`, () => {
      expect(callerIn([`Privacy: ${privacy}`, 'P-Asserted-Identity: <sip:5@x.test>'])).to.deep.equal({});
    });

  it('is withheld by an anonymous From, and told by Privacy: none', () => {
    expect(callerIn([], '"Anonymous" <sip:anonymous@anonymous.invalid>')).to.deep.equal({});
    expect(callerIn(['Privacy: none'])).to.deep.equal({ number: '100', name: 'Ann' });
  });

  it('has a name of any letters', () => {
    expect(callerIn([], `"${Buffer.from('Zoë', 'utf8').toString('latin1')}" <sip:100@x.test>`)).to.deep.equal({
      number: '100',
      name: 'Zoë',
    });
  });

  it('that is no number has a name', () => {
    expect(callerIn([], '<sip:100;x=%22y@x.test>')).to.deep.equal({ number: '100', name: undefined });
    expect(callerIn([], '<sip:a%20b@x.test>')).to.deep.equal({ name: 'a b' });
  });
});

describe('what was dialled', () => {
  for (const [user, dialled] of [
    ['200', '200'],
    ['+49-30(12).34', '+49301234'],
    ['200;phone-context=x', '200'],
    ['%23%2a21', '#*21'],
    ['bob.smith', 'bob.smith'],
  ] as const)
    it(`${user} is ${dialled}`, () => {
      expect(dialledOf(user)).to.equal(dialled);
    });
});

describe('what we say of a caller', () => {
  it('is a number and a name', () => {
    expect(fromOf({ number: '100', name: 'Zoë "Z"' }, 'x.test')).to.equal(
      `"${Buffer.from('Zoë', 'utf8').toString('latin1')} \\"Z\\"" <sip:100@x.test>`,
    );
    expect(fromOf({ number: '#1 2' }, 'x.test')).to.equal('<sip:%231%202@x.test>');
    expect(fromOf({ name: 'Ann\r\nEvil: 1' }, 'x.test')).to.equal('"Ann  Evil: 1" <sip:unknown@x.test>');
  });

  it('is nothing of one who withholds it', () => {
    for (const caller of [undefined, {}]) {
      expect(fromOf(caller, 'x.test')).to.equal('"Anonymous" <sip:anonymous@anonymous.invalid>');
      expect(identityLines(caller, 'x.test', true)).to.deep.equal(['Privacy: id']);
    }
  });

  it('is asserted to those who belong to us alone', () => {
    expect(identityLines({ number: '100' }, 'x.test', true)).to.deep.equal(['P-Asserted-Identity: <sip:100@x.test>']);
    expect(identityLines({ number: '100' }, 'x.test', false)).to.deep.equal([]);
  });
});

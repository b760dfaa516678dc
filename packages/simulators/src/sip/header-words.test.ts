import { expect } from 'chai';
import { lists, numberOf, rackOf, readReferTo, replacesOf, statusOfFragment, tokensOf, valuedOf, writeReplaces } from './header-words.js';
import type { SipHeaders } from './npm-sip.js';

const headers = (more: Record<string, unknown>): SipHeaders => more as SipHeaders;

describe('headers that are text', () => {
  it('lists of tokens are read without regard to case and blanks', () => {
    expect(tokensOf('100rel , Timer,,')).to.deep.equal(['100rel', 'timer']);
    expect(lists(headers({ supported: '100REL' }), 'supported', '100rel')).to.equal(true);
    expect(lists(headers({}), 'require', '100rel')).to.equal(false);
  });

  it('parameters stand behind a value', () => {
    expect(valuedOf('1800; refresher=uac;x')).to.deep.equal({ value: '1800', params: { refresher: 'uac', x: '' } });
    expect(valuedOf(undefined)).to.equal(undefined);
  });

  it('a number is a whole number and nothing else', () => {
    expect([numberOf(' 90 '), numberOf(7), numberOf('9x'), numberOf(undefined), numberOf('-1')]).to.deep.equal([
      90,
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('RAck names the response and the INVITE', () => {
    expect(rackOf(headers({ rack: '776656 1 INVITE' }))).to.deep.equal({ rseq: 776_656, seq: 1 });
    expect(rackOf(headers({ rack: '776656 1 BYE' }))).to.equal(undefined);
  });

  it('Replaces is read as it is written, and not without its tags', () => {
    const dialog = { callId: '425928@phone', toTag: '7743', fromTag: '6472' };
    expect(writeReplaces(dialog)).to.equal('425928@phone;to-tag=7743;from-tag=6472');
    expect(replacesOf(headers({ replaces: writeReplaces(dialog) }))).to.deep.equal(dialog);
    expect(replacesOf(headers({ replaces: '425928@phone;to-tag=7743' }))).to.equal(undefined);
  });

  it('Refer-To tells whom to call and what that call replaces', () => {
    expect(readReferTo('sip:dave@denver.example?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994')).to.deep.equal({
      uri: 'sip:dave@denver.example',
      replaces: '12345@192.168.118.3;to-tag=12345;from-tag=5FFE-3994',
    });
    expect(readReferTo('sip:1002@a.test;alternatePath=10.0.0.2').replaces).to.equal(undefined);
    expect(readReferTo('sip:1002@a.test?Replaces=%').replaces).to.equal('%');
  });

  it('a sipfrag begins with a status line, or tells nothing', () => {
    expect([
      statusOfFragment('SIP/2.0 180 Ringing\r\n'),
      statusOfFragment('INVITE sip:a SIP/2.0'),
      statusOfFragment(undefined),
    ]).to.deep.equal([180, undefined, undefined]);
  });
});

// When two URIs are one (the examples of RFC 3261 §19.1.4 are in the first two tables).
import { expect } from 'chai';
import { addressOfRecord, parseUri, sameUri, type SipUri, uriKey } from './uri.js';

function uri(text: string): SipUri {
  const read = parseUri(text);
  if (!read.ok) throw new Error(`refused: ${text}`);
  return read.value;
}

describe('sameUri', () => {
  for (const [a, b] of [
    ['sip:%61lice@atlanta.example;transport=TCP', 'sip:alice@AtLanTa.example;Transport=tcp'],
    ['sip:carol@chicago.example', 'sip:carol@chicago.example;newparam=5'],
    ['sip:carol@chicago.example;security=on', 'sip:carol@chicago.example;newparam=5'],
    ['sip:a@b.example;transport=tcp?to=c&from=d', 'sip:a@b.example;transport=tcp?from=d&to=c'],
    ['sip:a@b.example?Subject=next%20one', 'sip:a@b.example?subject=next%20one'],
    ['sip:a@[2001:db8:0::1]', 'sip:a@[2001:DB8::1]'],
    ['tel:+1-555-0100', 'tel:+15550100'],
  ] as const) {
    it(`${a} is ${b}`, () => {
      expect(sameUri(uri(a), uri(b))).to.equal(true);
      expect(sameUri(uri(b), uri(a))).to.equal(true);
    });
  }

  for (const [a, b] of [
    ['SIP:ALICE@atlanta.example', 'sip:alice@atlanta.example'],
    ['sip:bob@biloxi.example', 'sip:bob@biloxi.example:5060'],
    ['sip:bob@biloxi.example', 'sip:bob@biloxi.example;transport=udp'],
    ['sip:bob@biloxi.example:6000;transport=tcp', 'sip:bob@biloxi.example;transport=tcp'],
    ['sip:carol@chicago.example', 'sip:carol@chicago.example?Subject=next'],
    ['sip:carol@chicago.example;security=off', 'sip:carol@chicago.example;security=on'],
    ['sip:a@b.example', 'sips:a@b.example'],
    ['sip:a@b.example', 'sip:b.example'],
    ['sip:a@b.example;maddr=192.0.2.1', 'sip:a@b.example'],
    ['sip:a%3Bb@c.example', 'sip:a;b@c.example'],
    ['sip:a@b.example;n=a%2541', 'sip:a@b.example;n=aA'],
  ] as const) {
    it(`${a} is not ${b}`, () => {
      expect(sameUri(uri(a), uri(b))).to.equal(false);
      expect(sameUri(uri(b), uri(a))).to.equal(false);
    });
  }
});

describe('uriKey', () => {
  it('is one for spellings of one URI', () => {
    expect(uriKey(uri('sip:%6eora@Desk.Example;Transport=TCP;x=1'))).to.equal(uriKey(uri('sip:nora@desk.example;x=1;transport=tcp')));
  });

  it('differs where a decisive parameter or a null does', () => {
    expect(uriKey(uri('sip:a@b.example'))).not.to.equal(uriKey(uri('sip:a@b.example;transport=udp')));
    expect(uriKey(uri('sip:%00@b.example'))).not.to.equal(uriKey(uri('sip:%00%00@b.example')));
  });
});

describe('addressOfRecord', () => {
  for (const [text, aor] of [
    ['sips:Nora:secret@Example.NET:5061;transport=tcp?x=y', 'sip:Nora@example.net'],
    ['sip:%6eor%61@example.net', 'sip:nora@example.net'],
    ['sip:a%40b@example.net', 'sip:a%40b@example.net'],
    ['sip:a%2541@example.net', 'sip:a%2541@example.net'],
    ['sip:a%3bb@example.net', 'sip:a;b@example.net'],
    ['sip:nul%00l@example.net', 'sip:nul%00l@example.net'],
    ['sip:example.net.', 'sip:example.net'],
    ['sip:nora@[2001:DB8:0:0::1]', 'sip:nora@[2001:db8::1]'],
    ['tel:+1(555)0100;ext=4', 'tel:+15550100'],
  ] as const) {
    it(`of ${text} is ${aor}`, () => expect(addressOfRecord(uri(text))).to.equal(aor));
  }

  it('taken again from itself is the same', () => {
    const aor = addressOfRecord(uri('sip:%41%2f%25%20@Example.net'));
    expect(addressOfRecord(uri(aor))).to.equal(aor);
  });
});

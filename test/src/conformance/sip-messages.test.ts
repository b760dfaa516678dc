// RFC 4475 and RFC 5118, rule by rule, on messages of our own: what a stranger's checkout can run.
import { addressOfRecord, parseUri, sameUri, type SipMessage, type SipUri, statusOf, uriKey } from '@altpath/sip';
import { expect } from 'chai';
import { exerciseTruncated, type Verdict, verdictOn } from './verdict.js';
import { type OwnMessage, ownMessages, readOwn } from './vectors.js';

for (const document of ['rfc4475', 'rfc5118']) {
  describe(`${document}, in messages of our own`, () => {
    for (const vector of ownMessages(document)) {
      it(`${vector.section} ${vector.file}: ${vector.rule}`, () => {
        const bytes = readOwn(document, vector.file);
        const verdict = verdictOn(bytes);
        expect(verdict.accepted, verdict.fault?.code).to.equal(vector.valid);
        if (!vector.valid) expectAnswer(vector, verdict);
        for (const [view, value] of Object.entries(vector.reads ?? {})) {
          expect(read(verdict.message as SipMessage, view), view).to.deep.equal(value ?? undefined);
        }
        exerciseTruncated(bytes);
      });
    }
  });
}

describe('rfc4475, what the escapes mean', () => {
  it('an escape that was resolved once is not resolved again', () => {
    const { message } = verdictOn(readOwn('rfc4475', 'escapes.sip'));
    const contact = uri((message as SipMessage).contacts[0] as { readonly uri: string });
    expect(sameUri(contact, uri({ uri: 'sip:nora@desk.example.net;mode=a%2541' }))).to.equal(true);
    expect(sameUri(contact, uri({ uri: 'sip:nora@desk.example.net;mode=aA' }))).to.equal(false);
  });

  it('contacts that differ in escaped nulls are two', () => {
    const { message } = verdictOn(readOwn('rfc4475', 'escaped-nulls.sip'));
    const contacts = (message as SipMessage).contacts as readonly { readonly uri: string }[];
    expect(new Set(contacts.map((contact) => uriKey(uri(contact)))).size).to.equal(2);
  });
});

/** A refused request is answered with one of the statuses that the document names; what has none is dropped. */
function expectAnswer(vector: OwnMessage, { fault, message }: Verdict): void {
  if (fault === undefined) throw new Error('refused without a fault');
  if (vector.status.length > 0) expect(vector.status).to.include(statusOf(fault));
  else expect(message?.isRequest ?? false).to.equal(false);
}

/** `vias.1.host`, `header subject`, `tokens require`, `aor from`: how an index names what it wants to know. */
function read(message: SipMessage, view: string): unknown {
  const [kind, name = ''] = view.split(' ');
  if (kind === 'header') return message.header(name);
  if (kind === 'tokens') return message.tokens(name);
  if (kind === 'aor') return addressOfRecord(name === 'request' ? message.uri : uri(name === 'to' ? message.to : message.from));
  return view.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], message);
}

function uri(address: { readonly uri: string }): SipUri {
  const parsed = parseUri(address.uri);
  if (!parsed.ok) throw new Error(`no URI: ${address.uri}`);
  return parsed.value;
}

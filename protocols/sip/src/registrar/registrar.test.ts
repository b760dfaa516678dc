import { expect } from 'chai';
import { Registrar, type RegisterOutcome } from './registrar.js';
import { countingObserver, MapStore, NOW, registerOf, type RegisterWords, signerOf, SOURCE } from './testing.js';

const ALICE = 'sip:alice@example.com';

function office(overrides: { maxContacts?: number; minExpiresS?: number } = {}) {
  const store = new MapStore();
  const observer = countingObserver();
  const options = {
    domains: ['example.com'],
    minExpiresS: 60,
    defaultExpiresS: 3600,
    maxExpiresS: 7200,
    maxContacts: 3,
    nodeName: 'a',
    ...overrides,
  };
  const registrar = new Registrar(options, store, signerOf('secret'), observer);
  const register = (words: RegisterWords, now = NOW): RegisterOutcome => registrar.register(registerOf(words), SOURCE, now);
  const contacts = (now = NOW): string[] => store.lookup(ALICE, now).map((binding) => binding.contact);
  return { store, observer, registrar, register, contacts };
}

function contactLines(outcome: RegisterOutcome): string[] {
  return outcome.headers.filter((line) => line.startsWith('Contact:'));
}

describe('Registrar', () => {
  it('stores a contact with everything that is needed to reach the phone, and answers with it and the date', () => {
    const { store, register, observer } = office();
    const lines = ['Contact: "A" <sip:alice@192.0.2.7:5062;transport=udp>;q=0.5;expires=600;+sip.instance="<urn:uuid:1>";reg-id=2;x="a;b"'];
    const outcome = register({ lines: [...lines, 'Path: <sip:p1.example.com;lr>;a=b', 'Path: <sip:p2.example.com;lr>'] });
    expect(outcome.status).to.equal(200);
    expect(outcome.reason).to.equal('OK');
    expect(outcome.durable).to.equal(undefined);
    expect(outcome.headers).to.deep.equal([
      'Contact: <sip:alice@192.0.2.7:5062;transport=udp>;q=0.5;expires=600;+sip.instance="<urn:uuid:1>";reg-id=2;x="a;b"',
      'Date: Fri, 15 Jan 2027 08:00:00 GMT',
    ]);
    const [binding, ...others] = store.read(ALICE)?.bindings ?? [];
    expect(others).to.deep.equal([]);
    expect(binding).to.deep.include({
      contact: 'sip:alice@192.0.2.7:5062;transport=udp',
      callId: 'call-1',
      cseq: 1,
      expiresAt: NOW + 600_000,
      q: 500,
      path: ['<sip:p1.example.com;lr>;a=b', '<sip:p2.example.com;lr>'],
      instance: '<urn:uuid:1>',
      regId: 2,
      source: 'udp:192.0.2.7:5062',
      node: 'a',
      updatedAt: NOW,
      parameters: '+sip.instance="<urn:uuid:1>";reg-id=2;x="a;b"',
    });
    expect(outcome.changed).to.deep.equal({ aor: ALICE, bindings: [binding] });
    expect(observer.counts).to.deep.equal(['sip.register.accepted changed']);
  });

  it('gives the Path back to a phone that supports it (RFC 3327)', () => {
    const { register } = office();
    const outcome = register({ lines: ['Supported: gruu, path', 'Path: <sip:p1.example.com;lr>', 'Contact: <sip:a@192.0.2.7>'] });
    expect(outcome.headers).to.include('Path: <sip:p1.example.com;lr>');
  });

  it('answers a query with what is registered, what is left of its time, best q first', () => {
    const { register, observer } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>;q=0.2, <sip:a@192.0.2.2>;q=0.7', 'Expires: 100'] });
    const outcome = register({ callId: 'other' }, NOW + 10_500);
    expect(contactLines(outcome)).to.deep.equal([
      'Contact: <sip:a@192.0.2.2>;q=0.7;expires=90',
      'Contact: <sip:a@192.0.2.1>;q=0.2;expires=90',
    ]);
    expect(outcome.changed).to.equal(undefined);
    expect(observer.counts.at(-1)).to.equal('sip.register.accepted query');
  });

  it('prefers the expires of the contact to the Expires header to the default', () => {
    const { register } = office();
    const outcome = register({ lines: ['Contact: <sip:a@192.0.2.1>;expires=120', 'Contact: <sip:a@192.0.2.2>', 'Expires: 240'] });
    expect(contactLines(outcome)).to.have.members(['Contact: <sip:a@192.0.2.1>;expires=120', 'Contact: <sip:a@192.0.2.2>;expires=240']);
    const plain = office().register({ lines: ['Contact: <sip:a@192.0.2.1>'] });
    expect(contactLines(plain)).to.deep.equal(['Contact: <sip:a@192.0.2.1>;expires=3600']);
  });

  it('takes a malformed expires for an hour, and grants no more than the maximum', () => {
    for (const [written, granted] of [
      ['abc', 3600],
      ['-1', 3600],
      ['99999999999999999999', 7200],
      ['7201', 7200],
    ]) {
      const outcome = office().register({ lines: [`Contact: <sip:a@192.0.2.1>;expires=${written}`] });
      expect(contactLines(outcome)[0], String(written)).to.equal(`Contact: <sip:a@192.0.2.1>;expires=${granted}`);
    }
  });

  it('refuses what is too brief with 423 and says what is not', () => {
    const { register, contacts } = office();
    const outcome = register({ lines: ['Contact: <sip:a@192.0.2.1>, <sip:a@192.0.2.2>;expires=59'] });
    expect(outcome).to.deep.include({ status: 423, reason: 'Interval Too Brief', headers: ['Min-Expires: 60'] });
    expect(contacts()).to.deep.equal([]);
    expect(register({ lines: ['Contact: <sip:a@192.0.2.1>;expires=60'] }).status).to.equal(200);
  });

  it('never calls an hour too brief, whatever the minimum (RFC 3261 §10.3)', () => {
    const { register } = office({ minExpiresS: 5000 });
    expect(register({ lines: ['Contact: <sip:a@192.0.2.1>;expires=3599'] }).status).to.equal(423);
    expect(register({ lines: ['Contact: <sip:a@192.0.2.1>;expires=3600'] }).status).to.equal(200);
  });

  it('removes a contact with expires 0 and keeps a tombstone', () => {
    const { register, store, contacts } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>, <sip:a@192.0.2.2>'] });
    const outcome = register({ cseq: 2, lines: ['Contact: <sip:a@192.0.2.1>;expires=0'] }, NOW + 1000);
    expect(contactLines(outcome)).to.deep.equal(['Contact: <sip:a@192.0.2.2>;expires=3599']);
    expect(contacts(NOW + 1000)).to.deep.equal(['sip:a@192.0.2.2']);
    expect(outcome.changed?.bindings.map(({ contact, removed, cseq }) => [contact, removed, cseq])).to.deep.equal([
      ['sip:a@192.0.2.1', true, 2],
    ]);
    expect(store.read(ALICE)?.bindings).to.have.length(2);
  });

  it('removes everything with * and Expires 0', () => {
    const { register, contacts } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>, <sip:a@192.0.2.2>'] });
    const outcome = register({ callId: 'new', cseq: 1, lines: ['Contact: *', 'Expires: 0'] });
    expect(outcome.status).to.equal(200);
    expect(outcome.changed?.bindings).to.have.length(2);
    expect(contacts()).to.deep.equal([]);
  });

  const stars: readonly (readonly string[])[] = [
    ['Contact: *'],
    ['Contact: *', 'Expires: 1'],
    ['Contact: *', 'Contact: <sip:b@192.0.2.1>', 'Expires: 0'],
    ['Contact: <sip:b@192.0.2.1>', 'Contact: *', 'Expires: 0'],
    ['Contact: *, <sip:b@192.0.2.1>', 'Expires: 0'],
    ['Contact: *', 'm: *', 'Expires: 0'],
    ['Contact: *;expires=0'],
  ];
  for (const lines of stars) {
    it(`refuses ${lines.join(' | ')}`, () => {
      const { register, contacts } = office();
      register({ lines: ['Contact: <sip:a@192.0.2.1>'] });
      expect(register({ cseq: 2, lines }).status).to.equal(400);
      expect(contacts()).to.deep.equal(['sip:a@192.0.2.1']);
    });
  }

  it('refuses a q that is none, and takes 0 to 1 with three digits', () => {
    for (const q of ['1.1', '2', '.5', '0.1234', 'high', '1.001', '""']) {
      const outcome = office().register({ lines: [`Contact: <sip:a@192.0.2.1>;q=${q}`] });
      expect(outcome, q).to.deep.include({ status: 400, reason: 'Bad Contact q' });
    }
    for (const [q, thousandths] of [
      ['0', 0],
      ['0.', 0],
      ['0.001', 1],
      ['1', 1000],
      ['1.000', 1000],
    ] as const) {
      const { register, store } = office();
      register({ lines: [`Contact: <sip:a@192.0.2.1>;q=${q}`] });
      expect(store.read(ALICE)?.bindings[0]?.q, q).to.equal(thousandths);
    }
  });

  it('takes a contact spelled otherwise for the same', () => {
    const { register, contacts } = office();
    register({ lines: ['Contact: <sip:%61lice@EXAMPLE.net;transport=UDP>'] });
    register({ cseq: 2, lines: ['Contact: <sip:alice@example.net;transport=udp>'] });
    expect(contacts()).to.deep.equal(['sip:alice@example.net;transport=udp']);
  });

  it('takes a contact that stands twice in one request as written last', () => {
    const { register } = office();
    const outcome = register({ lines: ['Contact: <sip:a@192.0.2.1>;expires=100, <sip:a@192.0.2.1>;expires=200'] });
    expect(contactLines(outcome)).to.deep.equal(['Contact: <sip:a@192.0.2.1>;expires=200']);
  });

  it('refuses a request that was overtaken, and leaves all as it was', () => {
    const { register, store } = office();
    register({ cseq: 5, lines: ['Contact: <sip:a@192.0.2.1>'] });
    const before = store.read(ALICE);
    expect(register({ cseq: 4, lines: ['Contact: <sip:new@192.0.2.9>, <sip:a@192.0.2.1>;expires=0'] }).status).to.equal(500);
    expect(register({ cseq: 5, lines: ['Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.1>'] }).status).to.equal(500);
    expect(register({ cseq: 5, lines: ['Contact: <sip:a@192.0.2.1>;expires=0'] }).status).to.equal(500);
    expect(register({ cseq: 5, lines: ['Contact: *', 'Expires: 0'] }).status).to.equal(500);
    expect(store.read(ALICE)).to.equal(before);
  });

  it('lets another Call-ID change a contact, whatever its CSeq', () => {
    const { register } = office();
    register({ cseq: 50, lines: ['Contact: <sip:a@192.0.2.1>;expires=100'] });
    const outcome = register({ callId: 'rebooted', cseq: 1, lines: ['Contact: <sip:a@192.0.2.1>;expires=200'] });
    expect(contactLines(outcome)).to.deep.equal(['Contact: <sip:a@192.0.2.1>;expires=200']);
  });

  it('gives the same request once more 200 and does nothing', () => {
    const { register, store, observer } = office();
    const words = { cseq: 5, lines: ['Contact: <sip:b@192.0.2.1>, <sip:a@192.0.2.1>'] };
    register(words);
    const outcome = register(words, NOW + 2000);
    expect(outcome.status).to.equal(200);
    expect(contactLines(outcome)).to.have.length(2);
    expect(outcome.changed).to.equal(undefined);
    expect(store.writes).to.equal(1);
    expect(observer.counts.at(-1)).to.equal('sip.register.accepted repeated');
  });

  it('a removal that comes again does not remove who registered in between', () => {
    const { register, contacts } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>'] });
    const all = { cseq: 2, lines: ['Contact: *', 'Expires: 0'] };
    register(all);
    register({ callId: 'other', lines: ['Contact: <sip:b@192.0.2.2>'] }, NOW + 100);
    expect(register(all, NOW + 200).status).to.equal(200);
    expect(contacts(NOW + 200)).to.deep.equal(['sip:b@192.0.2.2']);
  });

  it('a registration that comes after its removal is overtaken, although the removal found nothing here', () => {
    const { register, contacts } = office();
    expect(register({ cseq: 6, lines: ['Contact: <sip:a@192.0.2.1>;expires=0'] }).status).to.equal(200);
    expect(register({ cseq: 5, lines: ['Contact: <sip:a@192.0.2.1>'] }).status).to.equal(500);
    expect(register({ cseq: 7, lines: ['Contact: <sip:a@192.0.2.1>'] }).status).to.equal(200);
    expect(contacts()).to.deep.equal(['sip:a@192.0.2.1']);
  });

  it('an expired binding is as good as none', () => {
    const { register, store } = office();
    register({ cseq: 9, lines: ['Contact: <sip:a@192.0.2.1>;expires=60'] });
    expect(register({ cseq: 1, lines: ['Contact: <sip:a@192.0.2.2>'] }, NOW + 60_000).status).to.equal(200);
    expect(store.read(ALICE)?.bindings.map((binding) => binding.contact)).to.deep.equal(['sip:a@192.0.2.2']);
  });

  it('what is accepted later is newer, although another clock was ahead', () => {
    const { register, store } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>'] }, NOW + 5000);
    register({ callId: 'other', lines: ['Contact: <sip:a@192.0.2.1>'] }, NOW);
    expect(store.read(ALICE)?.bindings[0]).to.deep.include({ callId: 'other', updatedAt: NOW + 5001 });
  });

  it('refuses more contacts than allowed, all of the request, but lets those that are there be refreshed and removed', () => {
    const { register, contacts } = office();
    register({ lines: ['Contact: <sip:1@192.0.2.1>, <sip:2@192.0.2.1>'] });
    const outcome = register({ cseq: 2, lines: ['Contact: <sip:3@192.0.2.1>, <sip:4@192.0.2.1>'] });
    expect(outcome).to.deep.include({ status: 403, reason: 'Too Many Contacts' });
    expect(contacts()).to.have.members(['sip:1@192.0.2.1', 'sip:2@192.0.2.1']);
    expect(register({ cseq: 3, lines: ['Contact: <sip:1@192.0.2.1>, <sip:3@192.0.2.1>'] }).status).to.equal(200);
    expect(register({ cseq: 4, lines: ['Contact: <sip:1@192.0.2.1>;expires=0, <sip:4@192.0.2.1>'] }).status).to.equal(200);
    expect(contacts()).to.have.members(['sip:2@192.0.2.1', 'sip:3@192.0.2.1', 'sip:4@192.0.2.1']);
  });

  it('refuses a request with more contacts than any record could need', () => {
    const many = Array.from({ length: 7 }, (_, i) => `Contact: <sip:${i}@192.0.2.1>;expires=0`);
    const { register, store } = office();
    expect(register({ lines: many })).to.deep.include({ status: 403, reason: 'Too Many Contacts' });
    expect(register({ lines: many.slice(1) }).status).to.equal(200);
    expect(store.read(ALICE)?.bindings).to.have.length(3);
  });

  it('a record does not grow by removals of contacts that never were', () => {
    const { register, store } = office();
    register({ lines: ['Contact: <sip:a@192.0.2.1>'] });
    for (let i = 0; i < 50; i += 1) register({ callId: `c${i}`, lines: [`Contact: <sip:x${i}@192.0.2.1>;expires=0`] }, NOW + i);
    const bindings = store.read(ALICE)?.bindings ?? [];
    expect(bindings.map((binding) => binding.contact)).to.deep.equal([
      'sip:a@192.0.2.1',
      'sip:x47@192.0.2.1',
      'sip:x48@192.0.2.1',
      'sip:x49@192.0.2.1',
    ]);
  });

  it('refuses contacts that no call could be sent to', () => {
    for (const contact of ['<mailto:a@example.com>', '<http://example.com>', '<tel:+15551234>', '<name:John_Smith>']) {
      const outcome = office().register({ lines: [`Contact: ${contact}`] });
      expect(outcome, contact).to.deep.include({ status: 400, reason: 'Unsupported Contact Scheme' });
    }
  });

  it('knows only its own domains, and users that have a name', () => {
    const { register } = office();
    const lines = ['Contact: <sip:a@192.0.2.1>'];
    expect(register({ to: '<sip:alice@example.org>', lines }).status).to.equal(404);
    expect(register({ to: '<sip:example.com>', lines }).status).to.equal(404);
    expect(register({ to: '<isbn:2983792873>', lines }).status).to.equal(400);
    expect(register({ to: '<sips:%61lice@EXAMPLE.com;user=phone>', lines }).changed?.aor).to.equal(ALICE);
  });

  it('refuses what it does not support and names it', () => {
    const { register, contacts } = office();
    const outcome = register({ lines: ['Require: path, outbound', 'Require: gruu', 'Contact: <sip:a@192.0.2.1>'] });
    expect(outcome).to.deep.include({ status: 420, reason: 'Bad Extension', headers: ['Unsupported: outbound, gruu'] });
    expect(contacts()).to.deep.equal([]);
    expect(register({ lines: ['Require: path', 'Contact: <sip:a@192.0.2.1>'] }).status).to.equal(200);
  });

  it('refuses a Path that leads nowhere', () => {
    expect(office().register({ lines: ['Path: <mailto:p1@example.com>', 'Contact: <sip:a@192.0.2.1>'] })).to.deep.include({
      status: 400,
      reason: 'Bad Path',
    });
  });

  it('says so when the answer has to wait for the disk', async () => {
    const { register, store } = office();
    store.durable = Promise.resolve();
    const outcome = register({ lines: ['Contact: <sip:a@192.0.2.1>'] });
    expect(outcome.durable).to.equal(store.durable);
    await outcome.durable;
  });

  it('answers 500 when the store fails', () => {
    const { register, store, observer } = office();
    store.broken = true;
    expect(register({ lines: ['Contact: <sip:a@192.0.2.1>'] })).to.deep.include({ status: 500, reason: 'Server Internal Error' });
    expect(observer.counts).to.deep.equal(['sip.register.refused sip.register.store']);
  });
});

describe('Registrar and RFC 4475', () => {
  it("§3.3.12, §3.3.13: an unknown parameter behind a bare address is the contact's, inside brackets the URI's", () => {
    const bare = office().register({ lines: ['Contact: sip:+19725552222@gw1.example.net;unknownparam'] });
    expect(contactLines(bare)).to.deep.equal(['Contact: <sip:+19725552222@gw1.example.net>;expires=3600;unknownparam']);
    const inside = office().register({ lines: ['Contact: <sip:+19725552222@gw1.example.net;unknownparam>'] });
    expect(contactLines(inside)).to.deep.equal(['Contact: <sip:+19725552222@gw1.example.net;unknownparam>;expires=3600']);
  });

  it('§3.1.1.4: escaped nulls neither shorten the address of record nor make two contacts one', () => {
    const outcome = office().register({
      to: '<sip:null-%00-null@example.com>',
      lines: ['Contact: <sip:%00@host5.example.com>', 'Contact: <sip:%00%00@host5.example.com>'],
    });
    expect(outcome.changed?.aor).to.equal('sip:null-%00-null@example.com');
    expect(contactLines(outcome)).to.have.members([
      'Contact: <sip:%00@host5.example.com>;expires=3600',
      'Contact: <sip:%00%00@host5.example.com>;expires=3600',
    ]);
  });

  it('§3.3.14: an escaped header in a contact comes back', () => {
    const outcome = office().register({ lines: ['M: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>'] });
    expect(contactLines(outcome)).to.deep.equal(['Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600']);
  });

  it('§3.3.4: schemes that nobody knows are a 400', () => {
    const outcome = office().register({ to: '<isbn:2983792873>', lines: ['Contact: <name:John_Smith>'] });
    expect(outcome).to.deep.include({ status: 400, reason: 'Unsupported To Scheme', headers: [] });
  });

  it('§3.1.2.13: a bare contact with an escaped header is a 400', () => {
    expect(office().register({ lines: ['Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E'] }).status).to.equal(400);
  });
});

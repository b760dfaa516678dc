import { expect } from 'chai';
import type { Binding } from '@altpath/core';
import { addressOfRecord } from '../message/uri-comparison.js';
import { parseUri } from '../message/uri.js';
import { Registrar } from './registrar.js';
import { buildReplicas, isReplica, readReplica, type MergeBindings, type ReplicaRoute } from './replication.js';
import { countingObserver, decoded, MapStore, NOW, registerOf, signerOf, SOURCE } from './testing.js';

const ALICE = 'sip:alice@example.com';
const ROUTE: ReplicaRoute = {
  node: 'a',
  requestUri: 'sip:10.0.0.2:5060',
  via: 'SIP/2.0/UDP 10.0.0.1:5060',
  callId: 'a-1@replica',
  cseq: 7,
};
const SIGNER = signerOf('secret');
const HALF_HOUR = 30 * 60_000;

const newest: MergeBindings = (current, incoming) => {
  const merged = new Map(current.map((binding) => [binding.contactKey, binding]));
  for (const binding of incoming) {
    const before = merged.get(binding.contactKey);
    if (!before || binding.updatedAt > before.updatedAt) merged.set(binding.contactKey, binding);
  }
  return [...merged.values()];
};

function node(name: string, signer = SIGNER) {
  const store = new MapStore();
  const observer = countingObserver();
  const options = { domains: ['example.com'], minExpiresS: 60, defaultExpiresS: 3600, maxExpiresS: 7200, maxContacts: 50, nodeName: name };
  return { store, observer, registrar: new Registrar(options, store, signer, observer) };
}

/** The bindings that a REGISTER with these lines leaves. */
function bindingsOf(lines: readonly string[], cseq = 1): readonly Binding[] {
  return node('a').registrar.register(registerOf({ cseq, lines }), SOURCE, NOW).changed?.bindings ?? [];
}

/** The one replica of these bindings, as text. */
function replicaText(bindings: readonly Binding[], now = NOW, aor = ALICE): string {
  const [bytes, ...others] = buildReplicas(aor, bindings, ROUTE, now, SIGNER);
  expect(others).to.deep.equal([]);
  return (bytes as Buffer).toString('latin1');
}

function read(text: string, now = NOW, signer = SIGNER) {
  return readReplica(decoded(Buffer.from(text, 'latin1')), signer, now);
}

function codeOf(text: string, now = NOW, signer = SIGNER): string {
  const outcome = read(text, now, signer);
  if (!outcome) return 'none';
  return outcome.ok ? 'ok' : outcome.fault.code;
}

const PHONE = [
  'Contact: <sip:alice@192.0.2.7:5062>;q=0.5;expires=600;+sip.instance="<urn:uuid:1>";reg-id=2;flag',
  'Path: <sip:p1.example.com;lr>;a=b, <sip:p2.example.com;lr>',
];

describe('replicas', () => {
  it('are standard REGISTER requests, word for word', () => {
    const mac = SIGNER.sign(
      'replication',
      JSON.stringify([
        'a',
        NOW,
        ALICE,
        'a-1@replica',
        7,
        [
          [
            false,
            'sip:alice@192.0.2.7:5062',
            500,
            ['<sip:p1.example.com;lr>;a=b', '<sip:p2.example.com;lr>'],
            '<urn:uuid:1>',
            2,
            'udp:192.0.2.7:5062',
            'a',
            'call-1',
            1,
            NOW,
            NOW + 600_000,
            '+sip.instance="<urn:uuid:1>";reg-id=2;flag',
          ],
        ],
      ]),
    ).mac;
    const branch = SIGNER.branch(JSON.stringify(['replica', 'sip:10.0.0.2:5060', 'a-1@replica', 7, ALICE]));
    expect(replicaText(bindingsOf(PHONE), NOW + 0.5)).to.equal(
      [
        'REGISTER sip:10.0.0.2:5060 SIP/2.0',
        `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK${branch};rport`,
        'Max-Forwards: 1',
        'From: <sip:alice@example.com>;tag=a',
        'To: <sip:alice@example.com>',
        'Call-ID: a-1@replica',
        'CSeq: 7 REGISTER',
        'Path: <sip:p1.example.com;lr>;a=b',
        'Path: <sip:p2.example.com;lr>',
        `Altpath-Replica: node=a;time=${NOW};kid=k1;mac=${mac}`,
        `Contact: <sip:alice@192.0.2.7:5062>;x-altpath="live call-1 1 ${NOW} ${NOW + 600_000} a udp:192.0.2.7:5062";q=0.5;expires=600;+sip.instance="<urn:uuid:1>";reg-id=2;flag`,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('give back exactly what was told, tombstones too', () => {
    const told = [...bindingsOf(PHONE), ...bindingsOf(['Contact: <sip:old@192.0.2.8>;expires=0', 'Path: <sip:p1.example.com>'])];
    const records = buildReplicas(ALICE, told, ROUTE, NOW, SIGNER).map((bytes) => readReplica(decoded(bytes), SIGNER, NOW));
    const heard = records.flatMap((outcome) => (outcome?.ok ? outcome.value.record.bindings : []));
    expect(heard).to.deep.equal(told);
  });

  it('carry texts of every kind unharmed', () => {
    const binding: Binding = {
      contact: 'sip:%00%22a@[2001:db8::1]:5062;transport=tcp;x=%3E?Route=%3Csip:x%3E',
      contactKey: '',
      callId: 'we"ird;<call>%41=\\é@h',
      cseq: 2_147_483_647,
      expiresAt: NOW + 1,
      q: 1,
      path: ['"quo,ted;" <sip:[2001:db8::2];lr>;n="a\\"b"'],
      instance: undefined,
      regId: undefined,
      source: 'tcp:[2001:db8::1]:5062',
      node: 'a',
      updatedAt: NOW - 1,
      parameters: 'd="x;y\\"z, é";e = f',
    };
    const outcome = read(replicaText([binding]));
    expect(outcome?.ok && outcome.value).to.deep.include({ node: 'a' });
    const [heard] = outcome?.ok ? outcome.value.record.bindings : [];
    expect({ ...heard, contactKey: '' }).to.deep.equal(binding);
  });

  it('name the user as the store does, whatever characters the name has', () => {
    for (const user of ['null-%00-null', '%22%3E%0d%0aX:%20y', 'a%40b', '%2541', 'j;x=1', '%e9']) {
      const uri = parseUri(`sip:${user}@example.com`);
      const aor = uri.ok ? addressOfRecord(uri.value) : '';
      const outcome = read(replicaText(bindingsOf(PHONE), NOW, aor));
      expect(outcome?.ok && outcome.value.record.aor, user).to.equal(aor);
    }
  });

  it('a telephone that uses our parameter itself does no harm', () => {
    const bindings = bindingsOf(['Contact: <sip:a@192.0.2.7>;x-altpath="removed x 1 1 1 b ";X-Altpath;other=1']);
    expect(bindings[0]?.parameters).to.equal('other=1');
    expect(codeOf(replicaText(bindings))).to.equal('ok');
  });

  it('whatever a REGISTER held that was accepted, its replica parses and verifies', () => {
    const seed = 20_261_124;
    let state = seed;
    const dice = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pieces = [
      '"',
      '\\',
      ';',
      ',',
      '<',
      '>',
      '%00',
      '%',
      ' ',
      '\t',
      '\r\n ',
      '=',
      '?',
      '@',
      '[',
      ']',
      ':',
      '\0',
      'é',
      '*',
      'sip:',
      'x-altpath="',
      ';q=0.1',
      '&',
    ];
    const base = [...PHONE, 'Supported: path'].join('\r\n');
    let accepted = 0;
    for (let round = 0; round < 4000; round += 1) {
      let lines = base;
      let user = 'alice';
      for (let n = dice(3); n >= 0; n -= 1) {
        const at = 9 + dice(lines.length - 9);
        lines = lines.slice(0, at) + (pieces[dice(pieces.length)] as string) + lines.slice(at + dice(2));
      }
      if (dice(4) === 0) user += pieces[dice(pieces.length)] as string;
      let request;
      try {
        request = registerOf({ to: `<sip:${user}@example.com>`, lines: [lines] });
      } catch {
        continue; // The codec has refused it.
      }
      const changed = node('a').registrar.register(request, SOURCE, NOW).changed;
      if (!changed) continue;
      accepted += 1;
      const heard = buildReplicas(changed.aor, changed.bindings, ROUTE, NOW, SIGNER).flatMap((bytes) => {
        const outcome = readReplica(decoded(bytes), SIGNER, NOW);
        return outcome?.ok ? outcome.value.record.bindings : [];
      });
      expect(heard, `seed ${seed}, round ${round}: ${JSON.stringify(lines)}`).to.deep.equal(changed.bindings);
    }
    expect(accepted).to.be.greaterThan(500);
  });

  it('leave out what has expired', () => {
    expect(buildReplicas(ALICE, bindingsOf(PHONE), ROUTE, NOW + 600_000, SIGNER)).to.deep.equal([]);
  });

  it('stay below 1,300 bytes, split where they must be, each with a CSeq and a branch of its own', () => {
    const lines = Array.from(
      { length: 20 },
      (_, i) =>
        `Contact: <sip:alice-${i}@192.0.2.7:5062;transport=udp>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000${1000 + i}>"`,
    );
    const bindings = bindingsOf(lines);
    const requests = buildReplicas(ALICE, bindings, ROUTE, NOW, SIGNER).map(decoded);
    expect(requests.length).to.be.within(3, 8);
    for (const request of requests) expect(request.bytes.length).to.be.at.most(1300);
    expect(requests.map((request) => request.cseq)).to.deep.equal(requests.map((_, i) => 7 + i));
    expect(new Set(requests.map((request) => request.topVia.branch))).to.have.length(requests.length);
    const heard = requests.flatMap((request) => {
      const outcome = readReplica(request, SIGNER, NOW);
      return outcome?.ok ? outcome.value.record.bindings : [];
    });
    expect(heard).to.deep.equal(bindings);
  });

  it('a contact that is too long for one datagram goes alone', () => {
    const bindings = bindingsOf([
      'Contact: <sip:a@192.0.2.7>',
      `Contact: <sip:b@192.0.2.7;x=${'y'.repeat(1400)}>`,
      'Contact: <sip:c@192.0.2.7>',
    ]);
    const requests = buildReplicas(ALICE, bindings, ROUTE, NOW, SIGNER).map(decoded);
    expect(requests.map((request) => request.contacts.length)).to.deep.equal([1, 1, 1]);
  });

  it('contacts with different Paths go apart', () => {
    const bindings = [...bindingsOf(PHONE), ...bindingsOf(['Contact: <sip:b@192.0.2.8>'])];
    expect(buildReplicas(ALICE, bindings, ROUTE, NOW, SIGNER).map((bytes) => decoded(bytes).paths.length)).to.deep.equal([2, 0]);
  });

  it('have another branch for another node', () => {
    const other = buildReplicas(ALICE, bindingsOf(PHONE), { ...ROUTE, requestUri: 'sip:10.0.0.3:5060' }, NOW, SIGNER);
    expect(decoded(other[0] as Buffer).topVia.branch).not.to.equal(decoded(Buffer.from(replicaText(bindingsOf(PHONE)))).topVia.branch);
  });
});

describe('readReplica', () => {
  const text = replicaText(bindingsOf(PHONE));

  it('finds no replica in the REGISTER of a telephone', () => {
    const request = registerOf({ lines: PHONE });
    expect(isReplica(request)).to.equal(false);
    expect(readReplica(request, SIGNER, NOW)).to.equal(undefined);
  });

  it('takes a signature of this half hour, and of a clock up to a minute ahead', () => {
    expect(codeOf(text, NOW + HALF_HOUR)).to.equal('ok');
    expect(codeOf(text, NOW + HALF_HOUR + 1)).to.equal('sip.replica.stale');
    expect(codeOf(text, NOW - 60_000)).to.equal('ok');
    expect(codeOf(text, NOW - 60_001)).to.equal('sip.replica.ahead');
  });

  it('takes a whole table that was accepted long ago, when it is signed now', () => {
    const later = NOW + 590_000;
    expect(codeOf(replicaText(bindingsOf(PHONE), later), later)).to.equal('ok');
  });

  it('knows another key and another key id', () => {
    expect(codeOf(text, NOW, signerOf('guess'))).to.equal('sip.replica.forged');
    expect(codeOf(text, NOW, signerOf('secret', 'k2'))).to.equal('sip.replica.forged');
  });

  const changes: readonly [string, string, string][] = [
    ['the node', 'node=a', 'node=b'],
    ['the time', `time=${NOW}`, `time=${NOW + 1}`],
    ['the address of record', 'To: <sip:alice', 'To: <sip:bob'],
    ['the Call-ID', 'Call-ID: a-1', 'Call-ID: a-2'],
    ['the CSeq', 'CSeq: 7', 'CSeq: 8'],
    ['a contact', '<sip:alice@192.0.2.7:5062>', '<sip:alice@198.51.100.1>'],
    ['a q', 'q=0.5', 'q=0.9'],
    ['a Path', 'p1.example.com', 'p9.example.com'],
    [
      'the order of Paths',
      'Path: <sip:p1.example.com;lr>;a=b\r\nPath: <sip:p2.example.com;lr>',
      'Path: <sip:p2.example.com;lr>\r\nPath: <sip:p1.example.com;lr>;a=b',
    ],
    ['an instance', 'urn:uuid:1', 'urn:uuid:2'],
    ['a reg-id', 'reg-id=2', 'reg-id=3'],
    ['a source', 'udp:192.0.2.7', 'udp:192.0.2.8'],
    ['a holder', '000 a udp', '000 b udp'],
    ["a phone's Call-ID", 'live call-1', 'live call-2'],
    ["a phone's CSeq", 'call-1 1', 'call-1 2'],
    ['an update time', ` 1 ${NOW}`, ` 1 ${NOW + 1}`],
    ['an expiry', `${NOW + 600_000}`, `${NOW + 900_000}`],
    ['a removal', '"live', '"removed'],
    ['a parameter', ';flag', ';flags'],
    ['another contact', '\r\nContact:', '\r\nContact: <sip:x@198.51.100.1>;x-altpath="live c 1 1 1 a ";q=1\r\nContact:'],
  ];
  for (const [what, from, to] of changes) {
    it(`notices that ${what} was changed`, () => {
      expect(text).to.contain(from);
      expect(codeOf(text.replace(from, to))).to.equal('sip.replica.forged');
    });
  }

  it('lets a proxy between change what is not the record', () => {
    const moved = text
      .replace('Via:', 'Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKp\r\nVia:')
      .replace('Max-Forwards: 1', 'Max-Forwards: 0')
      .replace('expires=600', 'expires=1');
    expect(codeOf(moved)).to.equal('ok');
  });

  it('refuses what is no replica header, two of them, and contacts without our parameter', () => {
    const header = /Altpath-Replica: .*\r\n/.exec(text)?.[0] as string;
    expect(codeOf(text.replace(header, header + header))).to.equal('sip.replica.malformed');
    for (const value of [
      '',
      'x',
      'node=a',
      `node=a;time=-1;kid=k1;mac=${'x'.repeat(22)}`,
      `node=a;time=1;kid=k1;mac=short`,
      `time=1;node=a;kid=k1;mac=${'x'.repeat(22)}`,
    ]) {
      expect(codeOf(text.replace(header, `Altpath-Replica: ${value}\r\n`)), value).to.equal('sip.replica.malformed');
    }
    for (const parameter of [
      '',
      'x-altpath;',
      'x-altpath="";',
      'x-altpath="live c 1";',
      'x-altpath="gone c 1 1 1 a ";',
      `x-altpath="live c ${'9'.repeat(11)} 1 1 a ";`,
    ]) {
      expect(codeOf(text.replace(/x-altpath="[^"]*";/, parameter)), parameter).to.equal('sip.replica.malformed');
    }
    expect(codeOf(text.replace(/Contact: .*/, 'Contact: *'))).to.equal('sip.replica.malformed');
    expect(codeOf(text.replace(/Contact: .*\r\n/, ''))).to.equal('sip.replica.malformed');
    expect(codeOf(text.replace('q=0.5', 'q=5'))).to.equal('sip.replica.malformed');
  });

  it('survives every replica with one byte changed, and takes none of them for another record', () => {
    const bytes = Buffer.from(text, 'latin1');
    const told = read(text);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const mask of [1, 0x20, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ mask;
        let request;
        try {
          request = decoded(changed);
        } catch {
          continue; // The codec has refused it.
        }
        const outcome = readReplica(request, SIGNER, NOW);
        if (outcome?.ok) expect(outcome, `${at} ^ ${mask}`).to.deep.equal(told);
      }
    }
  });
});

describe('Registrar.acceptReplica', () => {
  it('writes what another node accepted, answers 200 and tells nobody', () => {
    const { store, observer, registrar } = node('b');
    const bindings = bindingsOf(PHONE);
    const outcome = registrar.acceptReplica(decoded(Buffer.from(replicaText(bindings), 'latin1')), newest, NOW);
    expect(outcome).to.deep.equal({ status: 200, reason: 'OK', headers: [] });
    expect(store.read(ALICE)?.bindings).to.deep.equal(bindings);
    expect(store.lookup(ALICE, NOW)[0]?.node).to.equal('a');
    expect(observer.counts).to.deep.equal(['sip.replica.accepted a']);
  });

  it('waits for the disk where the store says so', () => {
    const { store, registrar } = node('b');
    store.durable = Promise.resolve();
    expect(registrar.acceptReplica(decoded(Buffer.from(replicaText(bindingsOf(PHONE)), 'latin1')), newest, NOW).durable).to.equal(
      store.durable,
    );
  });

  it('takes a tombstone for what it is', () => {
    const { store, registrar } = node('b');
    const accept = (bindings: readonly Binding[]) =>
      registrar.acceptReplica(decoded(Buffer.from(replicaText(bindings), 'latin1')), newest, NOW + 1);
    accept(bindingsOf(['Contact: <sip:a@192.0.2.7>']));
    expect(store.lookup(ALICE, NOW + 1)).to.have.length(1);
    accept(bindingsOf(['Contact: <sip:a@192.0.2.7>;expires=0'], 2).map((binding) => ({ ...binding, updatedAt: NOW + 1 })));
    expect(store.lookup(ALICE, NOW + 1)).to.deep.equal([]);
  });

  it('the phone that comes here afterwards with the very same request gets 200', () => {
    const { registrar, observer } = node('b');
    registrar.acceptReplica(decoded(Buffer.from(replicaText(bindingsOf(PHONE)), 'latin1')), newest, NOW);
    const outcome = registrar.register(registerOf({ lines: PHONE }), SOURCE, NOW + 100);
    expect(outcome.status).to.equal(200);
    expect(outcome.changed).to.equal(undefined);
    expect(observer.counts.at(-1)).to.equal('sip.register.accepted repeated');
  });

  it('refuses and counts what is forged, stale or no replica, and writes nothing', () => {
    const { store, observer, registrar } = node('b', signerOf('other'));
    const request = decoded(Buffer.from(replicaText(bindingsOf(PHONE)), 'latin1'));
    expect(registrar.acceptReplica(request, newest, NOW)).to.deep.equal({ status: 403, reason: 'Forbidden', headers: [] });
    const { observer: known, registrar: late } = node('b');
    expect(late.acceptReplica(request, newest, NOW + HALF_HOUR + 1).status).to.equal(403);
    expect(late.acceptReplica(registerOf({ lines: PHONE }), newest, NOW).status).to.equal(403);
    expect([...observer.counts, ...known.counts]).to.deep.equal([
      'sip.replica.refused sip.replica.forged',
      'sip.replica.refused sip.replica.stale',
      'sip.replica.refused sip.replica.absent',
    ]);
    expect(store.writes).to.equal(0);
  });

  it('answers 500 when the store fails', () => {
    const { store, registrar } = node('b');
    store.broken = true;
    expect(registrar.acceptReplica(decoded(Buffer.from(replicaText(bindingsOf(PHONE)), 'latin1')), newest, NOW).status).to.equal(500);
  });
});

import { expect } from 'chai';
import { decoded } from '../registrar/testing.js';
import { assembleCopy, breadthOf, type Copy, Passage, recordRouteEntry, wayOf } from './forward.js';
import { fakeEnvironment, SETTINGS } from './testing.js';

const NOW = 1_700_000_000_000;
const HOP = { transport: 'udp' as const, host: '10.1.0.1', port: 5060 };
const COPY: Copy = {
  target: { address: 'sip:bob@10.1.0.11', registered: true },
  hop: { transport: 'udp', host: '10.1.0.11', port: 5060 },
  branch: 'z9hG4bKownbranch',
  flags: 0,
  forkIndex: 0,
  forkCount: 1,
  callerTold: true,
};

function passageOf(...lines: string[]): Passage {
  const head = ['INVITE sip:bob@sample2.test SIP/2.0', 'Via: SIP/2.0/UDP 10.1.0.1:5060;rport;branch=z9hG4bKcaller', 'Max-Forwards: 70'];
  const tail = [
    'From: <sip:alice@sample2.test>;tag=a',
    'To: <sip:bob@sample2.test>',
    'Call-ID: call@x',
    'CSeq: 1 INVITE',
    'Content-Length: 4',
    '',
    'body',
  ];
  return new Passage(decoded(Buffer.from([...head, ...lines, ...tail].join('\r\n'), 'latin1')), HOP);
}

/** The copy, MACs replaced. */
function copied(passage: Passage, copy: Partial<Copy> = {}, settings: Partial<typeof SETTINGS> = {}): string {
  const data = assembleCopy(fakeEnvironment(settings).environment, passage, { ...COPY, ...copy }, NOW);
  return data.toString('latin1').replace(/[\w-]{22}(?=[>\r;])/g, 'MAC');
}

describe('the forwarded copy', () => {
  it('reads, message for message', () => {
    expect(copied(passageOf('Subject: hello'))).to.equal(
      [
        'INVITE sip:bob@10.1.0.11 SIP/2.0',
        'Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKownbranch;alternatePath=10.0.0.2;pathToken=k1.0.0.0.1.s46r28.LOOP.MAC'.replace(
          'LOOP',
          passageOf().loopHash,
        ),
        'Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKcaller;rport=5060;received=10.1.0.1',
        'Record-Route: <sip:10.0.0.1:5060;lr;alternatePath=10.0.0.2;pathToken=k1.MAC>;alternatePath=10.0.0.2',
        'Max-Forwards: 69',
        'Subject: hello',
        'From: <sip:alice@sample2.test>;tag=a',
        'To: <sip:bob@sample2.test>',
        'Call-ID: call@x',
        'CSeq: 1 INVITE',
        'Content-Length: 4',
        'Max-Breadth: 60',
        '',
        'body',
      ].join('\r\n'),
    );
  });

  it('reads so with the addresses in a header of their own', () => {
    const text = copied(passageOf(), {}, { path: { ...SETTINGS.path, carrier: 'header' } });
    expect(text).to.contain('\r\nRecord-Route: <sip:10.0.0.1:5060;lr;pathToken=k1.MAC>\r\n');
    expect(text).to.contain('\r\nAlternatePath: 10.0.0.2\r\n\r\nbody');
    expect(text.split('10.0.0.2')).to.have.length(2);
  });

  it('does not change the request that it was made from', () => {
    const passage = passageOf('Route: <sip:10.0.0.1;lr>');
    passage.popped = 1;
    const before = passage.request.bytes.toString('latin1');
    copied(passage);
    expect(passage.request.bytes.toString('latin1')).to.equal(before);
  });

  it('may be made many times, for many targets', () => {
    const passage = passageOf();
    const texts = ['sip:a@10.1.0.11', 'sip:b@10.1.0.12', 'sip:a@10.1.0.11'].map((address) =>
      copied(passage, { target: { address, registered: true } }),
    );
    expect(texts[0]).to.equal(texts[2]);
    expect(texts[1]).to.equal(texts[0]?.replace('sip:a@10.1.0.11', 'sip:b@10.1.0.12'));
  });
});

describe('the way of a copy', () => {
  function way(routes: readonly string[], via: readonly string[] = []): string {
    const passage = passageOf();
    passage.routes = routes;
    const { uri, routes: left } = wayOf(passage, { address: 'sip:far', via });
    return [uri, ...left].join(' ');
  }

  it('without Routes it is the target', () => expect(way([])).to.equal('sip:far'));
  it('loose Routes stand behind it', () => expect(way(['<sip:a;lr>', '<sip:b>'])).to.equal('sip:far <sip:a;lr> <sip:b>'));
  it('a Path goes before the Routes', () => expect(way(['<sip:a;lr>'], ['<sip:edge;lr>'])).to.equal('sip:far <sip:edge;lr> <sip:a;lr>'));
  it('a strict router is put in front, the target behind', () =>
    expect(way(['<sip:a>', '<sip:b;lr>'])).to.equal('sip:a <sip:b;lr> <sip:far>'));
  it('a bare address has no parameters: it is strict', () => expect(way(['sip:a;lr'])).to.equal('sip:a <sip:far>'));
  for (const loose of ['<sip:a;lr>', '<sip:a;x=y;LR;z>', '<sip:a;lr=on>', '"lr" <sip:a;lr?x=y>'])
    it(`${loose} is loose`, () => expect(way([loose])).to.equal(`sip:far ${loose}`));
  for (const strict of ['<sip:a;lrx>', '<sip:lr@a>', '<sip:a;x=lr>', '"x;lr" <sip:a>'])
    it(`${strict} is strict`, () => expect(way([strict])).to.match(/^sip:\S+ <sip:far>$/));
});

describe('Max-Breadth', () => {
  const cases: readonly [line: string | undefined, breadth: number][] = [
    [undefined, 60],
    ['Max-Breadth: 7', 7],
    ['Max-Breadth: 61', 60],
    ['Max-Breadth: 4294967296', 60],
    ['Max-Breadth: x', 60],
    ['Max-Breadth: -1', 60],
    ['Max-Breadth: ', 60],
  ];
  for (const [line, breadth] of cases)
    it(`${line ?? 'absent'} is ${breadth}`, () =>
      expect(breadthOf(passageOf(...(line === undefined ? [] : [line])).request, 60)).to.equal(breadth));
});

describe('a Record-Route entry', () => {
  it('carries the list in the brackets and, where there is room, behind them', () => {
    expect(recordRouteEntry('h', '', '10.0.0.2', 'k.m', true)).to.equal(
      '<sip:h;lr;alternatePath=10.0.0.2;pathToken=k.m>;alternatePath=10.0.0.2',
    );
    expect(recordRouteEntry('h:5070', ';transport=tcp', '10.0.0.2', 'k.m', false)).to.equal(
      '<sip:h:5070;transport=tcp;lr;alternatePath=10.0.0.2;pathToken=k.m>',
    );
    expect(recordRouteEntry('h', '', '', 'k.m', true)).to.equal('<sip:h;lr;pathToken=k.m>');
  });
});

// Reading datagrams: messages, piggybacking, descriptions, and what is broken.
import { expect } from 'chai';
import { commandIn, datagram, onlyOf, responseIn } from './testing.js';
import { type BrokenMessage, decodeDatagram } from './decode.js';

function brokenIn(...lines: string[]): BrokenMessage {
  const [message] = decodeDatagram(datagram(...lines));
  if (message?.kind !== 'broken') throw new Error('not broken');
  return message;
}

describe('a command', () => {
  it('has its line, its parameters and its description', () => {
    const command = commandIn(
      'CRCX 1204 aaln/1@rgw-2567.whatever.net MGCP 1.0',
      'C: A3C47F21456789F0',
      'L: p:10, a:PCMU',
      'M: recvonly',
      '',
      'v=0',
      'm=audio 3456 RTP/AVP 0',
    );
    expect(command).to.deep.include({
      verb: 'CRCX',
      transactionId: 1204,
      endpoint: { local: 'aaln/1', domain: 'rgw-2567.whatever.net' },
      profile: '',
      descriptions: ['v=0\r\nm=audio 3456 RTP/AVP 0\r\n'],
    });
    expect(command.parameters).to.deep.equal({
      callId: 'A3C47F21456789F0',
      localConnectionOptions: { packetizationMs: { min: 10, max: 10 }, codecs: ['PCMU'] },
      mode: 'recvonly',
    });
  });

  it('is read without case, with tabs, more white space, LF alone and leading zeros', () => {
    const [command] = decodeDatagram(Buffer.from('\nauep\t 0007  AALN/1@GW.test  mgcp\t1.0  NCS 1.0 \nf :\tA , r,\tRED/nl \n'));
    expect(command).to.deep.include({ kind: 'command', verb: 'AUEP', transactionId: 7, profile: 'NCS 1.0' });
    expect(onlyOf(command, 'command').parameters.requestedInfo).to.deep.equal(['A', 'R', 'RED/NL']);
  });

  it('tells what is empty from what is not there', () => {
    const { parameters } = commandIn('RQNT 1 a@b MGCP 1.0', 'X: 1', 'S:', 'R: ', 'N:', 'K:');
    expect(parameters).to.deep.equal({
      requestIdentifier: '1',
      signalRequests: [],
      requestedEvents: [],
      notifiedEntity: null,
      responseAck: [],
    });
  });

  it('keeps what belongs to vendors, packages and nobody', () => {
    const { parameters } = commandIn('AUEP 1 a@b MGCP 1.0', 'X-Flower: Daisy', 'BA/F: BA/Z', 'X+Big: 1', 'ZZ: what', 'x-flower: again');
    expect(parameters.extensions).to.deep.equal([
      { name: 'X-Flower', value: 'Daisy' },
      { name: 'BA/F', value: 'BA/Z' },
      { name: 'X+Big', value: '1' },
      { name: 'ZZ', value: 'what' },
      { name: 'x-flower', value: 'again' },
    ]);
  });

  const refused: readonly (readonly [what: string, code: number, ...lines: string[]])[] = [
    ['a parameter twice', 510, 'RQNT 9 a@b MGCP 1.0', 'X: 1', 'x: 2'],
    ['a line without a colon', 510, 'RQNT 9 a@b MGCP 1.0', 'X 1'],
    ['a line with white space before it', 510, 'RQNT 9 a@b MGCP 1.0', ' X: 1'],
    ['another version', 528, 'RQNT 9 a@b MGCP 2.0', 'X: 1'],
    ['a profile of no one', 528, 'RQNT 9 a@b MGCP 1.0 FOO 1.0', 'X: 1'],
    ['no version', 510, 'RQNT 9 a@b', 'X: 1'],
    ['another protocol', 510, 'RQNT 9 a@b SIP 2.0'],
    ['a name that is none', 510, 'RQNT 9 a MGCP 1.0'],
    ['an unknown mode', 517, 'MDCX 9 a@b MGCP 1.0', 'M: everything'],
    ['an unknown action', 523, 'RQNT 9 a@b MGCP 1.0', 'R: L/hd(Q)'],
    ['an unknown restart method', 536, 'RSIP 9 a@b MGCP 1.0', 'RM: later'],
    ['unknown quarantine handling', 508, 'RQNT 9 a@b MGCP 1.0', 'Q: forever'],
    ['an option value that is none', 532, 'CRCX 9 a@b MGCP 1.0', 'L: e:perhaps'],
    ['an option twice', 510, 'CRCX 9 a@b MGCP 1.0', 'L: p:10, p:20'],
    ['a range that goes down', 510, 'CRCX 9 a@b MGCP 1.0', 'L: p:40-20'],
    ['a map without its list', 510, 'EPCF 9 MG@b MGCP 1.0', 'RED/MP: TF'],
    ['a map that is not behind its list', 510, 'EPCF 9 MG@b MGCP 1.0', 'RED/EL: a/[1-2]', 'RED/R: reset', 'RED/MP: TF'],
    ['a confirmation of nothing', 510, 'RQNT 9 a@b MGCP 1.0', 'K: 5-3'],
    ['a quoted string that does not close', 510, 'RQNT 9 a@b MGCP 1.0', 'S: L/ci(1,"2,3)'],
    ['too deep an embedding', 510, 'RQNT 9 a@b MGCP 1.0', `R: ${'L/hd(E(R('.repeat(20)}L/hu${')))'.repeat(20)}`],
    ['too deep a parameter', 510, 'RQNT 9 a@b MGCP 1.0', `S: L/s${'(a'.repeat(30)}${')'.repeat(30)}`],
    ['something behind the value', 510, 'RQNT 9 a@b MGCP 1.0', 'X: 12 34'],
  ];
  for (const [what, code, ...lines] of refused) {
    it(`with ${what} is broken, and is answered ${code}`, () => {
      const { fault, ...broken } = brokenIn(...lines);
      expect(broken).to.deep.include({ code, transactionId: 9, isResponse: false });
      expect(fault.blame).to.equal('remote');
    });
  }

  it('says where it is broken', () => {
    const { fault, bytes } = brokenIn('RQNT 9 a@b MGCP 1.0', 'X: 1', 'R: L/hd,,L/hu');
    expect(fault.code).to.equal('mgcp.parse.eventName');
    expect(bytes.toString().slice(fault.offset)).to.match(/^,L\/hu/);
  });

  it('without a readable id cannot be answered', () => {
    for (const line of ['CRCX', 'CRCX x a@b MGCP 1.0', 'CRCX 1234567890 a@b MGCP 1.0', 'OK 12', '\ufeffAUEP 1 a@b MGCP 1.0', 'hello']) {
      expect(brokenIn(line), line).to.not.have.property('transactionId');
    }
    expect(brokenIn('AUEP 0 a@b MGCP 1.0')).to.deep.include({ transactionId: 0, code: 510 });
  });
});

describe('a response', () => {
  it('has its code, its package and its comment', () => {
    expect(responseIn('200 1203 OK')).to.deep.include({ code: 200, transactionId: 1203, comment: 'OK', parameters: {}, descriptions: [] });
    expect(responseIn('801 1201 /RED  Incorrect usage')).to.deep.include({ code: 801, packageName: 'RED', comment: 'Incorrect usage' });
    expect(responseIn('000 1')).to.deep.include({ code: 0, comment: '' });
    expect(responseIn('510 1 /not a package')).to.deep.include({ comment: '/not a package' });
  });

  it('may have two descriptions', () => {
    const { descriptions } = responseIn('200 1 OK', 'I: 1', '', 'v=0', 's=a', '', 'v=0', 's=b');
    expect(descriptions).to.deep.equal(['v=0\r\ns=a\r\n', 'v=0\r\ns=b\r\n']);
  });

  it('of an audit has lists and lines', () => {
    const { parameters } = responseIn(
      '200 1 OK',
      'Z: aaln/1@gw',
      'Z: aaln/2@gw',
      'I: 1F, 2F',
      'I: 3F',
      'A: a:PCMU;G729, p:10-100, e:on, s:off, t:1, v:L;S, m:sendonly; recvonly',
      'A: a:G729',
      'PL: L:1,G:1',
      'ES: L/hu',
      'Q: loop, discard',
      'MD: 8100',
    );
    expect(parameters.specificEndpointIds).to.have.length(2);
    expect(parameters.specificEndpointId).to.equal(undefined);
    expect(parameters.connectionIds).to.deep.equal(['1F', '2F', '3F']);
    expect(parameters.capabilities?.[0]).to.deep.include({
      packetizationMs: { min: 10, max: 100 },
      echoCancellation: true,
      silenceSuppression: false,
      typeOfService: 1,
      packages: ['L', 'S'],
      modes: ['sendonly', 'recvonly'],
    });
    expect(parameters).to.deep.include({ quarantineHandling: { loop: true, discard: true }, maxDatagram: 8100 });
  });

  it('counts no loss where a gateway counts more packets than were expected', () => {
    const { parameters } = responseIn('250 1 OK', 'P: PS=50, OS=8600, PR=62, OR=10664, PL=-8, JI=66');
    expect(parameters.connectionParameters).to.deep.include({ packetsSent: 50, packetsReceived: 62, packetsLost: 0, jitterMs: 66 });
  });

  it('is read although a parameter of it is not understood: that one is kept as text (RFC 3435 §3.3)', () => {
    const { parameters } = responseIn('200 1 OK', 'I: foo', 'X: 1', 'X: 2', 'no colon', 'M: sendonly, recvonly', 'P: PS=1');
    expect(parameters).to.deep.equal({
      requestIdentifier: '1',
      connectionParameters: { packetsSent: 1 },
      extensions: [
        { name: 'I', value: 'foo' },
        { name: 'X', value: '2' },
        { name: 'no', value: '' },
        { name: 'M', value: 'sendonly, recvonly' },
      ],
    });
  });

  it('without a code and an id is broken, and never answered', () => {
    for (const line of ['20 1364 OK', '200', '200 x', '2000 1', '200 1234567890']) {
      expect(brokenIn(line), line).to.deep.include({ isResponse: true });
      expect(brokenIn(line), line).to.not.have.property('transactionId');
    }
  });
});

describe('a datagram', () => {
  it('is cut at the lines of one dot, in order', () => {
    const data = datagram('200 2005 OK', '.', 'DLCX 1244 a@b MGCP 1.0', 'C: 1', '', '.', '.', '000 7', '.');
    const messages = decodeDatagram(data);
    expect(messages.map((message) => message.kind)).to.deep.equal(['response', 'command', 'response']);
    expect(messages[1]?.bytes.toString()).to.equal('DLCX 1244 a@b MGCP 1.0\r\nC: 1\r\n\r\n');
  });

  it('is cut behind a description, and not at a dot inside a line', () => {
    const data = datagram('200 1 OK', '', 'v=0', 's=.', '.', '200 2 OK');
    expect(decodeDatagram(data).map((message) => (message.kind === 'response' ? message.descriptions : []))).to.deep.equal([
      ['v=0\r\ns=.\r\n'],
      [],
    ]);
  });

  it('gives the good messages beside a broken one', () => {
    const kinds = decodeDatagram(datagram('AUEP 1 a@b MGCP 1.0', '.', 'garbage')).map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['command', 'broken']);
  });

  it('with nothing in it gives nothing', () => {
    for (const text of ['', '\r\n\r\n', '.', '.\r\n.\n', '\n.\n'])
      expect(decodeDatagram(Buffer.from(text)), JSON.stringify(text)).to.deep.equal([]);
  });

  it('is bounded in messages and in lines', () => {
    const limits = { maxMessages: 2, maxLines: 3 };
    const many = decodeDatagram(datagram('000 1', '.', '000 2', '.', '000 3', '.', '000 4'), limits);
    expect(many.map(({ kind }) => kind)).to.deep.equal(['response', 'response', 'broken']);
    const [long] = decodeDatagram(datagram('AUEP 5 a@b MGCP 1.0', 'X-1: 1', 'X-2: 2', 'X-3: 3', 'X-4: 4'), limits);
    expect(long).to.deep.include({ kind: 'broken', transactionId: 5 });
  });

  it('carries UTF-8 in quotes, and what is none byte by byte', () => {
    const head = 'RQNT 1 a@b MGCP 1.0\r\nX: 1\r\nS: L/ci(01/01/00/00,"1","';
    const name = (bytes: Buffer): unknown => {
      const [command] = decodeDatagram(Buffer.concat([Buffer.from(head), bytes, Buffer.from('")\r\n')]));
      return onlyOf(command, 'command').parameters.signalRequests?.[0]?.parameters[2];
    };
    expect(name(Buffer.from('Zoë'))).to.deep.include({ value: 'Zoë' });
    expect(name(Buffer.from([0xeb]))).to.deep.include({ value: 'ë' });
  });
});

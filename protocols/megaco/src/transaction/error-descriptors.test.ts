// What a message that is wrong gets for an answer, by the error codes of H.248.8: at the level of the message, of the
// transaction and of the action (RFC 3525 §8.1.1, §8.2.2, §11.3), in text and in BER.
import { expect } from 'chai';
import { BINARY, readMessage } from './encoding.js';
import { Bench, hopOf } from './testing.js';

const MG = '10.0.0.1:2944';

/** The only answer to this text, its error texts left out: `P=8{C=1{ER=443}}`; empty where there is none. */
function answerTo(text: string, bench = new Bench()): string {
  bench.receive(MG, text);
  return bench.texts().map(bare).join(' ');
}

function bare(answer: string): string {
  return answer.replace(/^MEGACO.* Error = (\d+) .*$/, 'ER=$1').replace(/ER=(\d+)\{(?:"[^"]*")?\}/g, 'ER=$1');
}

interface Case {
  readonly what: string;
  readonly text: string;
  readonly answer: string;
}

function cases(...rows: readonly (readonly [what: string, text: string, answer: string])[]): readonly Case[] {
  return rows.map(([what, text, answer]) => ({ what, text, answer }));
}

const AT_MESSAGE = cases(
  ['a text of something else', '!nothing of the kind', 'ER=400'],
  ['a version that is none', '!/x peer T=8{C=1{S=*}}', 'ER=400'],
  ['no version', '! peer T=8{C=1{S=*}}', 'ER=400'],
  ['version 4', '!/4 peer T=8{C=1{S=*}}', 'ER=406'],
  ['version 99', 'MEGACO/99 peer T=8{C=1{S=*}}', 'ER=406'],
  ['no mId', '!/1 T=8{C=1{S=*}}', 'ER=400'],
  ['an mId of no form', '!/1 [10.0.0.]:2944 T=8{C=1{S=*}}', 'ER=400'],
  ['an mId of another port', '!/1 [10.0.0.1]:99999 T=8{C=1{S=*}}', 'ER=400'],
  ['nothing behind the mId', '!/1 peer', 'ER=400'],
  ['an unknown transaction', 'X=8{C=1{S=*}}', 'ER=400'],
  ['something behind the last transaction', 'T=8{C=1{S=*}}}', 'ER=400'],
  ['an Authentication header of another form', 'AU=0x1:0x2:0x3 !/1 peer T=8{C=1{S=*}}', 'ER=400'],
  ['an octet zero', 'T=8{C=1{S=line\u0000}}', 'ER=400'],
);

const AT_TRANSACTION = cases(
  ['no id', 'T{C=1{S=*}}', 'P=0{ER=403}'],
  ['an empty id', 'T={C=1{S=*}}', 'P=0{ER=403}'],
  ['an id of letters', 'T=x{C=1{S=*}}', 'P=0{ER=403}'],
  ['an id above 32 bits', 'T=4294967296{C=1{S=*}}', 'P=0{ER=403}'],
  ['the id 0', 'T=0{C=1{S=*}}', 'P=0{ER=403}'],
  ['no brace behind its id', 'T=8', 'P=8{ER=403}'],
  ['no closing brace', 'T=8{C=1{S=*}', 'P=8{ER=403}'],
  ['no comma between its actions', 'T=8{C=1{S=*}C=2{S=*}}', 'P=8{ER=403}'],
  ['no action', 'T=8{}', 'P=8{ER=422}'],
  ['an action that is none', 'T=8{X=1{S=*}}', 'P=8{ER=422}'],
  ['a context that is none', 'T=8{C=x{S=*}}', 'P=8{ER=410}'],
  ['a context above 32 bits', 'T=8{C=4294967296{S=*}}', 'P=8{ER=410}'],
);

const AT_ACTION = cases(
  ['no commands', 'T=8{C=1{}}', 'P=8{C=1{ER=422}}'],
  ['no commands in the null context', 'T=8{C=-{}}', 'P=8{C=-{ER=422}}'],
  ['no closing brace behind its command', 'T=8{C=1{S=*', 'P=8{C=1{ER=422}}'],
  ['no comma between its commands', 'T=8{C=1{S=line/1 S=line/2}}', 'P=8{C=1{ER=422}}'],
  ['an unknown command', 'T=8{C=1{XX=line/1}}', 'P=8{C=1{ER=443}}'],
  ['an unknown command behind a whole one', 'T=8{C=1{S=line/1,XX=line/1}}', 'P=8{C=1{ER=443}}'],
  ['an unknown command in the second action', 'T=8{C=1{S=*},C=2{XX=line/1}}', 'P=8{C=2{ER=443}}'],
  ['an unknown command in a context that is still to be chosen', 'T=8{C=${XX=line/1}}', 'P=8{ER=443}'],
  ['a termination that is none', 'T=8{C=1{MF=li#ne{SG}}}', 'P=8{C=1{ER=422}}'],
  ['a termination above 64 characters', `T=8{C=1{S=${'x'.repeat(65)}}}`, 'P=8{C=1{ER=410}}'],
  ['no termination', 'T=8{C=1{MF={SG}}}', 'P=8{C=1{ER=410}}'],
  ['an unknown descriptor', 'T=8{C=1{MF=line/1{XX{al/on}}}}', 'P=8{C=1{ER=444}}'],
  ['a descriptor that is not legal there', 'T=8{C=1{MF=line/1{PG{al-1}}}}', 'P=8{C=1{ER=447}}'],
  ['another descriptor than the one of its command', 'T=8{C=1{N=line/1{SG{al/ri}}}}', 'P=8{C=1{ER=447}}'],
  ['a descriptor twice', 'T=8{C=1{MF=line/1{SG{al/ri},E=1{al/on},SG}}}', 'P=8{C=1{ER=448}}'],
  ['an unknown value', 'T=8{C=1{MF=line/1{M{ST=1{O{MO=XX}}}}}}', 'P=8{C=1{ER=449}}'],
  ['an event that is no name', 'T=8{C=1{MF=line/1{E=1{alon}}}}', 'P=8{C=1{ER=442}}'],
  ['a parameter without a value', 'T=8{C=1{MF=line/1{E=1{al/on{strict=}}}}}', 'P=8{C=1{ER=442}}'],
  ['events embedded too deep', 'T=8{C=1{MF=line/1{E=1{al/on{EM{E=2{al/of{EM{E=3{al/on}}}}}}}}}}', 'P=8{C=1{ER=442}}'],
  ['a string without an end', 'T=8{C=1{SC=ROOT{SV{MT=RS,RE="901}}}}', 'P=8{C=1{ER=442}}'],
  ['a session without an end', 'T=8{C=1{A=rtp/1{M{L{v=0\nc=IN IP4 $\n', 'P=8{C=1{ER=442}}'],
  ['a ServiceChange without a method', 'T=8{C=-{SC=ROOT{SV{RE="901 Cold Boot"}}}}', 'P=8{C=-{ER=442}}'],
);

describe('the answer to what is wrong', () => {
  for (const [level, rows] of Object.entries({ message: AT_MESSAGE, transaction: AT_TRANSACTION, action: AT_ACTION })) {
    for (const { what, text, answer } of rows)
      it(`at the level of the ${level}: ${what} gets ${answer}`, () => expect(answerTo(text)).to.equal(answer));
  }

  it('says why, in words that may stand in a string', () => {
    const bench = new Bench();
    bench.receive(MG, 'T=8{C=1{"\u0007\u00ff"=line/1}}');
    expect(bench.texts()[0]).to.match(/^P=8\{C=1\{ER=\d+\{"[\x20-\x7e]+"\}\}\}$/);
  });

  it('executes nothing of the transaction, is not remembered, and is given again', () => {
    const bench = new Bench();
    const wrong = 'T=8{C=1{S=line/1},C=2{XX=line/1}}';
    expect([answerTo(wrong, bench), answerTo(wrong, bench)]).to.deep.equal(Array.from({ length: 2 }, () => 'P=8{C=2{ER=443}}'));
    expect(bench.told()).to.deep.equal([]);
    expect(bench.layer.load.records).to.equal(0);
    bench.receive(MG, 'T=8{C=1{S=line/1}}');
    expect(bench.told()).to.deep.equal(['request 8']);
  });

  it('is none where something else than a request is wrong', () => {
    for (const text of ['PN=8', 'SM=5/x', 'P=8{C=1{XX=line/1}}']) expect(answerTo(text), text).to.match(/^(?:P=0\{ER=403\})?$/);
  });

  it('is in the version of who asked, and in version 1 to a version that is not spoken', () => {
    const bench = new Bench();
    bench.receive(MG, '!/2 peer T=8{C=1{}}');
    bench.receive(MG, '!/7 peer T=8{C=1{S=*}}');
    expect(bench.sent().map(({ text }) => text.slice(0, 6))).to.deep.equal(['!/2 us', '!/1 us']);
  });
});

// --- binary --------------------------------------------------------------------------------------------------------

/** T=8 { C=1 { MF=line/1 { E=1{al/on}, M{ST=1{O{MO=SR}}} } } } in BER. */
const OCTETS = binaryOf('T=8{C=1{MF=line/1{E=1{al/on},M{ST=1{O{MO=SR}}}}}}');

function binaryOf(text: string): string {
  const { decoded } = readMessage(Buffer.from(`!/1 peer ${text}`));
  const outcome = decoded.ok ? BINARY.encode(decoded.value) : decoded;
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value.toString('hex');
}

/** The only answer to these octets, as compact text. */
function binaryAnswerTo(octets: Buffer): string {
  const bench = new Bench();
  bench.layer.receive(readMessage(octets), hopOf(MG), bench.now);
  const answers = bench.data.map((data) => {
    const { encoding, decoded } = readMessage(data);
    expect(encoding.name).to.equal('binary');
    if (!decoded.ok) throw new Error(decoded.fault.hint);
    return describeBody(decoded.value.body);
  });
  return answers.join(' ');
}

type Body = Extract<ReturnType<typeof readMessage>['decoded'], { readonly ok: true }>['value']['body'];

function describeBody(body: Body): string {
  if (body.kind === 'error') return `ER=${body.code}`;
  const [reply] = body.transactions;
  if (reply?.kind !== 'reply') return 'no reply';
  const { transactionId, result } = reply;
  if (result.kind === 'error') return `P=${transactionId}{ER=${result.code}}`;
  return `P=${transactionId}{C=${result.actions[0]?.contextId}{ER=${result.actions[0]?.error?.code}}}`;
}

describe('the answer in BER to what is wrong', () => {
  // 3057 a155 { 800101 version, a106 mId, a248 { a146 { a044 { 800108 id, a13f { 303d { 800101 context, a338 { commands ...
  const wrong: readonly (readonly [what: string, from: string, to: string, answer: string])[] = [
    ['version 9', '800101a106', '800109a106', 'ER=406'],
    ['no version', '800101a106', '890101a106', 'ER=400'],
    ['no mId', 'a106830470656572', 'a906830470656572', 'ER=400'],
    ['no body', 'a248a146', 'a948a146', 'ER=400'],
    ['an unknown transaction', 'a044800108', 'a944800108', 'P=0{ER=403}'],
    ['a transaction without an id', 'a044800108', 'a044890108', 'P=0{ER=403}'],
    ['the id 0', 'a044800108', 'a044800100', 'P=0{ER=403}'],
    ['no list of actions', 'a13f303d', 'a93f303d', 'P=8{ER=403}'],
    ['an action of another type', 'a13f303d', 'a13f313d', 'P=8{ER=403}'],
    ['an action without a context', '303d800101', '303d890101', 'P=8{ER=403}'],
    ['an unknown command', 'a034a232', 'a034a932', 'P=8{C=1{ER=443}}'],
    ['no termination', 'a0093007', 'a9093007', 'P=8{C=1{ER=442}}'],
    ['a termination without octets', '8103000001', '8100020102', 'P=8{C=1{ER=442}}'],
    ['an unknown descriptor', 'a30f800101', 'aa0f800101', 'P=8{C=1{ER=444}}'],
    ['a descriptor twice', 'a012a110', 'a312a110', 'P=8{C=1{ER=448}}'],
    ['an unknown value', 'a005800102', 'a005800109', 'P=8{C=1{ER=449}}'],
  ];
  for (const [what, from, to, answer] of wrong) {
    it(`${what} gets ${answer}`, () => {
      expect(OCTETS.split(from), 'one place').to.have.length(2);
      expect(binaryAnswerTo(Buffer.from(OCTETS.replace(from, to), 'hex'))).to.equal(answer);
    });
  }

  it('is none where nothing is wrong', () => {
    expect(binaryAnswerTo(Buffer.from(OCTETS, 'hex'))).to.equal('');
  });

  it('of a message that was cut off is 400, wherever it ends', () => {
    const octets = Buffer.from(OCTETS, 'hex');
    for (let end = 1; end < octets.length; end += 1) expect(binaryAnswerTo(octets.subarray(0, end)), `${end}`).to.equal('ER=400');
  });
});

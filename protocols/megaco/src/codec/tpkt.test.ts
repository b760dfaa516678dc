import { expect } from 'chai';
import { TPKT_MAX_PAYLOAD, tpktFrame, TpktReader } from './tpkt.js';

const HELLO = tpktFrame(Buffer.from('hello'));
const WORLD = tpktFrame(Buffer.from('the whole world'));

function texts(messages: readonly Buffer[]): string[] {
  return messages.map((message) => message.toString());
}

describe('TPKT', () => {
  it('a frame is version 3, a zero and the length with its header', () => {
    expect(HELLO.toString('hex')).to.equal(`03000009${Buffer.from('hello').toString('hex')}`);
  });

  it('a message that does not fit into 16 bits of length cannot be framed', () => {
    expect(tpktFrame(Buffer.alloc(TPKT_MAX_PAYLOAD)).readUInt16BE(2)).to.equal(0xffff);
    expect(() => tpktFrame(Buffer.alloc(TPKT_MAX_PAYLOAD + 1))).to.throw(RangeError);
  });

  it('messages come out the same wherever the stream is cut', () => {
    const stream = Buffer.concat([HELLO, WORLD, tpktFrame(Buffer.alloc(0)), HELLO]);
    for (let first = 0; first <= stream.length; first += 1) {
      for (let second = first; second <= stream.length; second += 1) {
        const reader = new TpktReader();
        const slices = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        const messages = slices.flatMap((slice) => texts(reader.feed(slice).messages));
        expect(messages, `cut at ${first} and ${second}`).to.deep.equal(['hello', 'the whole world', 'hello']);
        expect(reader.pendingBytes).to.equal(0);
      }
    }
  });

  it('octet by octet is as good as in one piece', () => {
    const reader = new TpktReader();
    const long = Buffer.alloc(5000, 'x');
    const messages = [...tpktFrame(long)].flatMap((octet) => reader.feed(Buffer.from([octet])).messages);
    expect(messages.map((message) => message.equals(long))).to.deep.equal([true]);
  });

  it('what is kept is a copy: the slice may be used again by the caller', () => {
    const reader = new TpktReader();
    const slice = Buffer.from(HELLO.subarray(0, 7));
    reader.feed(slice);
    slice.fill(0);
    expect(texts(reader.feed(HELLO.subarray(7)).messages)).to.deep.equal(['hello']);
  });

  it('a header that announces much keeps no more than what has arrived', () => {
    const reader = new TpktReader();
    reader.feed(Buffer.from('0300ffff41', 'hex'));
    expect(reader.pendingBytes).to.equal(5);
  });

  it('what came whole before a broken header is given out with the fault', () => {
    const { messages, fault } = new TpktReader().feed(Buffer.concat([HELLO, Buffer.from('!/1 mg1 K{1}')]));
    expect(texts(messages)).to.deep.equal(['hello']);
    expect(fault?.code).to.equal('megaco.tpkt.version');
  });

  const broken: readonly [title: string, hex: string, code: string][] = [
    ['another version', '02000009', 'megaco.tpkt.version'],
    ['a length below the header', '03000003', 'megaco.tpkt.length'],
    ['a length above the limit', '03000069', 'megaco.tpkt.length'],
  ];
  for (const [title, hex, code] of broken) {
    it(`${title} is a fault, at once and for good, however it arrives`, () => {
      const bytes = Buffer.from(hex, 'hex');
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const reader = new TpktReader(100);
        reader.feed(bytes.subarray(0, cut));
        const { fault } = cut === bytes.length ? reader.feed(HELLO) : reader.feed(bytes.subarray(cut));
        expect(fault?.code).to.equal(code);
        expect(reader.feed(HELLO).messages).to.deep.equal([]);
        expect(reader.pendingBytes).to.equal(0);
      }
    });
  }

  it('a limit that lets nothing through is the mistake of who sets it', () => {
    expect(() => new TpktReader(0)).to.throw(RangeError);
    expect(() => new TpktReader(Number.NaN)).to.throw(RangeError);
  });
});

// Messages out of streams, however the network cuts them.
import { expect } from 'chai';
import { type Framed, StreamFramer } from './framing.js';
import { changed, INVITE, text } from './testing.js';

const BODY = 'v=0\r\n\r\nSIP/2.0';
const first = text(changed('Content-Length', `l : ${BODY.length}`), BODY);
const second = text(INVITE);

function kinds(framed: readonly Framed[]): string[] {
  return framed.map((one) => (one.kind === 'message' ? one.bytes.toString('latin1') : one.kind === 'fault' ? one.fault.code : one.kind));
}

describe('StreamFramer', () => {
  const stream = Buffer.concat([Buffer.from('\r\n\r\n'), first, Buffer.from('\r\n'), second, first]);
  const whole = ['ping', first.toString('latin1'), 'pong', second.toString('latin1'), first.toString('latin1')];

  it('cuts one chunk into messages and keep-alives', () => {
    expect(kinds(new StreamFramer().push(stream))).to.deep.equal(whole);
  });

  it('gives the same messages, wherever the stream is cut in two', () => {
    for (let at = 1; at < stream.length; at += 1) {
      const framer = new StreamFramer();
      const framed = kinds([...framer.push(stream.subarray(0, at)), ...framer.push(stream.subarray(at))]);
      expect(
        framed.filter((kind) => kind.length > 4),
        `cut at ${at}`,
      ).to.deep.equal(whole.filter((kind) => kind.length > 4));
    }
  });

  it('gives the same messages byte by byte, and what it gave does not change under what comes', () => {
    const framer = new StreamFramer();
    const framed = [...stream].flatMap((byte) => framer.push(Buffer.from([byte])));
    expect(kinds(framed).filter((kind) => kind.length > 4)).to.deep.equal(whole.filter((kind) => kind.length > 4));
  });

  it('sees a ping that came in two halves', () => {
    const framer = new StreamFramer();
    expect(kinds(framer.push(Buffer.from('\r\n')))).to.deep.equal(['pong']);
    expect(kinds(framer.push(Buffer.from('\r\n')))).to.deep.equal(['ping']);
    expect(kinds(framer.push(Buffer.from('\r\n\r')))).to.deep.equal([]);
    expect(kinds(framer.push(Buffer.from('\n')))).to.deep.equal(['ping']);
  });

  for (const [what, lines] of [
    ['without a Content-Length', changed('Content-Length')],
    ['with a negative one', changed('Content-Length', 'Content-Length: -1')],
    ['with one in words', changed('Content-Length', 'Content-Length: five')],
    ['with two', changed('Content-Length', 'Content-Length: 0', 'l: 0')],
  ] as const) {
    it(`a message ${what} ends the stream`, () => {
      const framer = new StreamFramer();
      expect(kinds(framer.push(text(lines)))).to.deep.equal(['sip.parse.content-length']);
      expect(framer.failed).to.equal(true);
      expect(framer.push(second)).to.deep.equal([]);
    });
  }

  it('a message above the limit ends the stream, whether its headers or its body is too long', () => {
    const long = new StreamFramer({ maxBytes: 100 });
    expect(kinds(long.push(Buffer.from('x'.repeat(101))))).to.deep.equal(['sip.size.message']);
    const body = new StreamFramer({ maxBytes: 4_000 });
    expect(kinds(body.push(text(changed('Content-Length', 'Content-Length: 99999999999999999999'))))).to.deep.equal(['sip.size.message']);
  });

  it('waits for the rest of a body that has not come yet', () => {
    const framer = new StreamFramer();
    expect(framer.push(first.subarray(0, first.length - 1))).to.deep.equal([]);
    expect(kinds(framer.push(first.subarray(first.length - 1)))).to.deep.equal([first.toString('latin1')]);
  });

  it('finds a folded Content-Length, and none in a name that only ends like it', () => {
    const framer = new StreamFramer();
    const folded = text(changed('Content-Length', 'X-Content-Length: 900', 'Content-Length:\r\n 2'), 'ab');
    expect(kinds(framer.push(folded))).to.deep.equal([folded.toString('latin1')]);
  });

  it('a lone CR between messages ends the stream', () => {
    expect(kinds(new StreamFramer().push(Buffer.from('\rINVITE')))).to.deep.equal(['sip.parse.request-line']);
  });
});

import { expect } from 'chai';
import { Authenticator, integrityKey, type MessagePath, signedPart } from '../codec/authentication/index.js';
import { tpktFrame } from '../codec/tpkt.js';
import { BINARY, COMPACT_TEXT, type Encoding } from './encoding.js';
import { associationOf, AUDIT, Bench, hopOf, START } from './testing.js';

const PEER = '10.0.0.1:2944';
const OTHER = '10.0.0.3:2944';
const KEY = integrityKey('a key between two');

/** From us at 10.0.0.2 to one of them. */
function pathTo(address: string): MessagePath {
  const { host, port } = hopOf(address);
  return { from: { host: '10.0.0.2' }, to: { host, port } };
}

/** A bench that has a key with everybody but `10.0.0.9`. */
function signingBench(): Bench {
  const authenticator = new Authenticator({ key: KEY }, START);
  return new Bench(
    {},
    { sign: (message, hop) => (hop.host === '10.0.0.9' ? message : authenticator.sign(message, { from: { host: '10.0.0.2' }, to: hop })) },
  );
}

function verdict(message: Buffer | undefined, address: string): string {
  return new Authenticator({ key: KEY }, START).verify(message ?? Buffer.alloc(0), pathTo(address));
}

function numbers(messages: readonly Buffer[]): ReadonlySet<string | undefined> {
  return new Set(messages.map((message) => signedPart(message)?.header?.sequenceNumber));
}

describe('signed messages', () => {
  for (const encoding of [COMPACT_TEXT, BINARY] satisfies Encoding[]) {
    it(`bear in ${encoding.name} a number of their own in each copy of a request`, () => {
      const bench = signingBench();
      bench.send(AUDIT, associationOf(PEER, encoding), 'x');
      bench.run(3_000);
      expect(bench.data.length).to.be.greaterThan(3);
      for (const message of bench.data) expect(verdict(message, PEER)).to.equal('verified');
      expect(numbers(bench.data).size).to.equal(bench.data.length);
    });
  }

  it('are signed anew for where the copy of a request came from', () => {
    const bench = signingBench();
    bench.receive(PEER, 'T=7{C=-{AV=ROOT{AT{}}}}');
    bench.respond(bench.request());
    bench.receive(OTHER, 'T=7{C=-{AV=ROOT{AT{}}}}');
    bench.receive(`tcp:${OTHER}`, 'T=7{C=-{AV=ROOT{AT{}}}}');
    expect(bench.data.map((message) => verdict(message, PEER))).to.deep.equal(['verified', 'forged', 'missing']);
    expect(verdict(bench.data[1], OTHER)).to.equal('verified');
    const framed = bench.data[2] ?? Buffer.alloc(0);
    expect(framed.equals(tpktFrame(framed.subarray(4)))).to.equal(true);
    expect(verdict(framed.subarray(4), OTHER)).to.equal('verified');
  });

  it('are acknowledgements, TransactionPendings and errors as well', () => {
    const bench = signingBench();
    bench.receive(PEER, 'T=7{C=-{AV=ROOT{AT{}}}}');
    bench.run(2_000);
    bench.receive(PEER, 'P=9{IA,ER=500{}}');
    bench.receive(PEER, 'nonsense');
    expect(bench.data.length).to.equal(3);
    for (const message of bench.data) expect(verdict(message, PEER)).to.equal('verified');
  });

  it('go to those alone that there is a key with', () => {
    const bench = signingBench();
    bench.send(AUDIT, associationOf('10.0.0.9:2944'), 'x');
    expect(bench.texts()).to.deep.equal(['T=1{C=-{AV=ROOT{AT{}}}}']);
  });
});

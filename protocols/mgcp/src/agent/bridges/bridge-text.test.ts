import { expect } from 'chai';
import { CALL, local } from './bridge-bench.fixture.js';
import { type KnownBridge, readWord, writeBridge, writeWord } from './bridge-text.js';

const BRIDGE: KnownBridge = {
  callId: CALL,
  gateway: 'mgw',
  endpoint: 'rtpbridge/1',
  connections: [
    { connectionId: 'A', local: local(4_002), remote: local(5_000), mode: 'sendrecv' },
    { connectionId: 'B', local: local(4_004), remote: undefined, mode: 'recvonly' },
  ],
  node: 1,
  since: 1_700_000_000_000,
};

describe('a bridge in words', () => {
  it('is read as it was written for a store', () => {
    expect(readWord(writeBridge(BRIDGE))).to.deep.equal(BRIDGE);
  });

  it('fits into a datagram for other nodes: without what an order says anew, and without descriptions that are too long', () => {
    const word = writeWord(BRIDGE);
    expect(word.length).to.be.below(900);
    const [first] = (readWord(word) as KnownBridge).connections;
    expect(first).to.deep.equal({ connectionId: 'A', local: local(4_002), remote: undefined, mode: undefined });
    const long = { connectionId: 'A', local: `${local(4_002)}a=${'x'.repeat(900)}\r\n` };
    expect((readWord(writeWord({ ...BRIDGE, connections: [long, undefined] })) as KnownBridge).connections[0]?.local).to.equal(undefined);
    const foreign = { connectionId: 'A', local: `${local(4_002)}i=Ж\r\n` };
    expect(writeWord({ ...BRIDGE, connections: [foreign, undefined] })).to.match(/^[\x20-\x7e]*$/);
  });

  it('may say that there is none any more, or that its call is over', () => {
    expect(readWord(writeWord({ callId: CALL, since: 1 }))).to.deep.equal({ callId: CALL, since: 1 });
    expect(readWord(writeWord({ ...BRIDGE, isOver: true }))).to.deep.include({ isOver: true });
  });

  it('that is none says nothing', () => {
    const { connections: _connections, ...without } = BRIDGE;
    for (const text of ['', '{', '[]', 'null', '{"callId":1,"since":2}', JSON.stringify(without), JSON.stringify({ ...BRIDGE, node: '1' })])
      expect(readWord(text), text).to.equal(undefined);
    const odd = readWord(JSON.stringify({ ...BRIDGE, connections: [7, { connectionId: 'B', mode: 'loud', local: 1 }] }));
    expect((odd as KnownBridge).connections).to.deep.equal([
      undefined,
      { connectionId: 'B', local: undefined, remote: undefined, mode: undefined },
    ]);
  });
});

// Records of calls that cannot be read, or not wholly.
import { expect } from 'chai';
import { idle, lineToParty, successor } from './adoption.fixture.js';
import { A } from './exchange.fixture.js';
import { Node, SharedStore } from './records.fixture.js';

describe('a record that is garbage', () => {
  const CONTENTS = ['{', '[]', '{"version":1}', 'null', '"'];
  for (const content of CONTENTS)
    it(`is counted and passed over: ${content}`, () => {
      const dead = lineToParty();
      const record = dead.store.only;
      if (record) dead.store.write({ ...record, callId: '1000000000001', content });
      const node = successor(dead);
      expect(node.counted.get('call.record.unreadable')).to.equal(1);
      expect(node.states, 'the other').to.deep.equal(['talking']);
      expect(node.control.recall('1000000000001', 'originating', node.now)).to.equal(undefined);
    });

  it('with any value of another kind does no harm', () => {
    const dead = lineToParty();
    const record = dead.store.only;
    const fields = JSON.parse(record?.content ?? '{}') as Record<string, unknown>;
    for (const name of Object.keys(fields))
      for (const garbage of ['', 'garbage', [], {}, 0, true, undefined]) {
        const node = new Node(new SharedStore(), 2, { now: dead.now });
        node.control.adopt(
          { callId: '', node: 'n1', updatedAt: 1, ...record, content: JSON.stringify({ ...fields, [name]: garbage }) },
          node.now,
        );
        node.restore([idle(A)], false);
        node.pass(600_000);
        for (const at of node.adopted.keys()) node.event(`sip/${201 + at}`, { kind: 'on-hook' });
        expect(node.states, `${name} ${JSON.stringify(garbage)}`).to.deep.equal([]);
      }
  });
});

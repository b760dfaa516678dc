import type { TraceEvent } from '@altpath/core';
import { expect } from 'chai';
import { Belongings } from './belongings.js';

const event = (callId: string, at = 1): TraceEvent => ({ at, callId, direction: 'in', peer: 'udp:10.0.0.1:5060', summary: 'INVITE' });

/** Of these events those that are in the ladder of `name`, as `callId at`. */
function shown(belongings: Belongings, name: string, events: readonly TraceEvent[]): readonly string[] {
  return events.filter(belongings.selectionOf(name)).map(({ callId, at }) => `${callId} ${at}`);
}

describe('what belongs to a call', () => {
  const events = [event('C1'), event('a@sip'), event('b@sip'), event('C2'), event('c@sip')];

  it('is shown by the name of the call and by that of each part', () => {
    const belongings = new Belongings(10);
    belongings.add('a@sip', 'C1');
    belongings.add('b@sip', 'C1');
    belongings.add('b@sip', 'C1');
    belongings.add('c@sip', 'C2');
    for (const name of ['C1', 'a@sip', 'b@sip']) expect(shown(belongings, name, events)).to.deep.equal(['C1 1', 'a@sip 1', 'b@sip 1']);
    expect(shown(belongings, 'C2', events)).to.deep.equal(['C2 1', 'c@sip 1']);
  });

  it('is what bears its name, where nothing else is known', () => {
    expect(shown(new Belongings(10), 'a@sip', events)).to.deep.equal(['a@sip 1']);
    expect(shown(new Belongings(10), 'nobody', events)).to.deep.equal([]);
  });

  it('may be a leg that has gone from one call to another', () => {
    const belongings = new Belongings(10);
    belongings.add('a@sip', 'C1');
    belongings.add('b@sip', 'C1');
    belongings.add('a@sip', 'C2');
    expect(shown(belongings, 'C2', events)).to.deep.equal(['a@sip 1', 'C2 1']);
    expect(shown(belongings, 'a@sip', events)).to.deep.equal(['C1 1', 'a@sip 1', 'b@sip 1', 'C2 1']);
  });

  it('may be what a line said in a while, and no more', () => {
    const belongings = new Belongings(10);
    belongings.add('line/1@gw1', 'C1', { from: 2, until: 4 });
    const said = [1, 2, 3, 4, 5].map((at) => event('line/1@gw1', at));
    expect(shown(belongings, 'C1', said)).to.deep.equal(['line/1@gw1 2', 'line/1@gw1 3', 'line/1@gw1 4']);
    expect(shown(belongings, 'line/1@gw1', [...said, event('C1')])).to.have.lengthOf(5);
    belongings.add('line/1@gw1', 'C1', { from: 5, until: 5 });
    expect(shown(belongings, 'C1', said)).to.have.lengthOf(4);
  });

  it('is forgotten with the calls that are the oldest', () => {
    const belongings = new Belongings(2);
    for (const nth of [1, 2, 3]) belongings.add('a@sip', `C${nth}`);
    expect(shown(belongings, 'C1', events)).to.deep.equal(['C1 1']);
    expect(shown(belongings, 'a@sip', events)).to.deep.equal(['a@sip 1', 'C2 1']);
    for (const nth of [4, 5]) belongings.add('d@sip', `C${nth}`);
    expect(shown(belongings, 'a@sip', events)).to.deep.equal(['a@sip 1']);
    belongings.clear();
    expect(shown(belongings, 'C5', [event('d@sip')])).to.deep.equal([]);
  });
});

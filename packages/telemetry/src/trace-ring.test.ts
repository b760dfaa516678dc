import { expect } from 'chai';
import type { TraceEvent } from '@altpath/core';
import { TRACE_AGE_MS, TraceRing } from './trace-ring.js';

const event = (callId: string, at: number): TraceEvent => ({ at, callId, direction: 'in', peer: 'udp:10.0.0.1:5060', summary: `M${at}` });
const of =
  (wanted: string) =>
  ({ callId }: TraceEvent): boolean =>
    callId === wanted;

describe('the trace ring', () => {
  it('gives the events of one call in order', () => {
    const ring = new TraceRing(10);
    for (const each of [event('a', 1), event('b', 2), event('a', 3)]) ring.add(each);
    expect(ring.of(of('a'), 4).map((each) => each.at)).to.deep.equal([1, 3]);
    expect(ring.of(of('c'), 4)).to.deep.equal([]);
  });

  it('keeps the newest, in order, once it has gone round', () => {
    const ring = new TraceRing(4);
    for (let at = 1; at <= 7; at += 1) ring.add(event('a', at));
    expect(ring.of(of('a'), 8).map((each) => each.at)).to.deep.equal([4, 5, 6, 7]);
  });

  it('does not show what is too old', () => {
    const ring = new TraceRing(4);
    ring.add(event('a', 1_000));
    ring.add(event('a', 2_000));
    expect(ring.of(of('a'), 1_001 + TRACE_AGE_MS).map((each) => each.at)).to.deep.equal([2_000]);
  });

  it('forgets on demand', () => {
    const ring = new TraceRing(4);
    ring.add(event('a', 1));
    ring.clear();
    expect(ring.of(of('a'), 1)).to.deep.equal([]);
  });
});

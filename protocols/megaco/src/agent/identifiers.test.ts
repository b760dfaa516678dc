import { PHASES } from '@altpath/call-control';
import { expect } from 'chai';
import { ALL_REQUESTS } from '../message/index.js';
import { formatRequestId, GENERATIONS, Identifiers, parseRequestId } from './identifiers.js';

describe('a RequestID', () => {
  it('gives back what was put in, whatever that was', () => {
    for (const phase of PHASES)
      for (const role of ['originating', 'terminating'] as const)
        for (const [slot, generation, callCounter] of [
          [0, 0, 0],
          [15, 127, 0xffff],
          [9, 64, 0x8000],
        ] as const) {
          const identity = { slot, phase, role, generation, callCounter };
          const id = formatRequestId(identity);
          expect(parseRequestId(id)).to.deep.equal(identity);
          expect(id).to.be.within(1, ALL_REQUESTS - 1);
        }
  });

  it('is written in the order slot, phase, role, generation, counter', () => {
    expect(formatRequestId({ slot: 0xa, phase: 'routing', role: 'terminating', generation: 5, callCounter: 0x1234 })).to.equal(0xa385_1234);
  });

  it('of no phase that there is is none of ours', () => {
    for (const id of [0, 1, 0x0000_ffff, 0x0f00_0000, ALL_REQUESTS]) expect(parseRequestId(id), String(id)).to.equal(undefined);
  });

  it('bears slot and counter of its call, and without one those of the node', () => {
    const identifiers = new Identifiers(3);
    expect(identifiers.identity('talking', 'originating', '165A0BC00BEEF', 1)).to.deep.include({ slot: 1, callCounter: 0xbeef });
    expect(identifiers.identity('idle', 'originating', undefined, 1)).to.deep.include({ slot: 3, callCounter: 0 });
    expect(identifiers.identity('idle', 'originating', 'none of ours', 1)).to.deep.include({ slot: 3, callCounter: 0 });
  });
});

describe('generations', () => {
  it('go round in a circle, in which the shorter way tells the later one', () => {
    expect(GENERATIONS.after(127)).to.equal(0);
    expect(GENERATIONS.isLater(0, 127)).to.equal(true);
    expect(GENERATIONS.isLater(127, 0)).to.equal(false);
    expect(GENERATIONS.isLater(5, 5)).to.equal(false);
    expect(GENERATIONS.isLater(68, 5)).to.equal(true);
    expect(GENERATIONS.isLater(69, 5)).to.equal(false);
  });

  it('begin with the clock', () => {
    expect(GENERATIONS.first(127_999)).to.equal(127);
    expect(GENERATIONS.first(128_000)).to.equal(0);
  });
});

import { expect } from 'chai';
import type { TraceEvent } from '@altpath/core';
import { ladderText } from './ladder.js';

const NAMES = new Map([
  ['udp:10.0.0.9:5060', 'alice'],
  ['udp:10.0.0.2:5060', 'b2'],
]);
const step = (at: number, direction: 'in' | 'out', peer: string, summary: string, note?: string): TraceEvent => ({
  at,
  callId: 'a',
  direction,
  peer,
  summary,
  note,
});
const nameOf = (peer: string): string | undefined => NAMES.get(peer);

describe('a ladder', () => {
  it('has a column for each participant, a line for each message and notes at the right', () => {
    const text = ladderText(
      [
        step(5_000, 'in', 'udp:10.0.0.9:5060', 'INVITE'),
        step(5_001, 'out', 'udp:10.0.0.2:5060', 'INVITE', 'alternate'),
        step(5_120, 'in', 'udp:10.0.0.2:5060', '180 Ringing (INVITE)'),
        step(5_120.4, 'out', 'udp:10.0.0.9:5060', '180 Ringing (INVITE)', 'takeover'),
      ],
      { self: 'b1', nameOf, width: 90 },
    );
    expect(text).to.equal(
      [
        '      ms      alice                      b1                        b2',
        '       0        |-------- INVITE -------->|                         |',
        '       1        |                         |-------- INVITE -------->|  alternate',
        '     120        |                         |<- 180 Ringing (INVITE) -|',
        '     120        |<- 180 Ringing (INVITE) -|                         |  takeover',
      ].join('\n'),
    );
  });

  it('is empty for a call of which nothing is known', () => {
    expect(ladderText([], { self: 'b1' })).to.equal('');
  });

  it('numbers names that are too long for their column', () => {
    const peer = 'udp:[2001:db8:aaaa:bbbb::1]:5060';
    const lines = ladderText([step(0, 'in', peer, 'OPTIONS')], { self: 'b1' }).split('\n');
    expect(lines[0]).to.equal(`(1) ${peer}`);
    expect(lines[1]).to.match(/^ +ms +\(1\) +b1$/);
  });

  it('stays within its width with any number of peers and any text', () => {
    const events = Array.from({ length: 40 }, (_, i) =>
      step(i, i % 2 ? 'out' : 'in', `udp:10.0.0.${i}:50${i}`, 'INVITE '.repeat(20), i % 3 ? undefined : 'because '.repeat(30)),
    );
    const lines = ladderText(events, { self: 'a-node-with-a-rather-long-name' }).split('\n');
    for (const line of lines) expect(line.length).to.be.at.most(120);
    expect(lines.filter((line) => /^ +\d/.test(line))).to.have.lengthOf(events.length);
    const narrow = ladderText(events, { self: 'b1', width: 100 }).split('\n');
    for (const line of narrow) expect(line.length).to.be.at.most(100);
  });

  it('names the peer in the message where several share a column', () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((n) => step(n, 'out', `p${n}`, 'BYE'));
    const lines = ladderText(events, { self: 'b1' }).split('\n');
    expect(lines[0]).to.match(/p5 +others$/);
    expect(lines.at(-1)).to.contain(' BYE p7 ');
    expect(lines.at(-3)).to.contain(' BYE -').and.not.contain('p5');
  });

  it('draws nothing but printable ASCII', () => {
    const text = ladderText([step(0, 'in', 'udp:10.0.0.9:5060', '200 \u001b[31mOK\r\n', '\u009bnote')], { self: 'b1', nameOf });
    expect(text).to.match(/^[ -~\n]*$/);
    expect(text.split('\n')).to.have.lengthOf(2);
  });
});

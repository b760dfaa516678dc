import { expect } from 'chai';
import { Ladder, LADDER_WIDTH, type LadderStep, wrap } from './ladder.js';

const STEPS: readonly LadderStep[] = [
  { kind: 'message', at: 1_000, from: 'alice', to: 'primary', label: 'INVITE' },
  { kind: 'message', at: 1_002.25, from: 'primary', to: 'bob', label: 'INVITE' },
  { kind: 'death', at: 1_500, who: 'primary', text: 'SIGKILL to primary' },
  { kind: 'message', at: 1_800, from: 'bob', to: 'primary', label: '200 OK', lost: true },
  { kind: 'message', at: 1_801, from: 'bob', to: 'backup', label: '200 OK', note: 'no such port (ICMP): the same bytes to the alternate' },
  { kind: 'return', at: 1_850, who: 'primary', text: 'the primary is back' },
  { kind: 'message', at: 1_860, from: 'alice', to: 'primary', label: 'OPTIONS' },
  { kind: 'remark', at: 1_900, text: 'done' },
];

describe('the ladder', () => {
  it('a call reads from left to right and from top to bottom', () => {
    const ladder = new Ladder(['alice', 'primary', 'backup', 'bob'], 1_000);
    const lines = [...ladder.head(), ...STEPS.flatMap((step) => ladder.draw(step))];
    expect(lines).to.deep.equal([
      '     ms     alice                  primary                 backup                    bob',
      '              |                       |                       |                       |',
      '     0.0      |------- INVITE ------->|                       |                       |',
      '     2.3      |                       |------------------- INVITE ------------------->|',
      '   500.0   ### SIGKILL to primary',
      '   800.0      |                       :x------------------ 200 OK --------------------|',
      '   801.0      |                       :                       |<------ 200 OK --------|',
      '              |  ^ no such port (ICMP): the same bytes to the alternate               |',
      '   850.0   *** the primary is back',
      '   860.0      |------- OPTIONS ------>|                       |                       |',
      '   900.0   *** done',
    ]);
  });

  it('no line is wider than the ladder', () => {
    const ladder = new Ladder(['alice', 'primary', 'backup', 'bob'], 0);
    const long = 'word '.repeat(60).trim();
    const lines = [
      ...ladder.draw({ kind: 'remark', at: 0, text: long }),
      ...ladder.draw({ kind: 'message', at: 0, from: 'alice', to: 'primary', label: 'x'.repeat(80), note: 'y'.repeat(200) }),
    ];
    for (const line of lines) expect(line.length).to.be.at.most(LADDER_WIDTH);
    expect(lines.length).to.be.greaterThan(4);
  });

  it('text is broken at spaces', () => {
    expect(wrap('one two three', 8)).to.deep.equal(['one two', 'three']);
    expect(wrap('', 8)).to.deep.equal(['']);
  });
});

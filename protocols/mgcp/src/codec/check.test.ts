// The table of RFC 3435 §3.2.2 and the rules around it.
import { expect } from 'chai';
import { checkCommand, type Knowledge } from './check.js';
import { commandIn } from './testing.js';

function codeOf(lines: readonly string[], knowledge?: Knowledge): number | undefined {
  return checkCommand(commandIn(...lines), knowledge)?.code;
}

const SDP = ['', 'v=0', 'c=IN IP4 10.0.0.1', 'm=audio 3456 RTP/AVP 0'];

describe('a command that can be executed', () => {
  const good: readonly (readonly string[])[] = [
    ['EPCF 1 *@gw MGCP 1.0', 'B: e:mu'],
    ['EPCF 1 MG@gw MGCP 1.0', 'RED/EL: *', 'RED/N: ca@a', 'RED/NL: ca@b', 'K: 1-3'],
    [
      'CRCX 1 aaln/$@gw MGCP 1.0',
      'C: 1',
      'M: recvonly',
      'L: p:20, x-a:1, other',
      'X: 1',
      'R: L/hd(A,E(R(L/hu))),D/1(D,K)',
      'D: (0T|1xP)',
      ...SDP,
    ],
    ['MDCX 1 a@gw MGCP 1.0', 'C: 1', 'I: 2', ...SDP],
    ['DLCX 1 *@gw MGCP 1.0'],
    ['DLCX 1 a@gw MGCP 1.0', 'C: 1', 'I: 1', 'E: 900', 'P: PS=1'],
    ['RQNT 1 *@gw MGCP 1.0', 'X: 1', 'R: L/hf(S,N),L/hu(K,I)', 'B/PR: L/hd', 'X-Any: 1', 'FOO/BAR: 1', 'RED/NL: ca@a'],
    ['NTFY 1 a@gw MGCP 1.0', 'X: 0', 'O: L/hd', 'N: ca@a'],
    ['AUEP 1 *@gw MGCP 1.0'],
    ['AUCX 1 a@gw MGCP 1.0', 'I: 1', 'F: C, M'],
    ['RSIP 1 *@gw MGCP 1.0', 'RM: restart', 'RD: 0'],
    ['MESG 1 a@gw MGCP 1.0', 'X: 1'],
  ];
  for (const lines of good) it(`passes: ${lines.join(' | ')}`, () => expect(checkCommand(commandIn(...lines))).to.equal(undefined));
});

describe('a command that cannot be executed', () => {
  const bad: readonly (readonly [code: number, ...lines: string[]])[] = [
    [504, 'XABC 1 a@gw MGCP 1.0'],
    [504, 'CONS 1 a@gw MGCP 1.0'],
    [511, 'AUEP 1 a@gw MGCP 1.0', 'X+Flower: Daisy'],
    [539, 'AUEP 1 a@gw MGCP 1.0', 'ZZ: 1'],
    [525, 'CRCX 1 a@gw MGCP 1.0', 'C: 1', 'M: recvonly', 'L: x+foo:1'],
    [510, 'CRCX 1 a@gw MGCP 1.0', 'M: recvonly'],
    [510, 'CRCX 1 a@gw MGCP 1.0', 'C: 1'],
    [510, 'CRCX 1 a@gw MGCP 1.0', 'C: 1', 'M: recvonly', 'I: 1'],
    [510, 'CRCX 1 a@gw MGCP 1.0', 'C: 1', 'M: recvonly', 'R: L/hd'],
    [500, 'CRCX 1 *@gw MGCP 1.0', 'C: 1', 'M: recvonly'],
    [510, 'MDCX 1 a@gw MGCP 1.0', 'C: 1'],
    [510, 'MDCX 1 a@gw MGCP 1.0', 'C: 1', 'I: 1, 2'],
    [500, 'MDCX 1 $@gw MGCP 1.0', 'C: 1', 'I: 1'],
    [510, 'DLCX 1 a@gw MGCP 1.0', 'I: 1'],
    [500, 'DLCX 1 *@gw MGCP 1.0', 'C: 1', 'I: 1'],
    [510, 'RQNT 1 a@gw MGCP 1.0', 'R: L/hd'],
    [510, 'RQNT 1 a@gw MGCP 1.0', 'X:', 'R: L/hd'],
    [500, 'RQNT 1 $@gw MGCP 1.0', 'X: 1'],
    [500, 'AUEP 1 */$@gw MGCP 1.0'],
    [523, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', 'R: L/hd(N,I)'],
    [523, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', 'R: L/hd(N,N)'],
    [523, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', 'R: L/hd(E(R(D/1(A,D))))'],
    [537, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', 'D: (0Q)'],
    [537, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', 'R: L/hd(E(D(0Z)))'],
    [510, 'NTFY 1 a@gw MGCP 1.0', 'X: 1'],
    [510, 'AUCX 1 a@gw MGCP 1.0', 'I: 1'],
    [510, 'AUEP 1 a@gw MGCP 1.0', 'N: ca@a'],
    [510, 'RSIP 1 a@gw MGCP 1.0'],
    [510, 'RSIP 1 a@gw MGCP 1.0', 'RM: restart', 'I: 1'],
    [510, 'EPCF 1 a@gw MGCP 1.0', 'N: ca@a'],
    [509, 'CRCX 1 a@gw MGCP 1.0', 'C: 1', 'M: sendrecv', '', 'v=0', 'c=IN IP4 999.1.1.1'],
    [509, 'CRCX 1 a@gw MGCP 1.0', 'C: 1', 'M: sendrecv', '', 'no description'],
    [510, 'RQNT 1 a@gw MGCP 1.0', 'X: 1', ...SDP],
    [510, 'MDCX 1 a@gw MGCP 1.0', 'C: 1', 'I: 1', ...SDP, ...SDP],
  ];
  for (const [code, ...lines] of bad) it(`is refused with ${code}: ${lines.join(' | ')}`, () => expect(codeOf(lines)).to.equal(code));

  it('unless the role understands more than others', () => {
    expect(codeOf(['AUEP 1 a@gw MGCP 1.0', 'X+Flower: Daisy'], { criticalExtensions: ['X+FLOWER'] })).to.equal(undefined);
    expect(codeOf(['RQNT 1 a@gw MGCP 1.0', 'X: 1', 'D: (0Q)'], { digitMapLetters: 'PQ' })).to.equal(undefined);
  });
});

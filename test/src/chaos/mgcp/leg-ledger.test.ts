import { expect } from 'chai';
import { LegLedger } from './leg-ledger.js';

const create = (id: number, call = 'A1'): string => `CRCX ${id} aaln/1@gw.test MGCP 1.0\r\nC: ${call}\r\nM: sendrecv\r\n`;
const done = (id: number): string => `200 ${id} OK\r\nI: 1\r\n`;

describe('the ledger of legs', () => {
  let ledger: LegLedger;

  beforeEach(() => {
    ledger = new LegLedger();
  });

  it('sees the leg of a call that was created by two commands', () => {
    for (const id of [1, 2]) {
      ledger.note('in', create(id));
      ledger.note('out', done(id));
    }
    expect(ledger.twice()).to.deep.equal(['the leg of call A1 on aaln/1@gw.test was created 2 times']);
  });

  it('takes a repeated command, a refused one and another call for no second leg', () => {
    for (const text of [create(1), create(1), create(2), create(3, 'B2')]) ledger.note('in', text);
    for (const text of [done(1), done(1), '540 2 no\r\n', done(3)]) ledger.note('out', text);
    expect(ledger.twice()).to.deep.equal([]);
  });

  it('looks into datagrams of several messages', () => {
    ledger.note('in', `200 9 OK\r\n.\r\n${create(1)}.\r\n${create(2)}`);
    ledger.note('out', `${done(1)}.\r\n${done(2)}`);
    expect(ledger.twice().length).to.equal(1);
  });
});

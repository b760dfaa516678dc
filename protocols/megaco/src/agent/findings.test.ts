// What replies say: read from texts, as gateways write them.
import { expect } from 'chai';
import { decode } from '../codec/text/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { contextsOf, errorOf, packagesOf, terminationsOf } from './findings.js';
import { timeStamp } from './time-stamp.js';

function result(text: string): ReplyResult {
  const decoded = decode(Buffer.from(`!/1 mg1 P=1{${text}}`, 'latin1'));
  const transaction = decoded.ok && decoded.value.body.kind === 'transactions' ? decoded.value.body.transactions[0] : undefined;
  if (transaction?.kind !== 'reply') throw new Error(decoded.ok ? 'no reply' : decoded.fault.hint);
  return transaction.result;
}

describe('the error of a reply', () => {
  for (const [text, code] of [
    ['ER=505{"early"}', 505],
    ['C=-{ER=411{}}', 411],
    ['C=-{MF=line/1,ER=430{}}', 430],
    ['C=-{SC=ROOT{ER=406{}}}', 406],
    ['C=-{N=line/1{ER=430{}}}', 430],
    ['C=1{AV=line/1{ER=435{}}}', 435],
    ['C=-{MF=line/1},C=1{ER=411{}}', 411],
    ['C=-{MF=line/1}', undefined],
    ['C=-{SC=ROOT{SV{V=1}}}', undefined],
  ] as const)
    it(`${text} is ${code}`, () => expect(errorOf(result(text))).to.equal(code));
});

describe('what an audit finds', () => {
  it('packages, without case', () => {
    expect(packagesOf(result('C=-{AV=ROOT{PG{AL-1,it-2}}}'))).to.deep.equal(new Set(['al', 'it']));
    expect(packagesOf(result('C=-{AV=ROOT}'))).to.equal(undefined);
    expect(packagesOf(result('ER=501{}'))).to.equal(undefined);
  });

  it('contexts, each once', () => {
    expect(contextsOf(result('C=1{AV=ROOT},C=7{AV=ROOT},C=1{AV=ROOT}'))).to.deep.equal([1, 7]);
    expect(contextsOf(result('C=*{AV=ROOT},C=-{AV=ROOT}'))).to.deep.equal([]);
    expect(contextsOf(result('ER=431{}'))).to.deep.equal([]);
  });

  it('terminations, without the root and wildcards', () => {
    expect(terminationsOf(result('C=*{AV=Line/1,AV=rtp/2,AV=ROOT,AV=line/*}'))).to.deep.equal(['line/1', 'rtp/2']);
    expect(terminationsOf(result('C=1{AV=C{line/1,rtp/1}}'))).to.deep.equal(['line/1', 'rtp/1']);
    expect(terminationsOf(result('ER=431{}'))).to.deep.equal([]);
  });
});

describe('a time stamp', () => {
  it('has hundredths of a second, in universal time', () => {
    expect(timeStamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).to.equal('20260102T03040567');
  });
});

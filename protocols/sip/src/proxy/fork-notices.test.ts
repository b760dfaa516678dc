import { expect } from 'chai';
import { signerOf } from '../registrar/testing.js';
import { deriveBranch, seedOf } from './derive.js';
import { ForkNotices, writeNotices } from './fork-notices.js';

const SIGNER = signerOf('secret');
const SEED = seedOf('call', 'tag', 1, 'sip:bob@sample2.test', '10.1.0.1:5060');
const TARGETS = ['sip:bob@10.1.0.11', 'sip:bob@10.1.0.12'];

function taken(...contents: string[]): ForkNotices {
  const notices = new ForkNotices();
  for (const content of contents) expect(notices.take(content)).to.equal(true);
  return notices;
}

describe('notices of forks', () => {
  it('what is written is read', () => {
    expect(taken(...writeNotices(SEED, TARGETS)).targets(SEED)).to.deep.equal(TARGETS);
  });

  it('a long list goes in several, each short enough, and comes together again', () => {
    const many = Array.from({ length: 50 }, (_, i) => `sip:${'x'.repeat(60)}${i}@10.1.0.11`);
    const contents = writeNotices(SEED, many);
    expect(contents.length).to.be.above(3);
    for (const content of contents) expect(content.length).to.be.at.most(900);
    expect(taken(...contents).targets(SEED)).to.deep.equal(many);
  });

  it('a single target that is too long goes alone', () => {
    expect(writeNotices(SEED, ['x'.repeat(2_000), 'y'])).to.have.length(2);
  });

  it('a response finds its fork by its branch, whatever the Request-URI was', () => {
    const notices = taken(...writeNotices(SEED, TARGETS), ...writeNotices(seedOf('call', 'tag', 1, 'sip:other@x', 'y'), ['sip:z']));
    const branch = deriveBranch(SIGNER, SEED, TARGETS[1] as string);
    expect(notices.noticeFor(SIGNER, 'call', 'tag', 1, branch)).to.deep.equal({ seed: SEED, targets: TARGETS });
    expect(notices.noticeFor(SIGNER, 'call', 'tag', 2, branch)).to.equal(undefined);
    expect(notices.noticeFor(SIGNER, 'call', 'tag', 1, 'z9hG4bKother')).to.equal(undefined);
  });

  it('told again it is not kept twice', () => {
    const notices = taken(...writeNotices(SEED, TARGETS), ...writeNotices(SEED, TARGETS));
    expect(notices.targets(SEED)).to.deep.equal(TARGETS);
  });

  it('is bounded, whatever is told', () => {
    const notices = new ForkNotices();
    for (let i = 0; i < 12_000; i += 1) notices.take(JSON.stringify({ seed: seedOf(`call${i}`, 't', 1, 'u', 's'), targets: ['x'] }));
    expect(notices.targets(seedOf('call0', 't', 1, 'u', 's'))).to.equal(undefined);
    expect(notices.targets(seedOf('call11999', 't', 1, 'u', 's'))).to.deep.equal(['x']);
    for (let i = 0; i < 20; i += 1) notices.take(JSON.stringify({ seed: seedOf('same', 't', 1, `u${i}`, 's'), targets: ['x'] }));
    expect(notices.targets(seedOf('same', 't', 1, 'u0', 's'))).to.equal(undefined);
    for (let i = 0; i < 300; i += 1) notices.take(JSON.stringify({ seed: SEED, targets: [`x${i}`] }));
    expect(notices.targets(SEED)).to.have.length(100);
  });
});

import { expect } from 'chai';
import { decoded } from './registrar/testing.js';
import { Gatekeeper } from './gatekeeper.js';
import { fakeEnvironment, SETTINGS } from './proxy/testing.js';

const NOW = 1_700_000_000_000;
const bans = { bad: 3, withinMs: 10_000, forMs: 60_000 };

function keeperOf(limits: Partial<(typeof SETTINGS)['limits']>): Gatekeeper {
  return new Gatekeeper(fakeEnvironment({ limits: { ...SETTINGS.limits, ...limits } }).environment);
}

function options(...lines: string[]): ReturnType<typeof decoded> {
  const head = [
    'OPTIONS sip:x SIP/2.0',
    'Via: SIP/2.0/UDP h;branch=z9hG4bKx',
    'From: <sip:a@b>;tag=1',
    'To: <sip:a@b>',
    'Call-ID: c',
    'CSeq: 1 OPTIONS',
  ];
  return decoded(Buffer.from([...head, ...lines, '', ''].join('\r\n'), 'latin1'));
}

describe('the gatekeeper', () => {
  it('bans a source after so many within so long, for so long, and no other source', () => {
    const keeper = keeperOf({ bans });
    keeper.misbehaved('192.0.2.1', NOW);
    keeper.misbehaved('192.0.2.1', NOW + 5_000);
    expect(keeper.isBanned('192.0.2.1', NOW + 5_000)).to.equal(false);
    keeper.misbehaved('192.0.2.1', NOW + 10_000);
    expect(keeper.isBanned('192.0.2.1', NOW + 10_000)).to.equal(true);
    expect(keeper.isBanned('192.0.2.2', NOW + 10_000)).to.equal(false);
    expect(keeper.isBanned('192.0.2.1', NOW + 69_999)).to.equal(true);
    expect(keeper.isBanned('192.0.2.1', NOW + 70_000)).to.equal(false);
  });

  it('begins to count anew when the time is over', () => {
    const keeper = keeperOf({ bans });
    for (let i = 0; i < 10; i += 1) keeper.misbehaved('192.0.2.1', NOW + i * 6_000);
    expect(keeper.isBanned('192.0.2.1', NOW + 60_000)).to.equal(false);
  });

  it('never bans an exempt source, and nobody without bans', () => {
    for (const keeper of [keeperOf({ bans, exempt: ['192.0.2.0/24'] }), keeperOf({})]) {
      for (let i = 0; i < 100; i += 1) keeper.misbehaved('192.0.2.1', NOW);
      expect(keeper.isBanned('192.0.2.1', NOW)).to.equal(false);
    }
  });

  it('a ban outlives the sweep, what is over does not', () => {
    const keeper = keeperOf({ bans });
    for (let i = 0; i < 3; i += 1) keeper.misbehaved('192.0.2.1', NOW);
    keeper.misbehaved('192.0.2.2', NOW);
    keeper.misbehaved('192.0.2.2', NOW);
    keeper.sweep(NOW + 30_000);
    expect(keeper.isBanned('192.0.2.1', NOW + 30_000)).to.equal(true);
    keeper.misbehaved('192.0.2.2', NOW + 30_000);
    expect(keeper.isBanned('192.0.2.2', NOW + 30_000)).to.equal(false);
  });

  it('remembers a bounded number of sources, whoever sends', () => {
    const keeper = keeperOf({ bans: { ...bans, bad: 1 } });
    for (let i = 0; i < 60_000; i += 1) keeper.misbehaved(`${i}`, NOW);
    expect(keeper.isBanned('0', NOW)).to.equal(false);
    expect(keeper.isBanned('59999', NOW)).to.equal(true);
  });

  it('knows a scanner by a part of its name, without case', () => {
    const keeper = keeperOf({ userAgents: ['SipVicious', 'friendly'] });
    expect(keeper.isUnwanted(options('User-Agent: xx-FRIENDLY-scanner'))).to.equal(true);
    expect(keeper.isUnwanted(options('User-Agent: a phone'))).to.equal(false);
    expect(keeper.isUnwanted(options())).to.equal(false);
    expect(keeperOf({}).isUnwanted(options('User-Agent: friendly'))).to.equal(false);
  });
});

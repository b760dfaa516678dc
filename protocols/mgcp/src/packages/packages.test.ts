import { expect } from 'chai';
import { commandIn } from '../codec/testing.js';
import { checkEvents, eventOf, HANDSET_PACKAGE, LINE_PACKAGE, PackageRegistry, STANDARD_PACKAGES } from './index.js';

const REGISTRY = new PackageRegistry(STANDARD_PACKAGES);

function codeOf(...lines: string[]): number | undefined {
  const { parameters } = commandIn('RQNT 1 a@b MGCP 1.0', ...lines);
  return checkEvents(parameters, REGISTRY, 'L')?.code;
}

describe('the standard packages', () => {
  it('know events and signals without case, with their types and times', () => {
    expect(eventOf('l', 'HD')).to.deep.include({ isEvent: true, hasState: true, needs: 'on-hook', signal: undefined });
    expect(eventOf('L', 'rg')?.signal).to.deep.equal({ type: 'TO', timeoutMs: 180_000, onConnection: false, needs: 'on-hook' });
    expect(eventOf('L', 'rg')?.parameters).to.deep.equal(['to', 'rep']);
    expect(eventOf('L', 'osi')?.signal?.timeoutMs).to.equal(900);
    expect(eventOf('L', 'vmwi')?.signal?.type).to.equal('OO');
    expect(eventOf('G', 'rt')?.signal).to.deep.include({ timeoutMs: 180_000, onConnection: true });
    expect(eventOf('T', 'tl')?.signal?.timeoutMs).to.equal(Infinity);
    expect(eventOf('SL', 's')?.signal).to.deep.include({ type: 'TO', timeoutMs: undefined });
    expect(eventOf('D', '#')?.signal?.type).to.equal('BR');
    expect(eventOf('R', 'iu')?.onConnection).to.equal(true);
    expect(eventOf('L', 'nothing')).to.equal(undefined);
    expect(eventOf('NOPE', 'hd')).to.equal(undefined);
  });

  it('have the end of signals as events wherever there are time-out signals (RFC 3660 §1.2.2)', () => {
    for (const { name, events } of STANDARD_PACKAGES) {
      if (events.some(({ signal }) => signal?.type === 'TO'))
        expect(
          events.map(({ id }) => id),
          name,
        ).to.include.members(['oc', 'of']);
    }
  });

  it('the handset is the line seen from the telephone', () => {
    expect(HANDSET_PACKAGE.events.map(({ id }) => id)).to.deep.equal(LINE_PACKAGE.events.map(({ id }) => id));
    expect(eventOf('H', 'rg')).to.deep.include({ isEvent: true, packageName: 'H' });
    expect(eventOf('H', 'hd')?.signal?.type).to.equal('BR');
  });
});

describe('a registry', () => {
  it('takes further packages, and another version in the place of one', () => {
    const registry = new PackageRegistry(STANDARD_PACKAGES.slice(0, 1));
    registry.add({ name: 'KY', version: 0, events: [] });
    registry.add({ ...LINE_PACKAGE, version: 2, events: LINE_PACKAGE.events.filter(({ id }) => id !== 'hf') });
    expect(registry.versions()).to.deep.equal([
      { name: 'L', version: 2 },
      { name: 'KY', version: 0 },
    ]);
    expect(registry.eventOf('L', 'hf')).to.equal(undefined);
    expect(registry.eventOf('L', 'hd')).to.not.equal(undefined);
  });

  it('writes out ranges and all of a package', () => {
    expect(REGISTRY.definitionsOf({ packageName: 'D', event: '[1-3#]' })?.map(({ id }) => id)).to.deep.equal(['1', '2', '3', '#']);
    expect(REGISTRY.definitionsOf({ event: 'all' }, 'B')?.map(({ id }) => id)).to.deep.equal(['enf', 'oef', 'qbo']);
    expect(REGISTRY.definitionsOf({ packageName: 'D', event: '[1Z]' })).to.equal(undefined);
  });
});

describe('a notification request', () => {
  for (const lines of [
    ['R: hd, L/hu(N), D/[0-9*#T](D), */all, L/hf(E(R(L/hu), S(G/rt)))'],
    ['S: L/rg(to=6000,rep=3), sl/s(d/1,l/sit(2)), L/vmwi(-), L/ci(1,2,3), D/dd(dg=5,to=100)'],
    ['T: L/hu'],
    ['S:'],
  ]) {
    it(`is within the packages: ${lines.join()}`, () => expect(codeOf(...lines)).to.equal(undefined));
  }

  for (const [code, line] of [
    [512, 'R: L/zz'],
    [512, 'R: L/rg'],
    [512, 'R: D/[0-9Z]'],
    [512, 'T: L/zz'],
    [512, 'R: L/hd(E(R(L/zz)))'],
    [513, 'S: L/zz'],
    [513, 'S: L/hd'],
    [513, 'R: L/hd(E(S(L/zz)))'],
    [518, 'R: KY/ls1'],
    [518, 'S: KY/ls1'],
    [538, 'S: L/rg(to=soon)'],
    [538, 'S: L/rg(loud=1)'],
    [538, 'S: sl/s(l/vmwi)'],
    [538, 'S: sl/s(sl/s(d/1))'],
    [538, 'S: sl/s(1)'],
  ] as const) {
    it(`gets ${code} for ${line}`, () => expect(codeOf(line)).to.equal(code));
  }
});

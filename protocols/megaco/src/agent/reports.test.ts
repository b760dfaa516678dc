import { expect } from 'chai';
import { type ObservedEvent, quoted, word } from '../message/index.js';
import { dialPlanOf } from './digit-map.js';
import { fingerprint, readReport } from './reports.js';

const PLAN = dialPlanOf(['100x']);

function event(name: string, parameters: Readonly<Record<string, string>> = {}): ObservedEvent {
  const list = Object.entries(parameters).map(([key, text]) => ({ name: key, value: key === 'ds' ? quoted(text) : word(text) }));
  return { name, parameters: list };
}

function read(...events: readonly ObservedEvent[]): ReturnType<typeof readReport> {
  return readReport({ kind: 'observed-events', requestId: 1, events }, PLAN);
}

describe('a report', () => {
  it('tells the hook, and whether it lay so already', () => {
    expect(
      read(event('al/of', { init: 'off' }), event('AL/ON', { init: 'on' }), event('al/of', { init: 'True' }), event('al/on')).events,
    ).to.deep.equal([
      { kind: 'hook', hook: 'off', init: false },
      { kind: 'hook', hook: 'on', init: true },
      { kind: 'hook', hook: 'off', init: true },
      { kind: 'hook', hook: 'on', init: false },
    ]);
  });

  it('tells digits and how they ended, without case', () => {
    expect(read(event('dd/ce', { DS: '', ds: '1002', meth: 'um' })).events).to.deep.equal([
      { kind: 'dialled', digits: '', result: 'match' },
    ]);
    expect(read(event('dd/ce', { ds: '1002', Meth: 'FM' })).events).to.deep.equal([{ kind: 'dialled', digits: '1002', result: 'match' }]);
    expect(read(event('dd/ce')).events).to.deep.equal([{ kind: 'dialled', digits: '', result: 'timeout' }]);
  });

  it('tells that a tone has ended by itself, and not that it was ended', () => {
    const told = ['TO', 'NC', 'EV', 'SD'].map((method) => read(event('g/sc', { SigID: 'cg/bt', Meth: method })).events.length);
    expect(told).to.deep.equal([1, 1, 0, 0]);
  });

  it('counts what is not known', () => {
    expect(read(event('al/fl'), event('nt/netfail'), event('dd/d1'))).to.deep.equal({ events: [{ kind: 'flash' }], unknown: 2 });
  });

  it('is known again by its times', () => {
    const observed = { kind: 'observed-events', requestId: 7, events: [{ ...event('al/of'), time: '20261122T14240618' }] } as const;
    expect(fingerprint(observed)).to.equal(fingerprint({ ...observed, events: [{ ...event('AL/OF'), time: '20261122T14240618' }] }));
    expect(fingerprint(observed)).not.to.equal(fingerprint({ ...observed, requestId: 8 }));
    expect(fingerprint({ ...observed, events: [event('al/of')] })).to.equal(undefined);
    expect(fingerprint({ ...observed, events: [] })).to.equal(undefined);
  });
});

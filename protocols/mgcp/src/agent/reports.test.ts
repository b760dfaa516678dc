// Observed events as call control hears of them.
import { expect } from 'chai';
import { decodeDatagram } from '../codec/index.js';
import type { ObservedEvent } from '../message/events.js';
import { dialPlanOf } from './digit-map.js';
import { isHookEvent, readReport } from './reports.js';

const PLAN = dialPlanOf(['100x', '9.', '*21#']);

function observed(text: string): readonly ObservedEvent[] {
  const [message] = decodeDatagram(Buffer.from(`NTFY 1 aaln/1@rgw1 MGCP 1.0\nX: 1\nO: ${text}\n`));
  if (message?.kind !== 'command') throw new RangeError(`no report: ${text}`);
  return message.parameters.observedEvents ?? [];
}

function read(text: string): readonly string[] {
  return readReport(observed(text), PLAN).events.map((event) =>
    event.kind === 'dialled' ? `${event.digits} ${event.result}` : event.kind,
  );
}

describe('a report', () => {
  const reports: readonly [what: string, text: string, events: readonly string[]][] = [
    ['a whole number', 'D/1, D/0, D/0, D/2', ['1002 match']],
    ['digits in one word', 'D/1002', ['1002 match']],
    ['digits without their package', '1, 0, 0, 2', ['1002 match']],
    ['an open number that a pause has ended', 'D/9, D/1, D/2, D/T', ['912 match']],
    ['a number amid which the user paused', 'D/1, D/0, D/T', ['10 timeout']],
    ['a number that none begins like', 'D/7', ['7 no-match']],
    ['an open number that the user ended by #', 'D/9, D/1, D/#', ['91 match']],
    ['a number that has # itself', 'D/*, D/2, D/1, D/#', ['*21# match']],
    ['a number too short, ended by #', 'D/1, D/0, D/#', ['10 no-match']],
    ['# alone', 'D/#', ['# no-match']],
    ['a key that was held long', 'D/9, D/L, D/1, D/T', ['91 match']],
    ['off-hook', 'L/hd', ['off-hook']],
    ['on-hook in lower case', 'l/hu', ['on-hook']],
    ['a flash', 'L/hf', ['flash']],
    ['a tone that ended, with its name', 'G/oc(G/rt)', ['tone-ended']],
    ['a signal that failed', 'L/of(L/rg)', ['failed-signal']],
    ['hanging up amid the digits', 'D/1, D/0, L/hu', ['on-hook']],
    ['hanging up after a whole number', 'D/1, D/0, D/0, D/2, L/hu', ['on-hook']],
    ['a flash behind a whole number', 'D/1, D/0, D/0, D/2, L/hf', ['1002 match', 'flash']],
    ['a flash amid the digits', 'D/1, L/hf, D/1, D/0, D/0, D/3', ['flash', '1003 match']],
    ['several events in their order', 'L/hu, L/hd, L/hf', ['on-hook', 'off-hook', 'flash']],
  ];
  for (const [what, text, events] of reports) it(`tells ${what}: ${text}`, () => expect(read(text)).to.deep.equal(events));

  it('counts what is not known', () => {
    expect(readReport(observed('L/hd, X-v/foo, FXR/gwfax(start)'), PLAN)).to.deep.equal({ events: [{ kind: 'off-hook' }], unknown: 2 });
  });

  it('has three kinds of events that are true whatever was asked for', () => {
    const { events } = readReport(observed('L/hd, L/hu, L/hf, L/oc, L/of, D/7'), PLAN);
    expect(events.filter(isHookEvent).map(({ kind }) => kind)).to.deep.equal(['off-hook', 'on-hook', 'flash']);
  });
});

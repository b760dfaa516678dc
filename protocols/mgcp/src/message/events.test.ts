import { expect } from 'chai';
import { assignedValue, assignmentOf, covers, digitsOf, eventKey, type EventName, formatEventName, valueOf } from './events.js';

function name(text: string): EventName {
  const [before = '', connection] = text.split('@');
  const slash = before.indexOf('/');
  return {
    ...(slash >= 0 && { packageName: before.slice(0, slash) }),
    event: before.slice(slash + 1),
    ...(connection !== undefined && { connection }),
  };
}

describe('an event', () => {
  for (const [requested, happened, expected] of [
    ['L/hd', 'l/HD', true],
    ['L/hd', 'L/hu', false],
    ['L/all', 'L/hu', true],
    ['L/all', 'D/1', false],
    ['*/all', 'D/1', true],
    ['D/[0-9*#T]', 'D/5', true],
    ['D/[0-9*#T]', 'D/#', true],
    ['D/[0-9*#T]', 'D/t', true],
    ['D/[0-9*#T]', 'D/A', false],
    ['D/[X]', 'D/7', true],
    ['D/[a-c]', 'D/B', true],
    ['R/uc@*', 'R/uc@12', true],
    ['R/uc@12', 'R/uc@13', false],
    ['R/uc', 'R/uc@13', true],
    ['hd', 'L/hd', true],
    ['hd', 'D/1', false],
  ] as const) {
    it(`${happened} is ${expected ? '' : 'not '}one of ${requested}`, () =>
      expect(covers(name(requested), name(happened), 'L')).to.equal(expected));
  }

  it('is written as it was read', () => {
    for (const text of ['L/hd', 'hd', 'R/uc@1F', 'D/[0-9]', '*/all']) expect(formatEventName(name(text))).to.equal(text);
  });

  it('has a key without case, connection or default package', () => {
    expect(eventKey(name('HD@1'), 'L')).to.equal(eventKey(name('l/hd')));
  });

  it('gives its digits, one or several', () => {
    expect(digitsOf({ name: name('D/8295555T'), parameters: [] })).to.equal('8295555T');
    expect(digitsOf({ name: name('d/#'), parameters: [] })).to.equal('#');
    expect(digitsOf({ name: name('L/hd'), parameters: [] })).to.equal(undefined);
  });

  it('gives the value of a named parameter', () => {
    const parameters = [valueOf('1'), assignmentOf('TO', '6000')];
    expect(assignedValue(parameters, 'to')).to.equal('6000');
    expect(assignedValue(parameters, 'rep')).to.equal(undefined);
  });
});

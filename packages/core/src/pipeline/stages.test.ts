import { expect } from 'chai';
import { type Decision, resolverOf, type RoutingQuestion, type RoutingStep } from './stages.js';

const QUESTION: RoutingQuestion = {
  protocol: 'x',
  operation: 'CALL',
  destination: { text: 'x:1', scheme: 'x', user: '', host: '1' },
  from: { transport: 'udp', host: '10.0.0.1', port: 1 },
  admitted: false,
  unanswerable: false,
};

function step(name: string, asked: string[], decision: Decision | undefined): RoutingStep {
  return {
    name,
    resolve: (question, now) => {
      expect([question, now]).to.deep.equal([QUESTION, 7]);
      asked.push(name);
      return decision;
    },
  };
}

describe('a resolver of steps', () => {
  it('the first step that answers wins, and nobody behind it is asked', () => {
    const asked: string[] = [];
    const resolver = resolverOf([
      step('a', asked, undefined),
      step('b', asked, { kind: 'serve', service: 'b' }),
      step('c', asked, { kind: 'serve', service: 'c' }),
    ]);
    expect(resolver.resolve(QUESTION, 7)).to.deep.equal({ kind: 'serve', service: 'b' });
    expect(asked).to.deep.equal(['a', 'b']);
  });

  it('what no step takes is rejected', () => {
    expect(resolverOf([step('a', [], undefined)]).resolve(QUESTION, 7)).to.deep.equal({ kind: 'reject', reason: 'no-route' });
    expect(resolverOf([]).resolve(QUESTION, 7)).to.deep.equal({ kind: 'reject', reason: 'no-route' });
  });
});

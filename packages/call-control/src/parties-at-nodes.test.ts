// Calls that go on through the node which holds the called line.
import { expect } from 'chai';
import { A, B, C, CALLED, Exchange, START, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';
import { CALLER, exchangeWith, lastOf } from './parties.fixture.js';

describe('a line that another node holds', () => {
  const elsewhere = (line: LineName): number | undefined => (line === B ? 2 : undefined);

  it('is a party that stands for it', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.call(A, '1002');
    expect(exchange.wanted.get(CALLED)?.called).to.deep.equal({ kind: 'line-at-node', node: 2, line: B });
    expect(exchange.phase(B)).to.equal('idle');
  });

  it('for which a call was passed on to us is not passed on again', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.setUp(CALLER, '1002', { line: B });
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'network-out-of-order']);
  });

  it('for which a call was passed on to us, and of which nothing has been heard here, is said not to be reached from here', () => {
    const exchange = new Exchange({ ...WITH_PARTIES, slot: 1 }, START, false);
    exchange.setUp(CALLER, '1002', { line: B });
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'network-out-of-order']);
  });

  it('is waited for where the other node has not got it', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.call(A, '1002');
    exchange.fail(CALLED, 'network-out-of-order');
    expect(exchange.phase(A)).to.equal('routing');
    holder = undefined;
    exchange.control.nodesChanged(() => false, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('is called here where it has come before its node was known to be gone, and once only', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.call(A, '1002');
    holder = undefined;
    exchange.control.nodesChanged((node) => node === 2, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
    exchange.fail(B, 'temporary-failure');
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('is not called by a line of a node that drains, which goes there, too', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.offHook(A);
    exchange.control.drain();
    exchange.dial(A, '1002');
    exchange.reach(A);
    expect([exchange.phase(A), exchange.wanted.get(CALLED)]).to.deep.equal(['routing', undefined]);
    holder = undefined;
    exchange.control.nodesChanged(() => false, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('and the number of a call that was passed on is not looked up again', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.setUp(CALLER, 'anything', { line: C });
    expect(exchange.phase(C)).to.equal('ringing');
    exchange.fail(C, 'resource-unavailable');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'resource-unavailable']);
  });
});

import { expect } from 'chai';
import { Random } from './random.js';
import { SimulatedClock } from './simulated-clock.js';
import { SimulatedNetwork } from './simulated-network.js';

describe('the simulated network', () => {
  it('delivers a copy after the latency, and says when nobody listens', () => {
    const clock = new SimulatedClock(0);
    const network = new SimulatedNetwork(clock, new Random(1));
    const got: string[] = [];
    network.listen('b', (data, from) => got.push(`${from} ${data.toString()} ${clock.now}`));
    const data = Buffer.from('hello');
    expect(network.send('a', 'b', data)).to.equal(true);
    clock.run(5);
    expect(got).to.deep.equal(['a hello 1']);
    network.close('b');
    expect(network.send('a', 'b', data)).to.equal(false);
  });

  it('loses the share it was told to, and everything over a cut', () => {
    const clock = new SimulatedClock(0);
    const network = new SimulatedNetwork(clock, new Random(7));
    let got = 0;
    network.listen('b', () => (got += 1));
    network.loss = 0.3;
    for (let at = 0; at < 1000; at += 1) network.send('a', 'b', Buffer.alloc(1));
    clock.run(5);
    expect(got).to.be.within(600, 800);
    network.loss = 0;
    network.cut('b', 'a');
    expect(network.send('a', 'b', Buffer.alloc(1))).to.equal(true);
    clock.run(5);
    const before = got;
    network.mend();
    network.send('a', 'b', Buffer.alloc(1));
    clock.run(5);
    expect(got).to.equal(before + 1);
  });
});

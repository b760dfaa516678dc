// Names of gateways are asked for, and what they lead to is believed.
import type { AdapterOutput } from '@altpath/core';
import { expect } from 'chai';
import { GatewayAddresses } from './gateway-addresses.js';
import { GatewayNames } from './gateway-names.js';

function bench(...written: readonly string[]): {
  readonly names: GatewayNames;
  readonly addresses: GatewayAddresses;
  readonly asked: AdapterOutput[];
} {
  const asked: AdapterOutput[] = [];
  const addresses = new GatewayAddresses(written);
  let last = 0;
  const environment = { nextId: () => (last += 1), emit: (output: AdapterOutput) => void asked.push(output) };
  return { names: new GatewayNames(environment, [{ addresses }], { service: 'mgcp', port: 2_427 }, 1_000), addresses, asked };
}

describe('names of gateways', () => {
  it('are looked up at once, literals and ranges are not', () => {
    const { names, asked } = bench('gw.test:2428', '10.0.0.1', '10.1.0.0/16');
    names.sweep(1_000);
    expect(asked).to.deep.equal([
      { kind: 'resolve', id: 1, question: { host: 'gw.test', port: 2_427, transport: 'udp', secure: false, service: 'mgcp' } },
    ]);
  });

  it('are looked up again after a minute, and the answer to the first question counts no more', () => {
    const { names, addresses, asked } = bench('gw.test');
    names.sweep(1_000);
    names.sweep(60_999);
    expect(asked).to.have.length(1);
    names.sweep(61_000);
    expect(asked).to.have.length(2);
    expect(names.resolved(1, [{ host: '10.0.0.1', port: 2_427, transport: 'udp' }])).to.equal(false);
    expect(names.resolved(2, [{ host: '10.0.0.2', port: 2_427, transport: 'udp' }])).to.equal(true);
    expect([addresses.has('10.0.0.1'), addresses.has('10.0.0.2')]).to.deep.equal([false, true]);
  });

  it('take no answer to the question of another', () => {
    expect(bench('gw.test').names.resolved(7, [])).to.equal(false);
  });
});

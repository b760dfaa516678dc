// Who is obeyed as a gateway, by where he is.
import { expect } from 'chai';
import { GatewayAddresses } from './gateway-addresses.js';

describe('addresses of a gateway', () => {
  it('are places to send to, in order, unless they are ranges', () => {
    const { places } = new GatewayAddresses(['10.1.0.1:2428', '10.2.0.0/16', 'gw.test', '2001:db8::1', '[2001:db8::2]:2944']);
    expect(places.map(({ host, port }) => [host, port])).to.deep.equal([
      ['10.1.0.1', 2428],
      ['gw.test', undefined],
      ['2001:db8::1', undefined],
      ['2001:db8::2', 2944],
    ]);
  });

  it('are those that are written, in any spelling, and those within a range', () => {
    const addresses = new GatewayAddresses(['10.1.0.1:2428', '10.2.0.0/16', '2001:db8::1']);
    for (const host of ['10.1.0.1', '10.2.7.7', '2001:DB8:0::1']) expect(addresses.has(host)).to.equal(true);
    for (const host of ['10.1.0.2', '10.3.0.1', '2001:db8::2']) expect(addresses.has(host)).to.equal(false);
  });

  it('of a name are none until it has been looked up, and then all that it has ever led to', () => {
    const addresses = new GatewayAddresses(['gw.test:2944', '10.1.0.1']);
    expect(addresses.names).to.deep.equal(['gw.test']);
    expect(addresses.has('10.9.0.1')).to.equal(false);
    addresses.learn(['10.9.0.1']);
    addresses.learn(['10.9.0.2']);
    expect(['10.9.0.1', '10.9.0.2', '10.9.0.3'].map((host) => addresses.has(host))).to.deep.equal([true, true, false]);
  });
});

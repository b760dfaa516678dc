import { expect } from 'chai';
import type { Hop, TransportName } from '@altpath/core';
import { chooseListener, type ListenerSpec } from './listener.js';

const spec = (transport: TransportName, host: string): ListenerSpec => ({
  url: `sip+${transport}://${host}:5060`,
  scheme: `sip+${transport}`,
  transport,
  host,
  port: 5_060,
});
const hop = (transport: TransportName, host: string, listener?: number): Hop => ({ transport, host, port: 5_060, listener });

describe('the choice of a listener', () => {
  const specs = [
    spec('udp', '127.0.0.1'),
    spec('udp', '10.0.0.1'),
    spec('tcp', '10.0.0.1'),
    spec('udp', '::1'),
    spec('udp', '2001:db8::1'),
  ];

  it('follows the hop where it names one', () => {
    expect(chooseListener(specs, hop('udp', '127.0.0.9', 1))).to.equal(1);
  });

  it('does not follow it to another transport or family', () => {
    expect(chooseListener(specs, hop('tcp', '10.0.0.2', 1))).to.equal(2);
    expect(chooseListener(specs, hop('udp', '2001:db8::2', 1))).to.equal(4);
  });

  it('keeps loopback to loopback', () => {
    expect(chooseListener(specs, hop('udp', '127.0.0.9'))).to.equal(0);
    expect(chooseListener(specs, hop('udp', '10.0.0.9'))).to.equal(1);
    expect(chooseListener(specs, hop('udp', '::1'))).to.equal(3);
  });

  it('takes what there is when nothing fits better', () => {
    expect(chooseListener(specs, hop('tcp', '127.0.0.9'))).to.equal(2);
    expect(chooseListener([spec('udp', '127.0.0.1'), spec('udp', '0.0.0.0')], hop('udp', '10.0.0.9'))).to.equal(1);
  });

  it('finds none without transport or family', () => {
    expect(chooseListener(specs, hop('tls', '10.0.0.9'))).to.equal(-1);
    expect(chooseListener(specs, hop('tcp', '::1'))).to.equal(-1);
  });
});

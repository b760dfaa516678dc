import { expect } from 'chai';
import { type NaptrRecord, orderNaptr, orderSrv, type SrvRecord, srvName } from './ordering.js';

const srv = (name: string, priority: number, weight: number): SrvRecord => ({ name, priority, weight, port: 5_060 });
const naptr = (service: string, order: number, preference: number, flags = 's'): NaptrRecord => ({
  service,
  order,
  preference,
  flags,
  replacement: `${service.toLowerCase()}.example.com`,
});

describe('the order of SRV records', () => {
  it('goes by priority before weight', () => {
    const records = [srv('c', 20, 100), srv('a', 10, 1), srv('b', 15, 50)];
    expect(orderSrv(records, () => 0.99).map((record) => record.name)).to.deep.equal(['a', 'b', 'c']);
  });

  it('draws among equals by the running sum of RFC 2782', () => {
    const records = [srv('a', 1, 10), srv('b', 1, 30), srv('zero', 1, 0)];
    expect(orderSrv(records, () => 0).map((record) => record.name)).to.deep.equal(['zero', 'a', 'b']);
    expect(orderSrv(records, () => 0.2).map((record) => record.name)).to.deep.equal(['a', 'b', 'zero']);
    expect(orderSrv(records, () => 0.99).map((record) => record.name)).to.deep.equal(['b', 'a', 'zero']);
  });

  it('gives each its share', () => {
    let dice = 0;
    const even = (): number => (dice = (dice + 0.618_033_988_75) % 1);
    const records = [srv('a', 1, 25), srv('b', 1, 75)];
    let first = 0;
    for (let round = 0; round < 10_000; round += 1) if (orderSrv(records, even)[0]?.name === 'a') first += 1;
    expect(first).to.be.within(2_200, 2_800);
  });

  it('loses none and leaves the records as they were', () => {
    const records = [srv('a', 1, 0), srv('b', 1, 0), srv('c', 0, 65_535)];
    expect(orderSrv(records, () => 0.5)).to.have.members(records);
    expect(records.map((record) => record.name)).to.deep.equal(['a', 'b', 'c']);
    expect(orderSrv([], () => 0.5)).to.deep.equal([]);
  });
});

describe('the order of NAPTR records', () => {
  it('is order, then preference, of what can be sent', () => {
    const records = [naptr('SIP+D2T', 50, 20), naptr('SIP+D2U', 50, 10), naptr('SIP+D2W', 50, 5), naptr('E2U+sip', 10, 1)];
    expect(orderNaptr(records, 'sip', ['udp', 'tcp'])).to.deep.equal([
      { transport: 'udp', name: 'sip+d2u.example.com' },
      { transport: 'tcp', name: 'sip+d2t.example.com' },
    ]);
  });

  it('does not look at a higher order than the lowest that can be used', () => {
    const records = [naptr('SIPS+D2T', 10, 1), naptr('SIP+D2U', 50, 1), naptr('SIP+D2T', 60, 1)];
    expect(orderNaptr(records, 'sip', ['udp', 'tcp']).map((each) => each.transport)).to.deep.equal(['udp']);
    expect(orderNaptr(records, 'sip', ['tls', 'udp']).map((each) => each.transport)).to.deep.equal(['tls']);
  });

  it('leaves out what is no pointer to SRV records', () => {
    expect(orderNaptr([naptr('SIP+D2U', 1, 1, 'a'), naptr('SIP+D2T', 1, 1, 'U')], 'sip', ['udp', 'tcp'])).to.deep.equal([]);
  });
});

describe('the name of SRV records', () => {
  it('says service, security and transport', () => {
    expect(srvName('sip', 'udp', 'example.com')).to.equal('_sip._udp.example.com');
    expect(srvName('sip', 'tls', 'example.com')).to.equal('_sips._tcp.example.com');
    expect(srvName('sip', 'wss', 'example.com')).to.equal('_sips._ws.example.com');
  });
});

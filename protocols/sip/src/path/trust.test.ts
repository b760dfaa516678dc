import { expect } from 'chai';
import { TrustPolicy } from './trust.js';

function policy(own: readonly string[] = []): TrustPolicy {
  return new TrustPolicy(
    [
      { name: 'one', neighbours: ['10.1.0.0/16'], alternates: ['10.2.0.0/16', 'backup.one.test', '127.0.0.1'] },
      { name: 'two', neighbours: ['10.5.0.0/16', '2001:db8::/32'], alternates: ['0.0.0.0/0', '2001:db8::/32'] },
    ],
    (address) => own.includes(address.host),
  );
}

function hosts(giver: string, ...list: string[]): string[] {
  return policy(['10.2.0.9'])
    .usable(
      giver,
      list.map((host) => ({ host })),
    )
    .map((each) => each.host);
}

describe('trust in alternates', () => {
  it('a neighbour is who is in a group', () => {
    expect(['10.1.2.3', '10.5.0.1', '2001:db8::7'].map((host) => policy().isNeighbour(host))).to.deep.equal([true, true, true]);
    expect(['10.2.0.1', '192.0.2.1', 'one.test', ''].map((host) => policy().isNeighbour(host))).to.deep.equal([false, false, false, false]);
  });

  it('a list is used inside the ranges and names of the group of whoever gave it, in its order', () => {
    expect(hosts('10.1.0.1', '10.2.0.2', '10.3.0.1', 'Backup.One.TEST', 'other.test', '10.2.0.1')).to.deep.equal([
      '10.2.0.2',
      'Backup.One.TEST',
      '10.2.0.1',
    ]);
  });

  it("another group's ranges count for nothing", () => {
    expect(hosts('10.1.0.1', '198.51.100.1')).to.deep.equal([]);
    expect(hosts('10.5.0.1', '198.51.100.1')).to.deep.equal(['198.51.100.1']);
  });

  it("a stranger's list is not used at all", () => {
    expect(hosts('192.0.2.1', '10.2.0.2', 'backup.one.test')).to.deep.equal([]);
    expect(hosts('', '10.2.0.2')).to.deep.equal([]);
  });

  it('loopback only where it is written', () => {
    expect(hosts('10.1.0.1', '127.0.0.1', '127.0.0.2')).to.deep.equal(['127.0.0.1']);
  });

  it('loopback, link-local and private addresses are not meant by a range that says everything', () => {
    expect(hosts('10.5.0.1', '127.0.0.1', '169.254.1.1', '10.9.9.9', '172.16.0.1', '192.168.0.1', '198.51.100.1')).to.deep.equal([
      '198.51.100.1',
    ]);
  });

  it('multicast, broadcast and nowhere never', () => {
    expect(hosts('10.5.0.1', '224.0.1.75', '239.1.1.1', '255.255.255.255', '0.0.0.0', 'ff02::1')).to.deep.equal([]);
  });

  it('our own sockets never', () => {
    expect(hosts('10.1.0.1', '10.2.0.9', '10.2.0.8')).to.deep.equal(['10.2.0.8']);
  });

  it('three and no more', () => {
    expect(hosts('10.1.0.1', '10.2.0.1', '10.2.0.2', '10.2.0.3', '10.2.0.4')).to.deep.equal(['10.2.0.1', '10.2.0.2', '10.2.0.3']);
  });

  it('an IPv4 address in the clothes of IPv6 is judged as what it is', () => {
    expect(hosts('10.5.0.1', '::ffff:224.0.1.75')).to.deep.equal([]);
    expect(hosts('10.1.0.1', '::ffff:10.2.0.2')).to.deep.equal(['::ffff:10.2.0.2']);
  });
});

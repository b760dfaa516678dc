import type { ResolvedAddress } from '@altpath/core';
import { expect } from 'chai';
import type { EntityPlace } from './events.js';
import { NameTable, Trail } from './places.js';

const CA: EntityPlace = { host: 'ca.test', port: 2727 };

function resolved(...hosts: readonly string[]): ResolvedAddress[] {
  return hosts.map((host) => ({ host, port: 2727, transport: 'udp' }));
}

/** A table whose questions are numbered from 1; `asked` are their hosts. */
function newTable(): { readonly table: NameTable; readonly asked: string[] } {
  const asked: string[] = [];
  return { table: new NameTable(({ host }) => asked.push(host)), asked };
}

function hostsOf(table: NameTable, now: number, place = CA): readonly string[] | undefined {
  return table.addressesOf(place, now)?.map(({ host }) => host);
}

describe('the table of names', () => {
  it('takes literals as they are, and asks for names', () => {
    const { table, asked } = newTable();
    expect(hostsOf(table, 0, { host: '2001:db8::1', port: 2727 })).to.deep.equal(['2001:db8::1']);
    expect(table.refresh({ host: '10.0.0.1', port: 2727 }, 0)).to.equal(false);
    expect(asked).to.deep.equal([]);
    expect(hostsOf(table, 0)).to.equal(undefined);
    expect(hostsOf(table, 1)).to.equal(undefined);
    expect(asked).to.deep.equal(['ca.test']);
    expect(table.answered(1, resolved('a', 'b'), 10)).to.equal(true);
    expect(hostsOf(table, 10)).to.deep.equal(['a', 'b']);
    expect(table.answered(1, resolved('c'), 10)).to.equal(false);
  });

  it('keeps datagram addresses only', () => {
    const { table } = newTable();
    hostsOf(table, 0);
    table.answered(1, [{ host: 't', port: 2727, transport: 'tcp' }, ...resolved('u')], 0);
    expect(hostsOf(table, 0)).to.deep.equal(['u']);
  });

  it('says that a name has no address, and waits for the next answer when it asked again', () => {
    const { table, asked } = newTable();
    hostsOf(table, 0);
    table.answered(1, [], 0);
    expect(hostsOf(table, 4_999)).to.deep.equal([]);
    expect(hostsOf(table, 5_000)).to.equal(undefined);
    expect(asked).to.have.length(2);
    table.answered(2, resolved('a'), 5_001);
    expect(hostsOf(table, 5_001)).to.deep.equal(['a']);
  });

  it('puts suspects last for 30 s, or until they are heard', () => {
    const { table } = newTable();
    hostsOf(table, 0);
    table.answered(1, resolved('a', 'b', 'c'), 0);
    table.suspect('a', 0);
    table.suspect('b', 0);
    expect(hostsOf(table, 1)).to.deep.equal(['c', 'a', 'b']);
    table.heard('a', false);
    expect(hostsOf(table, 1)).to.deep.equal(['a', 'c', 'b']);
    expect(hostsOf(table, 30_000)).to.deep.equal(['a', 'b', 'c']);
  });

  it('puts first whom the last command came from, and not whom a response came from', () => {
    const { table } = newTable();
    hostsOf(table, 0);
    table.answered(1, resolved('a', 'b', 'c'), 0);
    table.heard('c', true);
    table.heard('b', false);
    table.heard('unknown', true);
    expect(hostsOf(table, 1)).to.deep.equal(['c', 'a', 'b']);
  });

  it('holds 1,024 names, and forgets the oldest with its question', () => {
    const { table, asked } = newTable();
    for (let i = 0; i <= 1_024; i += 1) hostsOf(table, 0, { host: `n${i}.test`, port: 2727 });
    expect(table.answered(1, resolved('a'), 0)).to.equal(false);
    expect(table.answered(2, resolved('b'), 0)).to.equal(true);
    expect(hostsOf(table, 0, { host: 'n1.test', port: 2727 })).to.deep.equal(['b']);
    expect(asked).to.have.length(1_025);
  });
});

describe('a trail', () => {
  it('goes through names in order, and knows the first address of each', () => {
    const { table } = newTable();
    const trail = new Trail([CA, { host: '10.0.0.9', port: 2727 }, { host: 'other.test', port: 2727 }]);
    expect(trail.advance(table, 0)).to.equal('wait');
    table.answered(1, resolved('a', 'b'), 0);
    const seen: string[] = [];
    for (let found = trail.advance(table, 0); found === 'address'; found = trail.advance(table, 0)) {
      seen.push(`${trail.name?.host} ${trail.current?.host} ${trail.isFirstOfName}`);
    }
    expect(seen).to.deep.equal(['ca.test a true', 'ca.test b false', '10.0.0.9 10.0.0.9 true']);
    expect(trail.advance(table, 0)).to.equal('wait');
    trail.skipName();
    expect(trail.advance(table, 0)).to.equal('end');
    expect(trail.current?.host).to.equal('10.0.0.9');
    expect(trail.side).to.equal(CA);
  });

  it('takes up an address that its name gets while it is under way', () => {
    const { table } = newTable();
    const trail = new Trail([CA]);
    trail.advance(table, 0);
    table.answered(1, resolved('a'), 0);
    expect(trail.advance(table, 0)).to.equal('address');
    expect(trail.advance(table, 0)).to.equal('end');
    table.refresh(CA, 6_000);
    table.answered(2, resolved('b', 'a'), 6_000);
    expect(trail.advance(table, 6_000)).to.equal('address');
    expect(trail.current?.host).to.equal('b');
  });
});

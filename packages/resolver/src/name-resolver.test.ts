import { expect } from 'chai';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { formatHostPort, type NameQuestion, type TransportName } from '@altpath/core';
import { NameResolver, type ResolverOptions } from './name-resolver.js';

/** The part of npm dns-packet that the server below needs; the package brings no types. */
interface Packet {
  readonly id: number;
  readonly type: 'query' | 'response';
  readonly flags?: number;
  readonly questions: readonly { readonly name: string; readonly type: string }[];
  readonly answers?: readonly ZoneRecord[];
}
interface ZoneRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: unknown;
}
const packets = createRequire(import.meta.url)('dns-packet') as { decode(data: Buffer): Packet; encode(packet: Packet): Buffer };

const NXDOMAIN = 3;
const AUTHORITATIVE = 1 << 10;

describe('the resolver', () => {
  let zone: ZoneRecord[];
  let asked: string[];
  let server: Socket;
  let silent: boolean;

  const record = (name: string, type: string, data: unknown): void => void zone.push({ name, type, ttl: 300, data });
  const srv = (name: string, priority: number, target: string, port = 5_060): void =>
    record(name, 'SRV', { priority, weight: 0, port, target });
  const naptr = (service: string, order: number, replacement: string): void =>
    record('example.com', 'NAPTR', { order, preference: 1, flags: 's', services: service, regexp: '', replacement });

  const resolver = (options: Partial<ResolverOptions> = {}): NameResolver =>
    new NameResolver({
      defaultPort: (_service, transport) => (transport === 'tls' ? 5_061 : 5_060),
      transports: ['udp', 'tcp'],
      servers: [`127.0.0.1:${server.address().port}`],
      timeoutMs: 600,
      random: () => 0,
      ...options,
    });
  const question = (more: Partial<NameQuestion> = {}): NameQuestion => ({ host: 'example.com', secure: false, service: 'sip', ...more });
  const found = async (more: Partial<NameQuestion> = {}, options: Partial<ResolverOptions> = {}): Promise<readonly string[]> => {
    const addresses = await resolver(options).resolve(question(more));
    return addresses.map((each) => `${each.transport} ${formatHostPort(each)}`);
  };

  beforeEach(async () => {
    zone = [];
    asked = [];
    silent = false;
    server = createSocket('udp4');
    server.on('message', (data, from) => {
      const query = packets.decode(data);
      const [wanted] = query.questions;
      if (!wanted) return;
      asked.push(`${wanted.type} ${wanted.name}`);
      if (silent) return;
      const answers = zone.filter((each) => each.name === wanted.name && each.type === wanted.type);
      const flags = AUTHORITATIVE | (zone.some((each) => each.name === wanted.name) ? 0 : NXDOMAIN);
      server.send(packets.encode({ id: query.id, type: 'response', flags, questions: query.questions, answers }), from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  it('follows NAPTR to SRV to addresses', async () => {
    naptr('SIP+D2U', 20, '_sip._udp.example.com');
    naptr('SIP+D2T', 10, '_sip._tcp.example.com');
    srv('_sip._tcp.example.com', 2, 'b.example.com');
    srv('_sip._tcp.example.com', 1, 'a.example.com', 5_070);
    record('a.example.com', 'A', '192.0.2.1');
    record('a.example.com', 'AAAA', '2001:db8::1');
    record('b.example.com', 'A', '192.0.2.2');
    expect(await found()).to.deep.equal(['tcp 192.0.2.1:5070', 'tcp [2001:db8::1]:5070', 'tcp 192.0.2.2:5060']);
    expect(asked).to.not.include('SRV _sip._udp.example.com');
  });

  it('asks for SRV of each transport where there is no NAPTR', async () => {
    srv('_sip._udp.example.com', 1, 'a.example.com');
    srv('_sip._tcp.example.com', 1, 'a.example.com', 5_070);
    record('a.example.com', 'A', '192.0.2.1');
    expect(await found()).to.deep.equal(['udp 192.0.2.1:5060', 'tcp 192.0.2.1:5070']);
  });

  it('takes the name itself where there is neither', async () => {
    record('example.com', 'A', '192.0.2.9');
    expect(await found()).to.deep.equal(['udp 192.0.2.9:5060']);
  });

  it('asks for the SRV of a written transport, and for no NAPTR', async () => {
    srv('_sip._tcp.example.com', 1, 'a.example.com');
    record('a.example.com', 'A', '192.0.2.1');
    expect(await found({ transport: 'tcp' })).to.deep.equal(['tcp 192.0.2.1:5060']);
    expect(asked.filter((each) => each.startsWith('NAPTR'))).to.deep.equal([]);
  });

  it('asks for addresses only where a port is written', async () => {
    record('example.com', 'A', '192.0.2.9');
    expect(await found({ port: 5_099 })).to.deep.equal(['udp 192.0.2.9:5099']);
    expect(asked).to.have.members(['A example.com', 'AAAA example.com']);
  });

  it('gives a secure question secure answers only', async () => {
    const transports: readonly TransportName[] = ['udp', 'tcp', 'tls'];
    naptr('SIP+D2U', 10, '_sip._udp.example.com');
    naptr('SIPS+D2T', 20, '_sips._tcp.example.com');
    srv('_sip._udp.example.com', 1, 'a.example.com');
    srv('_sips._tcp.example.com', 1, 'a.example.com', 5_061);
    record('a.example.com', 'A', '192.0.2.1');
    expect(await found({ secure: true }, { transports })).to.deep.equal(['tls 192.0.2.1:5061']);
    expect(await found({ secure: true })).to.deep.equal([]);
  });

  it('believes a domain that says that it has no such service', async () => {
    srv('_sip._udp.example.com', 0, '.');
    record('example.com', 'A', '192.0.2.9');
    expect(await found({ transport: 'udp' })).to.deep.equal([]);
  });

  it('answers a literal, and localhost, without asking anybody', async () => {
    expect(await found({ host: '192.0.2.5' })).to.deep.equal(['udp 192.0.2.5:5060']);
    expect(await found({ host: '2001:db8::5', port: 5_099, transport: 'tcp' })).to.deep.equal(['tcp [2001:db8::5]:5099']);
    expect(await found({ host: 'LOCALHOST.', port: 5_060 })).to.deep.equal(['udp 127.0.0.1:5060', 'udp [::1]:5060']);
    expect(asked).to.deep.equal([]);
  });

  it('prefers the families it was told, and asks for no others', async () => {
    record('example.com', 'A', '192.0.2.9');
    record('example.com', 'AAAA', '2001:db8::9');
    expect(await found({ port: 5_060 }, { families: [6, 4] })).to.deep.equal(['udp [2001:db8::9]:5060', 'udp 192.0.2.9:5060']);
    asked = [];
    expect(await found({ port: 5_060 }, { families: [4] })).to.deep.equal(['udp 192.0.2.9:5060']);
    expect(asked).to.deep.equal(['A example.com']);
  });

  it('names each address once, and no more than anybody tries', async () => {
    for (let count = 1; count <= 40; count += 1) record('example.com', 'A', `192.0.2.${Math.ceil(count / 2)}`);
    const addresses = await found({ port: 5_060 });
    expect(addresses).to.have.lengthOf(16);
    expect(new Set(addresses).size).to.equal(16);
  });

  it('remembers what it was told, however the name is written, and that there was none', async () => {
    record('example.com', 'A', '192.0.2.9');
    const one = resolver();
    await one.resolve(question({ port: 5_060 }));
    const before = asked.length;
    await one.resolve(question({ port: 5_080, host: 'EXAMPLE.com.' }));
    expect(asked).to.have.lengthOf(before);
    expect(one.cached).to.equal(2);
  });

  it('gives nothing, and does not throw, for a name that is not there or cannot be', async () => {
    expect(await found({ host: 'nowhere.example' })).to.deep.equal([]);
    expect(await found({ host: `${'x'.repeat(300)}.example`, port: 5_060 })).to.deep.equal([]);
    expect(await found({ host: '', port: 5_060 })).to.deep.equal([]);
  });

  it('gives nothing in the end when the server is silent', async () => {
    silent = true;
    expect(await found({ port: 5_060 }, { timeoutMs: 30 })).to.deep.equal([]);
    expect(asked).to.not.be.empty;
  });
});

import { Writable } from 'node:stream';
import { expect } from 'chai';
import { counterName, type NodeGauges } from './metrics.js';
import { createObserver, type TelemetryObserver } from './observer.js';

const GAUGES: NodeGauges = {
  node: 'a1',
  version: '0.1.0',
  protocols: [{ protocol: 'sip', pending: 3, transactions: 12 }],
  aors: 5,
  bindings: 7,
  peers: ['up', 'down', 'up'],
  store: { kind: 'redis', state: 'away', reason: 'timeout', since: 1, waiting: 3 },
};

/** Reads the samples of Prometheus text back; throws on a line that is none. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-zA-Z_:][\w:]*(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    if (!match?.[1] || Number.isNaN(Number(match[2]))) throw new Error(`no sample: ${line}`);
    found.set(match[1], Number(match[2]));
  }
  return found;
}

describe('the observer', () => {
  let observer: TelemetryObserver;
  beforeEach(() => {
    observer = createObserver({ level: 'info', format: 'text', output: new Writable(), traceLimit: 8 });
  });
  afterEach(() => observer.close());

  it('gives counters by name, and by name and reason', () => {
    observer.count('sip.thawed');
    observer.count('sip.response.dropped', 'sip.parse.via');
    observer.count('sip.response.dropped', 'sip.parse.via');
    expect(observer.counters()).to.deep.equal({ 'sip.thawed': 1, 'sip.response.dropped:sip.parse.via': 2 });
  });

  it('tells a call from all that was traced under its name and under those of its parts', () => {
    const trace = (callId: string, at: number): void =>
      observer.trace({ at, callId, direction: 'in', peer: 'udp:10.0.0.1:5060', summary: 'x' });
    trace('a@sip', 1);
    trace('C1', 2);
    observer.belongs('a@sip', 'C1');
    trace('a@sip', 3);
    for (const name of ['C1', 'a@sip']) expect(observer.ladderOf(name, 4).map(({ at }) => at)).to.deep.equal([1, 2, 3]);
    observer.setTracing(false);
    observer.setTracing(true);
    trace('C1', 5);
    expect(observer.ladderOf('a@sip', 6)).to.deep.equal([]);
  });

  it('names metrics by one rule', () => {
    expect(counterName('sip.response.dropped')).to.equal('altpath_sip_response_dropped_total');
    expect(counterName('sip.request.asked-peer')).to.equal('altpath_sip_request_asked_peer_total');
  });

  it('writes metrics that can be read back', async () => {
    observer.count('sip.response.dropped', 'not-ours');
    observer.count('sip.response.dropped', 'say "x"\\\n');
    observer.count('sip.thawed');
    const read = samples(await observer.metricsText(GAUGES));
    expect(read.get('altpath_sip_response_dropped_total{reason="not-ours"}')).to.equal(1);
    expect(read.get('altpath_sip_response_dropped_total{reason="say \\"x\\"\\\\\\n"}')).to.equal(1);
    expect(read.get('altpath_sip_thawed_total')).to.equal(1);
    expect(read.get('altpath_info{node="a1",version="0.1.0"}')).to.equal(1);
    expect(read.get('altpath_transactions{protocol="sip"}')).to.equal(12);
    expect(read.get('altpath_pending_calls{protocol="sip"}')).to.equal(3);
    expect(read.get('altpath_registered_aors')).to.equal(5);
    expect(read.get('altpath_registered_bindings')).to.equal(7);
    expect(read.get('altpath_peers{state="up"}')).to.equal(2);
    expect(read.get('altpath_peers{state="suspect"}')).to.equal(0);
    expect(read.get('process_resident_memory_bytes')).to.be.greaterThan(1e6);
    expect(read.get('altpath_event_loop_delay_seconds{quantile="0.99"}')).to.be.at.least(0);
  });

  it('counts on between scrapes', async () => {
    observer.count('sip.thawed');
    await observer.metricsText(GAUGES);
    observer.count('sip.thawed');
    expect(samples(await observer.metricsText()).get('altpath_sip_thawed_total')).to.equal(2);
  });

  it('makes one metric of names that become one', async () => {
    observer.count('a.b-c', 'x');
    observer.count('a.b.c', 'x');
    expect(samples(await observer.metricsText()).get('altpath_a_b_c_total{reason="x"}')).to.equal(2);
  });

  it('keeps what ladders are drawn from until it is told not to', () => {
    expect(observer.tracing).to.equal(true);
    observer.trace({ at: 1_000, callId: 'a', direction: 'in', peer: 'udp:10.0.0.1:5060', summary: 'INVITE' });
    expect(observer.ladderOf('a', 1_001)).to.have.lengthOf(1);
    observer.setTracing(false);
    expect(observer.tracing).to.equal(false);
    expect(observer.ladderOf('a', 1_001)).to.deep.equal([]);
  });
});

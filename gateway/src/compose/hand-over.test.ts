// Two nodes, the datagrams between them, and calls that one of them gives away.
import { expect } from 'chai';
import type { CallRecord, CallSummary, ClusterNode, Millis, NodeState, Observer, PeerDirectory } from '@altpath/core';
import { NEVER, SILENT } from '@altpath/core';
import { HandOver } from './hand-over.js';

const START: Millis = 1_700_000_000_000;

class Node {
  readonly handOver: HandOver;
  readonly adopted: CallRecord[] = [];
  readonly renewed: CallRecord[] = [];
  readonly ended: string[] = [];
  /** Calls that are over here. */
  readonly over = new Set<string>();
  readonly sent: (readonly [topic: string, content: string])[] = [];
  readonly counted: string[] = [];
  readonly state = new Map<number, NodeState>();
  calls: CallSummary[] = [];
  contents = new Map<string, string>();
  given: string[] = [];
  /** What it tells a node that joins, and what it has heard when it has joined. */
  where: { carried: string[]; over: string[] } = { carried: [], over: [] };
  left: string[] = [];
  /** Of all calls, the line that is not here, and who has it. */
  line: string | undefined;
  holder: number | undefined = 1;

  constructor(readonly index: number) {
    const nodes: readonly ClusterNode[] = ['a', 'b', 'c'].map((name, at) => ({ name, index: at, self: at === index, addresses: [] }));
    const peers: PeerDirectory = {
      self: nodes[index] as ClusterNode,
      nodes,
      state: (at) => this.state.get(at) ?? (at < 2 ? 'up' : 'down'),
      isFresh: () => true,
      joining: false,
    };
    const observer: Observer = { ...SILENT, count: (name, reason) => this.counted.push(`${name} ${reason}`) };
    this.handOver = new HandOver({
      calls: {
        records: (now, isDue = () => true) =>
          [...this.contents]
            .filter(([callId]) => isDue(callId, this.line))
            .map(([callId, content]) => ({ callId, node: 'a', updatedAt: now, content })),
        calls: () => this.calls,
        adopt: (record) => this.adopted.push(record),
        renew: (record) => this.renewed.push(record),
        hasEnded: (callId) => this.over.has(callId),
        endedThere: (callId) => this.ended.push(callId),
        giveAway: (callId) => this.given.push(callId),
        whereabouts: () => this.where,
        leave: (callId, isOver) => this.left.push(isOver ? `${callId} is over` : callId),
      },
      peers,
      observer,
      holderOf: (line) => (line === LINE ? this.holder : undefined),
      tell: (topic, content) => this.sent.push([topic, content]),
    });
  }

  has(callId: string, state: string, content = 'x'): void {
    this.calls.push({ callId, from: '1', to: '2', state, since: START, protocol: 'sip' });
    this.contents.set(callId, content);
  }

  /** What it has sent reaches the other one, or what of it is let through. */
  deliver(to: Node, passes: (at: number) => boolean = () => true): void {
    this.sent.splice(0).forEach(([topic, content], at) => {
      if (passes(at)) to.handOver.told(topic, content, this.index, START);
    });
  }
}

const CALL = '06553F10000AB';
const LINE = 'aaln/1@gw';

describe('calls of a node that drains', () => {
  let a: Node;
  let b: Node;

  beforeEach(() => {
    [a, b] = [new Node(0), new Node(1)];
    a.state.set(0, 'draining');
  });

  it('go to the next node, whole, whatever they hold and however long they are', () => {
    const content = `{"name":"Zoë 山","sdp":"${'v=0 '.repeat(700)}"}`;
    a.has(CALL, 'talking', content);
    a.handOver.drain(START);
    expect(a.sent.length).to.be.above(3);
    expect(a.sent.every(([, text]) => text.length < 1_000)).to.equal(true);
    a.deliver(b);
    expect(b.adopted).to.deep.equal([{ callId: CALL, node: 'a', updatedAt: START, content }]);
    b.deliver(a);
    expect([a.given, a.handOver.carrierOf(CALL, START)]).to.deep.equal([[CALL], 1]);
  });

  it('go to who has their line, where that has gone before', () => {
    a.has(CALL, 'alerting');
    a.state.set(1, 'joining');
    a.state.set(2, 'up');
    a.handOver.drain(START);
    expect(a.sent.map(([, text]) => text.slice(0, 2))).to.deep.equal(['2 ']);
    a.line = LINE;
    a.handOver.drain(START + 300);
    expect(a.sent.map(([, text]) => text.slice(0, 2))).to.deep.equal(['2 ', '1 ']);
  });

  it('are offered again until it is heard that they were taken, and taken once', () => {
    a.has(CALL, 'talking', 'y'.repeat(2_000));
    a.handOver.drain(START);
    a.deliver(b, (at) => at !== 1);
    a.handOver.drain(START + 100);
    expect([a.sent, b.adopted]).to.deep.equal([[], []]);
    a.handOver.drain(START + 300);
    a.deliver(b);
    b.deliver(a, () => false);
    a.handOver.drain(START + 600);
    a.deliver(b);
    b.deliver(a);
    expect([b.adopted.length, a.given]).to.deep.equal([1, [CALL]]);
    a.handOver.drain(START + 900);
    expect(a.sent).to.deep.equal([]);
  });

  it('go after their lines without a drain, and again and again until they are taken', () => {
    a.has(CALL, 'talking');
    a.handOver.tick(START);
    a.handOver.linesMoved(START);
    a.handOver.tick(START);
    expect([a.sent, a.handOver.deadline()], 'no line is away').to.deep.equal([[], NEVER]);
    a.line = LINE;
    a.handOver.linesMoved(START);
    expect(a.handOver.deadline()).to.equal(START);
    a.handOver.tick(START);
    a.deliver(b, () => false);
    a.handOver.tick(START + 300);
    a.deliver(b);
    b.deliver(a);
    expect([b.adopted.length, a.given]).to.deep.equal([1, [CALL]]);
    a.handOver.tick(START + 600);
    expect([a.sent, a.handOver.deadline()]).to.deep.equal([[], NEVER]);
  });

  it('are told once more when something has happened before it was heard that they are taken', () => {
    a.has(CALL, 'talking', 'rings');
    a.handOver.drain(START);
    a.deliver(b);
    a.contents.set(CALL, 'talks');
    b.deliver(a);
    expect(a.given).to.deep.equal([]);
    a.deliver(b);
    b.deliver(a);
    expect([b.adopted, b.renewed].map((records) => records.map(({ content }) => content))).to.deep.equal([['rings'], ['talks']]);
    expect(a.given).to.deep.equal([CALL]);
  });

  it('are over for who has taken them when they have ended before that was heard', () => {
    a.has(CALL, 'talking');
    a.handOver.drain(START);
    a.deliver(b);
    a.contents.clear();
    a.over.add(CALL);
    b.deliver(a);
    a.deliver(b);
    expect([b.ended, a.given]).to.deep.equal([[CALL], []]);
  });

  it('go on at who has taken them when his own record came before his word, and they were left to him', () => {
    a.has(CALL, 'talking');
    a.handOver.drain(START);
    a.deliver(b);
    a.contents.clear();
    b.deliver(a);
    a.deliver(b);
    expect([b.ended, a.handOver.carrierOf(CALL, START)]).to.deep.equal([[], 1]);
  });

  it('come back with their line, and not before a while', () => {
    a.has(CALL, 'talking');
    a.line = LINE;
    a.handOver.linesMoved(START);
    a.handOver.tick(START);
    a.deliver(b);
    b.deliver(a);
    b.has(CALL, 'talking');
    b.line = LINE;
    b.holder = 0;
    b.handOver.linesMoved(START + 100);
    b.handOver.tick(START + 100);
    expect(b.sent).to.deep.equal([]);
    b.handOver.tick(START + 1_000);
    b.deliver(a);
    a.deliver(b);
    expect([a.adopted.length, b.given, a.handOver.carrierOf(CALL, START)]).to.deep.equal([1, [CALL], undefined]);
  });

  it('may be given away once more by who had them from a node that has died since', () => {
    a.has(CALL, 'talking');
    a.handOver.drain(START);
    a.deliver(b);
    b.deliver(a);
    a.state.set(1, 'down');
    a.handOver.peersChanged(START + 2_000);
    a.state.set(1, 'up');
    expect(a.handOver.carrierOf(CALL, START + 2_000)).to.equal(undefined);
    a.handOver.drain(START + 2_000);
    expect(a.sent).to.have.length(1);
  });

  it('that have a line left here are given away again when it has gone', () => {
    a.has(CALL, 'talking');
    a.handOver.drain(START);
    a.deliver(b);
    b.deliver(a);
    a.handOver.drain(START + 100);
    expect(a.given).to.deep.equal([CALL, CALL]);
    a.calls = [];
    a.handOver.drain(START + 200);
    expect(a.given).to.deep.equal([CALL, CALL]);
  });

  it('stay where there is nobody to take them, and are nobody’s when he that took them has died', () => {
    a.has(CALL, 'talking');
    a.state.set(1, 'down');
    a.handOver.drain(START);
    expect(a.sent).to.deep.equal([]);
    a.state.set(1, 'up');
    a.handOver.drain(START);
    a.deliver(b);
    b.deliver(a);
    a.state.set(1, 'down');
    expect(a.handOver.carrierOf(CALL, START)).to.equal(undefined);
  });

  it('are offered some at a time', () => {
    for (let nth = 0; nth < 120; nth += 1) a.has(`0655${nth.toString(16).padStart(9, '0')}`, 'talking');
    a.handOver.drain(START);
    const first = a.sent.length;
    a.handOver.drain(START + 100);
    a.handOver.drain(START + 200);
    expect([first, a.sent.length]).to.deep.equal([50, 120]);
  });

  it('what is no offer, or is for another, moves nothing', () => {
    for (const content of ['', 'x', `1 ${CALL} 5 3 2 z`, `1 ${CALL} 5 0 999 z`, `1 CALL 5 0 1 z`, `0 ${CALL} 5 0 1 z`])
      b.handOver.told('offer', content, 0, START);
    b.handOver.told('nonsense', 'x', 0, START);
    b.handOver.told('taken', CALL, 0, START);
    expect([b.adopted, b.given, b.sent]).to.deep.equal([[], [], []]);
    expect(b.counted.filter((each) => each === 'call.told.dropped malformed')).to.have.length(5);
  });
});

describe('a node that joins', () => {
  it('is told which calls another one goes on with, and which are over', () => {
    const [a, b] = [new Node(0), new Node(1)];
    b.where = { carried: Array.from({ length: 120 }, (_, at) => `06553F100${String(at).padStart(4, '0')}`), over: [CALL] };
    b.handOver.sendTable(0, START);
    expect(b.sent.every(([, text]) => text.length < 1_000)).to.equal(true);
    b.deliver(a);
    expect(a.left).to.deep.equal([...b.where.carried, `${CALL} is over`]);
    expect([a.handOver.carrierOf('06553F1000119', START), a.handOver.carrierOf(CALL, START)]).to.deep.equal([1, undefined]);
  });

  it('hears nothing of what is told to another', () => {
    const [a, b] = [new Node(0), new Node(1)];
    b.where = { carried: [CALL], over: [] };
    b.handOver.sendTable(2, START);
    b.deliver(a);
    expect(a.left).to.deep.equal([]);
  });
});

// One call of each pair of protocols, as the controller tells it in its ladder and as tshark read it off the wire: message by message
// the same, in an order that both may have seen.
import { type AnalogLine, NetworkPhone, TelephoneLine } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import type { TraceEvent } from '@altpath/core';
import { startNode } from '../support/altpath-node.js';
import { AGENT_PORT, clusterYaml, SIP_PORT, TEXT_PORT } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { GATEWAY_PORT, gatewayEntries, TwoGateways } from '../support/two-gateways.js';
import { Wire, type WireMessage } from '../support/wire-ladder.js';

const NET = 'net 127.0.26.128/25';
const NODE = '127.0.26.129';
const ADMIN = `http://${NODE}:8080`;
const ADDRESSES = { megaco: '127.0.26.141', mgcp: '127.0.26.142' } as const;
const [ALICE, BOB, MARKER] = ['127.0.26.151', '127.0.26.152', '127.0.26.250'] as const;

type Kind = 'sip' | 'mgcp' | 'megaco';
const KINDS: readonly Kind[] = ['sip', 'mgcp', 'megaco'];
const NUMBERS = {
  '1101': 'line/1@mg1',
  '1102': 'line/2@mg1',
  '1201': 'aaln/1@gw2',
  '1202': 'aaln/2@gw2',
  '1301': 'registrar',
  '1302': 'registrar',
} as const;
type Telephone = keyof typeof NUMBERS;

/** One telephone of each kind calls, the other is called. */
const CALLERS: Readonly<Record<Kind, Telephone>> = { sip: '1301', mgcp: '1201', megaco: '1101' };
const CALLED: Readonly<Record<Kind, Telephone>> = { sip: '1302', mgcp: '1202', megaco: '1102' };

/** Answers of a node after which it has read for sure what had come before they were asked for. */
const MOST_ASKED = 1_000;

/** A message of the node's ladder, in the words that tshark has. */
interface LadderMessage extends WireMessage {
  readonly direction: 'in' | 'out';
}

describe('a ladder of the controller', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let node: Child;
  let gateways: TwoGateways;
  const phones = new Map<string, NetworkPhone>();

  before(async () => {
    scratch = await Scratch.create('controller-ladders');
    const yaml = clusterYaml({
      nodes: { a: NODE },
      admin: { a: ADMIN },
      gateways: gatewayEntries(ADDRESSES),
      numbers: NUMBERS,
      // None of them in the middle of a call.
      heartbeatMs: 300_000,
      sip: { t1Ms: 500 },
      // The answer to a copy that a busy machine has brought about is of no call.
      rtoMs: 2_000,
      tMaxMs: 8_000,
    });
    node = await startNode({ yaml, name: 'a', space: NetworkSpace.here(), scratch });
    gateways = await TwoGateways.open(ADDRESSES, NODE);
    for (const [user, address] of [
      ['1301', ALICE],
      ['1302', BOB],
    ] as const) {
      const phone = await NetworkPhone.open({ user, domain: 'sample2.test', outbound: [NODE], address, port: SIP_PORT });
      phones.set(user, phone);
      await phone.register();
    }
  });

  after(async () => {
    for (const phone of phones.values()) await phone.close();
    await gateways?.close();
    await node?.stop();
    await scratch?.remove();
  });

  describe('is what tshark read', () => {
    let wire: Wire;

    before(async function () {
      needs(this, 'root', 'tshark');
      wire = await Wire.open({ scratch, net: NET, ports: [SIP_PORT, AGENT_PORT, GATEWAY_PORT, TEXT_PORT], marker: MARKER });
    });

    after(async () => {
      await wire?.close();
    });

    for (const from of KINDS) {
      for (const to of KINDS) {
        it(`of a call from ${from} to ${to}`, async () => {
          await wire.read();
          const { name, read } = await call(CALLERS[from], CALLED[to], () => wire.read());
          expect(read.complaints).to.deep.equal([]);
          const ladder = await ladderOf(name);
          expect(ladder.length).to.be.greaterThan(10);
          expectSame(ladder, read.messages);
        });
      }
    }
  });

  it('is told by the name of the call, and by that of its SIP leg', async () => {
    await call('1101', '1302', () => Promise.resolve());
    const sipCallId = callIdOf(phones.get('1302') as NetworkPhone);
    const ended = (await ask<{ ended: { callId: string; from: string }[] }>('/api/v1/calls/ended?limit=1')).ended[0];
    expect(ended?.from).to.equal('1101');
    const [byCall, bySip] = [await ladderOf(ended?.callId ?? ''), await ladderOf(sipCallId)];
    expect(byCall).to.deep.equal(bySip);
    expect(byCall.map(({ words }) => words)).to.include.members(['notify line/1', 'INVITE', '200 BYE', 'reply']);
    const { text } = await ask<{ text: string }>(`/api/v1/ladder?call=${sipCallId}`);
    expect(text.split('\n')[0]?.trim().split(/\s+/)).to.deep.equal(['ms', 'mg1', 'a', '1302']);
  });

  it('begins where the receiver is lifted, and ends where the last leg is cleared', async () => {
    const { name } = await call('1201', '1102', () => Promise.resolve());
    const words = (await ladderOf(name)).map((message) => message.words);
    expect(words[0]).to.equal('NTFY aaln/1@gw2.test');
    expect(words.slice(-2)).to.have.members(['250 DLCX', 'reply']);
    // What the line said while it was in no call has a ladder of its own.
    const alone = (await ladderOf('aaln/1@gw2')).map((message) => message.words);
    expect(alone).to.include.members(['NTFY aaln/1@gw2.test', 'RQNT aaln/1@gw2.test']);
    expect(alone).to.not.include('CRCX aaln/1@gw2.test');
  });

  /**
   * A call from one receiver lifted to both back.
   *
   * @param over  When it has ended and the caller hears so: what follows is no part of it.
   * @returns     A name under which its ladder is known, and what `over` gave.
   */
  async function call<T>(from: Telephone, to: Telephone, over: () => Promise<T>): Promise<{ readonly name: string; readonly read: T }> {
    const [caller, called] = [telephone(from), telephone(to)];
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial(to);
    await Promise.all([called.until('ringing'), caller.until('ringback')]);
    called.offHook();
    await Promise.all([caller.until('talking'), called.until('talking')]);
    const { calls } = await ask<{ calls: { callId: string }[] }>('/api/v1/calls');
    called.onHook();
    await caller.until('busy');
    await gateways.quiet();
    await Promise.all([caller, called].map((line) => line.until(({ media }) => media.size === 0)));
    await expectEnd();
    const read = await over();
    caller.onHook();
    await Promise.all([caller, called].map((line) => line.until('idle')));
    await gateways.quiet();
    // One of two SIP telephones is passed on: no call of the controller.
    return { name: calls[0]?.callId ?? callIdOf(phones.get(from) as NetworkPhone), read };
  }

  /** The controller has heard the last word of the call: said before it was asked, and soon read. */
  async function expectEnd(): Promise<void> {
    for (let asked = 0; asked < MOST_ASKED; asked += 1) {
      if ((await ask<{ calls: unknown[] }>('/api/v1/calls')).calls.length === 0) return;
    }
    throw new Error(`the call does not end\n${node.stderr}`);
  }

  function telephone(number: Telephone): AnalogLine {
    const phone = phones.get(number);
    return phone ? new TelephoneLine(phone) : gateways.line(NUMBERS[number]);
  }

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`${ADMIN}${path}`);
    expect(response.status, path).to.equal(200);
    return (await response.json()) as T;
  }

  async function ladderOf(name: string): Promise<readonly LadderMessage[]> {
    const { events } = await ask<{ events: TraceEvent[] }>(`/api/v1/ladder?call=${encodeURIComponent(name)}`);
    // Acknowledgements of responses are left out on either side; tshark calls a TransactionPending a reply.
    const told = events.filter(({ summary }) => !summary.startsWith('000'));
    return told.map(({ direction, peer, summary }) => {
      const there = peer.replace('udp:', '');
      const words = summary.replace(/^(?:reply .*|pending)$/, 'reply');
      const here = `${NODE}:${PORTS[there.split(':')[0] ?? ''] ?? SIP_PORT}`;
      return { direction, words, ...(direction === 'in' ? { from: there, to: here } : { from: here, to: there }) };
    });
  }
});

/** Where the node is spoken to. */
const PORTS: Readonly<Record<string, number>> = { [ADDRESSES.megaco]: TEXT_PORT, [ADDRESSES.mgcp]: AGENT_PORT };

function callIdOf(phone: NetworkPhone): string {
  return /^Call-ID: *(\S+)/im.exec(phone.messages.at(-1)?.text ?? '')?.[1] ?? '';
}

/**
 * Both have the same messages, and could have seen them in their orders: between two peers in one direction nothing overtakes; and
 * what the node said after it had heard something was on the wire after that. What crosses may stand either way.
 */
function expectSame(ladder: readonly LadderMessage[], wire: readonly WireMessage[]): void {
  const both = `--- the node's ladder\n${drawn(ladder)}\n--- as tshark read it\n${drawn(wire)}`;
  const flow = ({ from, to }: WireMessage): string => `${from} to ${to}`;
  const flows = new Set([...ladder, ...wire].map(flow));
  for (const each of flows) {
    const [told, read] = [ladder, wire].map((messages) => messages.filter((message) => flow(message) === each).map(({ words }) => words));
    expect(told, `${each}\n${both}`).to.deep.equal(read);
  }
  // Within a flow the order is the same, so the nth of one is the nth of the other.
  const place = new Map<string, number[]>();
  wire.forEach((message, at) => place.set(flow(message), [...(place.get(flow(message)) ?? []), at]));
  const read = ladder.map((message) => ({ ...message, at: place.get(flow(message))?.shift() ?? -1 }));
  read.forEach((said, nth) => {
    if (said.direction === 'in') return;
    const early = read.slice(0, nth).find((before) => before.direction === 'in' && before.at > said.at);
    expect(early && `${early.words} before ${said.words}`, both).to.equal(undefined);
  });
}

function drawn(messages: readonly WireMessage[]): string {
  return messages.map(({ from, to, words }) => `${from} -> ${to}  ${words}`).join('\n');
}

// osmo-mgw under our controller: two connections of one endpoint, RTP of two senders through it, and its refusals.
import { newCallId, type HalfCallState } from '@altpath/call-control';
import {
  formatEndpoint,
  parseEndpoint,
  type CommandDraft,
  type ConnectionParameters,
  type EndpointName,
  type Parameters,
} from '@altpath/mgcp';
import { audioOf, offerAudio, parseSessionDescription, PCMU, writeSessionDescription } from '@altpath/sdp';
import { AudioStream, type Place } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { MgcpDissector } from '../support/mgcp-dissector.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { MgcpController, type Exchange, type Trunk } from './mgcp-controller.js';
import { startOsmoMgw } from './osmo-mgw.js';

const GATEWAY = { host: '127.0.12.21', port: 12_427 };
const CONTROLLER = '127.0.12.1';
const LEFT = { host: '127.0.12.31', toneHz: 600 };
const RIGHT = { host: '127.0.12.32', toneHz: 1_150 };
const ANY_BRIDGE = endpoint('rtpbridge/*@mgw');
/** Packets of 20 ms that each side is to hear before it stops. */
const ENOUGH = 50;

describe('osmo-mgw, a media gateway that nobody here wrote', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let gateway: Child | undefined;
  let controller: MgcpController;
  const streams: AudioStream[] = [];
  let calls = 0;

  before(function () {
    needs(this, 'osmo-mgw');
  });

  beforeEach(async () => {
    scratch = await Scratch.create('osmo-mgw');
    // The test's own sockets talk to it, so it runs on the machine's loopback.
    gateway = await startOsmoMgw({ space: NetworkSpace.here(), scratch, ...GATEWAY });
    controller = await MgcpController.open(CONTROLLER, GATEWAY);
  });

  afterEach(async () => {
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    await controller?.close();
    await gateway?.stop();
    await scratch?.remove();
  });

  it('bridges two senders, who hear each other, and both sides count the same packets', async () => {
    const audit = await controller.command(draft('AUEP', endpoint('rtpbridge/1@mgw')));
    expect(audit.code).to.equal(200);

    const callId = nextCallId();
    const [left, right, bridge] = await bridged(callId);
    const leftEnd = await listen(LEFT);
    const rightEnd = await listen(RIGHT);
    expect(commandsOf(await left.order(talking(callId, descriptionOf(leftEnd))))).to.deep.equal(['MDCX 200']);
    expect(commandsOf(await right.order(talking(callId, descriptionOf(rightEnd))))).to.deep.equal(['MDCX 200']);
    leftEnd.start(placeOf(left));
    rightEnd.start(placeOf(right));
    await Promise.all([leftEnd, rightEnd].map((end) => end.until(({ heard }) => heard >= ENOUGH)));
    leftEnd.stop();
    rightEnd.stop();
    await Promise.all([
      leftEnd.until(({ received }) => received >= rightEnd.report().sent),
      rightEnd.until(({ received }) => received >= leftEnd.report().sent),
    ]);

    const [heardLeft, heardRight] = [leftEnd.report(), rightEnd.report()];
    expect([heardLeft.hearsHz, heardRight.hearsHz]).to.deep.equal([RIGHT.toneHz, LEFT.toneHz]);
    expect([heardLeft.lost, heardRight.lost]).to.deep.equal([0, 0]);

    const countedLeft = await released(left);
    const countedRight = await released(right);
    expect(countedLeft, 'what the gateway counted on the left').to.include({
      packetsReceived: heardLeft.sent,
      packetsSent: heardLeft.received,
      packetsLost: 0,
    });
    expect(countedRight, 'what the gateway counted on the right').to.include({
      packetsReceived: heardRight.sent,
      packetsSent: heardRight.received,
      packetsLost: 0,
    });
    // The endpoint is free again: a wildcard finds the same one.
    const again = await controller.command(draft('CRCX', ANY_BRIDGE, { callId: nextCallId(), mode: 'recvonly' }));
    expect(again.parameters.specificEndpointId, 'the endpoint of the next call').to.deep.equal(bridge);
  });

  it('refuses what is not there, by the codes that the RFC names', async () => {
    const callId = nextCallId();
    const [left, , bridge] = await bridged(callId);
    const connectionId = left.line.describe().connectionId as string;
    const foreign = { callId: nextCallId(), connectionId, mode: 'recvonly' } as const;
    const refusals: readonly (readonly [what: string, code: number, command: CommandDraft])[] = [
      ['unknown endpoint', 500, draft('AUEP', endpoint('rtpbridge/99@mgw'))],
      ['a third connection', 540, draft('CRCX', bridge, { callId, mode: 'recvonly' })],
      ['unknown connection', 515, draft('MDCX', bridge, { callId, connectionId: 'FFFFFFFF', mode: 'recvonly' })],
      ['wrong call', 516, draft('MDCX', bridge, foreign)],
      ['wrong call', 516, draft('DLCX', bridge, { callId: foreign.callId, connectionId })],
      ['no connection there', 400, draft('MDCX', endpoint('rtpbridge/1f@mgw'), foreign)],
    ];
    for (const [what, code, command] of refusals) {
      expect((await controller.command(command)).code, `${command.verb}: ${what}`).to.equal(code);
    }
    // None of them did any harm.
    expect(commandsOf(await left.order(talking(callId, descriptionOf(await listen(LEFT)))))).to.deep.equal(['MDCX 200']);
  });

  it('a third line on a full endpoint fails, and the two that talk keep their connections', async () => {
    const callId = nextCallId();
    const [left, right, bridge] = await bridged(callId);
    const third = controller.trunk('third', bridge);
    expect(commandsOf(await third.order(listening(nextCallId())))).to.deep.equal(['CRCX 540']);
    expect(third.lastEvent).to.include({ kind: 'failed', cause: 'no-circuit' });
    for (const trunk of [left, right]) {
      expect(commandsOf(await trunk.order(talking(callId, descriptionOf(await listen(LEFT)))))).to.deep.equal(['MDCX 200']);
    }
  });

  it('a line of an endpoint that the gateway does not have fails', async () => {
    const nowhere = controller.trunk('nowhere', endpoint('rtpbridge/99@mgw'));
    expect(commandsOf(await nowhere.order(listening(nextCallId())))).to.deep.equal(['CRCX 500']);
    expect(nowhere.lastEvent).to.include({ kind: 'failed', cause: 'destination-out-of-order' });
  });

  it('a connection that the gateway has lost is told as lost, and made anew at the next order', async () => {
    const callId = nextCallId();
    const [left, , bridge] = await bridged(callId);
    expect((await controller.command(draft('DLCX', bridge))).code).to.equal(200);
    const remote = descriptionOf(await listen(LEFT));
    // A gateway that restarted has no connection at all on the endpoint (400), or none of this name (515).
    await controller.command(draft('CRCX', bridge, { callId, mode: 'recvonly' }));
    expect(commandsOf(await left.order(talking(callId, remote)))).to.deep.equal(['MDCX 515']);
    expect(left.lastEvent).to.deep.equal({ kind: 'lost', cause: 'bearer-not-available' });
    expect(commandsOf(await left.order(talking(callId, remote)))).to.deep.equal(['CRCX 200']);
  });

  it('copies of a command, the newest or an older one, change nothing for the lines', async () => {
    const callId = nextCallId();
    const [left, right] = await bridged(callId);
    await right.order(talking(callId, descriptionOf(await listen(RIGHT))));
    const told = [left, right].map(({ events }) => events.length);
    const [wildcard, creation, newest] = controller.sent as [Buffer, Buffer, Buffer];
    // osmo-mgw remembers the newest transaction of an endpoint. An older one it executes anew: there is no room, or, by
    // wildcard, it takes another endpoint, which it would keep for ever.
    expect(await answerToCopy(newest)).to.equal(String(controller.received[2]));
    expect(await answerToCopy(creation)).to.match(/^540 /);
    const another = endpoint(/^Z: (\S+)/m.exec(await answerToCopy(wildcard))?.[1] ?? '');
    expect((await controller.command(draft('DLCX', another))).code).to.equal(200);
    expect([left, right].map(({ events }) => events.length)).to.deep.equal(told);
    await released(left);
    await released(right);
  });

  it('everything that it was sent passes the dissector of tshark', async function () {
    needs(this, 'tshark', 'text2pcap');
    const callId = nextCallId();
    await controller.command(draft('AUEP', endpoint('rtpbridge/1@mgw')));
    const [left, right] = await bridged(callId);
    await left.order(talking(callId, descriptionOf(await listen(LEFT))));
    await right.order(talking(callId, descriptionOf(await listen(RIGHT))));
    await released(left);
    await released(right);
    const dissector = new MgcpDissector(scratch);
    const verdicts = await dissector.look(controller.sent);
    expect(verdicts.flatMap(({ complaints }) => complaints)).to.deep.equal([]);
    expect(verdicts.flatMap(({ messages }) => messages)).to.deep.equal(['AUEP', 'CRCX', 'CRCX', 'MDCX', 'MDCX', 'DLCX', 'DLCX']);
  });

  /** Two listening connections of one endpoint, which the gateway chose. */
  async function bridged(callId: string): Promise<[left: Trunk, right: Trunk, bridge: EndpointName]> {
    const left = controller.trunk('left', ANY_BRIDGE);
    const [created] = await left.order(listening(callId));
    const bridge = created?.response.parameters.specificEndpointId as EndpointName;
    expect(formatEndpoint(bridge)).to.match(/^rtpbridge\/[0-9a-f]+@mgw$/);
    const right = controller.trunk('right', bridge);
    expect(commandsOf(await right.order(listening(callId)))).to.deep.equal(['CRCX 200']);
    return [left, right, bridge];
  }

  async function answerToCopy(datagram: Buffer): Promise<string> {
    const { length } = controller.received;
    controller.repeat(datagram);
    await controller.until(() => controller.received.length > length, 'answer to a copy');
    return String(controller.received.at(-1));
  }

  async function listen({ host, toneHz }: { readonly host: string; readonly toneHz: number }): Promise<AudioStream> {
    const stream = await AudioStream.open(host, toneHz);
    streams.push(stream);
    return stream;
  }

  function nextCallId(): string {
    calls += 1;
    return newCallId(0, Date.now(), calls);
  }
});

function endpoint(text: string): EndpointName {
  return parseEndpoint(text) as EndpointName;
}

function draft(verb: string, at: EndpointName, parameters: Parameters = {}): CommandDraft {
  return { verb, endpoint: at, parameters };
}

function listening(callId: string): HalfCallState {
  return { phase: 'routing', role: 'originating', callId, media: { mode: 'recvonly' } };
}

function talking(callId: string, remote: string): HalfCallState {
  return { phase: 'talking', role: 'originating', callId, media: { mode: 'sendrecv', remote } };
}

/** `MDCX 200`, in order. */
function commandsOf(exchanges: readonly Exchange[]): readonly string[] {
  return exchanges.map(({ command, response }) => `${command.verb} ${response.code}`);
}

/** The session description of a sender. */
function descriptionOf({ address, port }: AudioStream): string {
  return writeSessionDescription(offerAudio({ address, port, codecs: [PCMU] }));
}

/** Where the gateway takes RTP for this connection, as its own description says. */
function placeOf({ events }: Trunk): Place {
  const local = events.map((event) => (event.kind === 'reached' ? event.local : undefined)).findLast((text) => text !== undefined);
  const session = parseSessionDescription(local ?? '');
  const audio = session.ok ? audioOf(session.value) : undefined;
  if (audio === undefined) throw new Error(`no place for audio in ${local}`);
  return { host: audio.address, port: audio.port };
}

/** Ends the connection. @returns what the gateway has counted. */
async function released(trunk: Trunk): Promise<ConnectionParameters> {
  const [exchange] = await trunk.order({ phase: 'idle', role: 'originating' });
  expect(exchange && commandsOf([exchange])).to.deep.equal(['DLCX 250']);
  return exchange?.response.parameters.connectionParameters ?? {};
}

import { newCallId } from '@altpath/call-control';
import { expect } from 'chai';
import { countingMediaPlane } from '../../media-gateway/index.js';
import { Cluster, type ClusterOptions } from '../cluster.fixture.js';
import { CALLED, CALLER } from './bridge-bench.fixture.js';
import { AGAIN_MS, BLIND_MS } from './bridge-finder.js';
import { STRANDED_MS } from './strangers.js';

const BRIDGES = ['rtpbridge/1', 'rtpbridge/2', 'rtpbridge/3'];
const GATEWAY = { lines: [], bridge: 'rtpbridge/*', machine: { lines: [], bridges: BRIDGES } };
const TALKING = [
  { mode: 'sendrecv', remote: CALLER },
  { mode: 'sendrecv', remote: CALLED },
] as const;

function cluster(options: Partial<ClusterOptions> = {}): Cluster {
  return Cluster.inService({ gateways: [GATEWAY], ...options });
}

/** A call of the first node, begun in a later second. */
function callOf(at: Cluster, counter = 1, slot = 0): string {
  return newCallId(slot, at.now, counter);
}

/** Connections that exist, `rtpbridge/1 CALL mode remote`. */
function connectionsOf(at: Cluster): readonly string[] {
  return at
    .gateway()
    .machine.bridges.flatMap(({ name, connections }) =>
      [...connections.values()].map(({ callId, state, remote }) => `${name} ${callId} ${state.mode} ${remote?.port ?? '-'}`),
    );
}

describe('the desk of bridges', () => {
  it('makes what a call needs on an endpoint that the gateway chooses, and deletes it', () => {
    const at = cluster({ nodes: 1 });
    const call = callOf(at);
    at.node(0).anchor(call, { mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    at.run(100);
    expect(at.words()).to.deep.equal(['11>gw1 CRCX rtpbridge/$', 'gw1>11 200', '11>gw1 CRCX rtpbridge/1', 'gw1>11 200']);
    expect(at.node(0).anchors).to.deep.equal([`${call} 16384 16386`]);
    at.node(0).anchor(call, ...TALKING);
    at.run(100);
    expect(at.words()).to.deep.equal(['11>gw1 MDCX rtpbridge/1', 'gw1>11 200']);
    expect(connectionsOf(at)).to.deep.equal([`rtpbridge/1 ${call} sendrecv 4000`, `rtpbridge/1 ${call} sendrecv 5000`]);
    at.node(0).anchor(call, undefined, undefined);
    at.run(100);
    expect(at.words()).to.deep.equal(['11>gw1 DLCX rtpbridge/1', 'gw1>11 250', '11>gw1 DLCX rtpbridge/1', 'gw1>11 250']);
    expect(connectionsOf(at)).to.deep.equal([]);
    expect(at.node(0).adapter.status(at.now).transactions).to.equal(0);
  });

  it('says at once that a gateway has no bridge, or is not there', () => {
    const at = cluster({ nodes: 1, gateways: [{}] });
    at.node(0).anchor(callOf(at), ...TALKING);
    expect(at.node(0).anchors).to.deep.equal([`${callOf(at)} destination-out-of-order`]);
    // Nothing is asked of it, and nothing is waited for.
    at.node(0).anchor(callOf(at, 2), undefined, undefined);
    expect(at.node(0).anchors).to.have.length(1);
  });

  it('gives the only endpoint of a gateway to one call', () => {
    const at = cluster({ nodes: 1, gateways: [{ ...GATEWAY, bridge: 'rtpbridge/2' }] });
    at.node(0).anchor(callOf(at, 1), ...TALKING);
    at.node(0).anchor(callOf(at, 2), ...TALKING);
    at.run(100);
    expect(at.node(0).anchors.toSorted()).to.deep.equal([`${callOf(at, 1)} 16384 16386`, `${callOf(at, 2)} no-circuit`]);
  });

  it('refuses the call for which no endpoint is left, and takes the next one when one is', () => {
    const at = cluster({ nodes: 1 });
    const calls = [1, 2, 3, 4].map((counter) => callOf(at, counter));
    for (const call of calls) at.node(0).anchor(call, ...TALKING);
    at.run(2_000);
    expect(at.node(0).anchors.at(-1)).to.equal(`${calls[3]} no-circuit`);
    at.node(0).anchor(calls[3] as string, undefined, undefined);
    at.node(0).anchor(calls[0] as string, undefined, undefined);
    const fifth = callOf(at, 5);
    at.node(0).anchor(fifth, ...TALKING);
    at.run(2_000);
    expect(at.node(0).anchors.at(-1)).to.match(new RegExp(`^${fifth} \\d+ \\d+$`));
    expect(connectionsOf(at)).to.have.length(6);
  });

  it('makes anew what a gateway that restarts had', () => {
    const at = cluster({ nodes: 1 });
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    at.run(100);
    for (const bridge of at.gateway().machine.bridges) bridge.reset();
    at.gateway().feed({ kind: 'service', method: 'forced' }, { kind: 'service', method: 'restart' });
    at.run(1_000);
    expect(connectionsOf(at)).to.deep.equal([`rtpbridge/1 ${call} sendrecv 4000`, `rtpbridge/1 ${call} sendrecv 5000`]);
    expect(at.node(0).anchors).to.deep.equal([`${call} 16384 16386`, `${call} 16388 16390`]);
  });

  it('notices by itself that a gateway has restarted which does not say so', () => {
    const at = cluster({ nodes: 1, gateways: [{ ...GATEWAY, heartbeatMs: 10_000 }] });
    for (const counter of [1, 2]) at.node(0).anchor(callOf(at, counter), ...TALKING);
    at.run(100);
    for (const bridge of at.gateway().machine.bridges) bridge.reset();
    at.run(11_000);
    expect(connectionsOf(at)).to.have.length(4);
    expect(at.node(0).anchors).to.have.length(4);
  });

  it('makes anew what a gateway has deleted by itself', () => {
    const at = cluster({ nodes: 1 });
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    at.run(100);
    at.look();
    at.gateway().feed({ kind: 'connection-lost', line: 'rtpbridge/1', reason: 902 });
    at.run(1_000);
    expect(at.words().filter((word) => word.includes('DLCX') || word.endsWith('250'))).to.deep.equal([
      'gw1>11 DLCX rtpbridge/1',
      '11>gw1 250',
      'gw1>11 DLCX rtpbridge/1',
      '11>gw1 250',
    ]);
    expect(connectionsOf(at)).to.have.length(2);
  });

  it('lets nobody wait for a gateway that does not answer, and goes on when it does', () => {
    const at = cluster({ nodes: 1 });
    const [talking, waiting, later] = [callOf(at, 1), callOf(at, 2), callOf(at, 3)];
    at.node(0).anchor(talking, ...TALKING);
    at.run(100);
    at.loses = ({ to }) => to === at.gateway().address;
    at.node(0).anchor(waiting, ...TALKING);
    at.run(21_000);
    at.node(0).anchor(later, ...TALKING);
    at.run(100);
    expect(at.node(0).anchors.slice(1)).to.deep.equal([`${waiting} recovery-on-timer-expiry`, `${later} network-out-of-order`]);
    expect(at.node(0).counts('mgcp.bridge.silent')).to.equal(1);
    at.node(0).anchor(later, undefined, undefined);
    at.loses = () => false;
    at.run(10_000);
    expect(at.node(0).anchors.at(-1)).to.match(new RegExp(`^${waiting} \\d+ \\d+$`));
    expect(connectionsOf(at)).to.have.length(4);
  });

  it('lets nobody wait for a gateway whose heartbeat has stopped', () => {
    const at = cluster({ nodes: 1, gateways: [{ ...GATEWAY, heartbeatMs: 5_000 }] });
    at.loses = ({ to }) => to === at.gateway().address;
    at.run(30_000);
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    expect(at.node(0).anchors).to.deep.equal([`${call} network-out-of-order`]);
    at.loses = () => false;
    at.run(10_000);
    expect(at.node(0).anchors.slice(1)).to.deep.equal([`${call} 16384 16386`]);
    expect(connectionsOf(at)).to.have.length(2);
  });

  it('deletes what a gateway made of the copy of a command', () => {
    const at = cluster({ nodes: 1 });
    // As if it remembered no transaction: the copy gets an endpoint of its own.
    let copies = 0;
    at.loses = ({ text }) => {
      if (!/^CRCX \d+ rtpbridge\/\$/.test(text)) return false;
      copies += 1;
      return false;
    };
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    const created = at.look().find(({ text }) => text.startsWith('CRCX'));
    const stray = /CRCX (\d+)/.exec(created?.text ?? '')?.[1] ?? '';
    at.run(100);
    expect(copies).to.equal(1);
    // The gateway's answer to another copy, which it took for a command of its own.
    const extra = at.gateway().machine.bridges[2];
    expect(extra?.connections.size).to.equal(0);
    at.send(Buffer.from(`200 ${stray} OK\r\nZ: rtpbridge/3@gw1.test\r\nI: EE\r\n\r\nv=0\r\n`), at.gateway().address, at.node(0).address);
    at.run(100);
    const last = at.look().filter(({ text }) => text.startsWith('DLCX'));
    expect(last.map(({ text }) => text.split('\r\n').slice(0, 3).join(' '))).to.match(
      /^DLCX \d+ rtpbridge\/3@gw1\.test MGCP 1\.0 C: \w+ I: EE$/,
    );
    expect(connectionsOf(at)).to.have.length(2);
  });
});

describe('bridges of a node that is gone', () => {
  const begun = (options: Partial<ClusterOptions> = {}): { readonly at: Cluster; readonly call: string } => {
    const at = cluster(options);
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    at.run(100);
    at.look();
    return { at, call };
  };
  const die = (at: Cluster): void => {
    at.node(0).stop();
    at.node(1).sees(0, 'down');
  };

  it('are gone on with where their call comes', () => {
    const { at, call } = begun();
    die(at);
    at.node(1).anchor(call, ...TALKING);
    at.run(100);
    expect(at.node(1).anchors).to.deep.equal([`${call} 16384 16386`]);
    // What was not told between the nodes is told to the gateway once more.
    expect(at.words().filter((word) => word.startsWith('12>') && !word.includes('AU'))).to.deep.equal([
      '12>gw1 MDCX rtpbridge/1',
      '12>gw1 MDCX rtpbridge/1',
    ]);
    at.node(1).anchor(call, undefined, undefined);
    at.run(100);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are taken from a store with all that is known, and nothing is asked or told', () => {
    const { at, call } = begun();
    const saved = at.node(0).adapter.saveAnchor(call) ?? '';
    at.forgets = () => true;
    die(at);
    at.run(1_000);
    at.look();
    at.node(1).adapter.adoptAnchor(call, saved, at.now);
    at.node(1).anchor(call, ...TALKING);
    at.run(100);
    expect(at.words()).to.deep.equal([]);
    expect(at.node(1).anchors).to.deep.equal([`${call} 16384 16386`]);
  });

  it('are found on the gateway where nobody has told of them', () => {
    const at = cluster();
    at.forgets = () => true;
    const call = callOf(at);
    at.node(0).anchor(call, ...TALKING);
    at.run(100);
    die(at);
    at.look();
    // A telephone asks for its call to be gone on with, and the other has said nothing yet.
    at.node(1).anchor(call, { mode: 'sendrecv' }, { mode: 'sendrecv', remote: CALLED });
    at.run(1_000);
    expect(at.node(1).anchors).to.deep.equal([`${call} 16384 16386`]);
    expect(at.node(1).counts('mgcp.bridge.taken found')).to.equal(1);
    expect(connectionsOf(at)).to.deep.equal([`rtpbridge/1 ${call} sendrecv 4000`, `rtpbridge/1 ${call} sendrecv 5000`]);
    at.node(1).anchor(call, undefined, undefined);
    at.run(100);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are known to be had by it until it is gone, and not when it is back with nothing', () => {
    const { at, call } = begun();
    expect(at.node(1).adapter.anchorHolder(call)).to.equal(0);
    die(at);
    expect([at.node(1).adapter.anchorHolder(call), at.node(1).adapter.hasAnchor(call)]).to.deep.equal([undefined, true]);
    at.node(1).sees(0, 'up');
    expect([at.node(1).adapter.anchorHolder(call), at.node(1).adapter.hasAnchor(call)]).to.deep.equal([undefined, true]);
  });

  it('become what is wanted as soon as the gateway has shown what they are', () => {
    const { at, call } = begun();
    at.node(0).anchor(call, { ...TALKING[0], mode: 'inactive' }, { ...TALKING[1], mode: 'inactive' });
    at.run(100);
    die(at);
    // Of one of the telephones nothing has been heard here.
    at.node(1).anchor(call, TALKING[0], { mode: 'sendrecv' });
    at.run(1_000);
    expect(connectionsOf(at)).to.deep.equal([`rtpbridge/1 ${call} sendrecv 4000`, `rtpbridge/1 ${call} sendrecv 5000`]);
  });

  it('stay what they are where their call goes on at the node that was frozen, and its parties have other names', () => {
    const { at, call } = begun();
    const named = (first: string, second: string) =>
      [
        { ...TALKING[0], who: first },
        { ...TALKING[1], who: second },
      ] as const;
    at.node(0).anchor(call, ...named('sip/1', 'sip/o1'));
    at.run(100);
    const saved = at.node(0).adapter.saveAnchor(call) ?? '';
    at.node(0).thaw(5_000);
    at.look();
    at.node(0).adapter.adoptAnchor(call, saved, at.now);
    at.node(0).anchor(call, ...named('sip/2', 'sip/3'));
    at.run(1_000);
    expect(at.words().filter((word) => /DLCX|CRCX/.test(word))).to.deep.equal([]);
    expect(connectionsOf(at)).to.have.length(2);
  });

  it('are deleted when their call has come to nobody within the session interval of its telephones', () => {
    const { at } = begun();
    die(at);
    at.run(STRANDED_MS + AGAIN_MS - 5_000);
    expect(connectionsOf(at)).to.have.length(2);
    at.run(10_000);
    expect(connectionsOf(at)).to.deep.equal([]);
    expect(at.node(1).counts('mgcp.bridge.orphan stranded')).to.equal(1);
  });

  it('are left alone while telephones that say nothing talk through them', () => {
    let packets = 0;
    const media = { ...countingMediaPlane(), statistics: () => ({ packetsReceived: packets }) };
    const { at } = begun({ gateways: [{ ...GATEWAY, media }] });
    die(at);
    for (let minute = 0; minute < 10; minute += 1) {
      packets += 3_000;
      at.run(AGAIN_MS);
    }
    expect(connectionsOf(at)).to.have.length(2);
    at.run(2 * AGAIN_MS + 5_000);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are kept an hour where a gateway does not tell what it relays', () => {
    const { at } = begun();
    die(at);
    at.loses = ({ text }) => text.startsWith('AUCX');
    at.run(BLIND_MS);
    expect(connectionsOf(at)).to.have.length(2);
    at.run(STRANDED_MS + 60_000);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are deleted as soon as it is known that their node is gone when their call has ended elsewhere', () => {
    const { at, call } = begun();
    at.node(0).stop();
    // A telephone has said goodbye to the other node, which has not noticed anything yet.
    at.node(1).anchor(call, undefined, undefined);
    at.run(2_000);
    expect(connectionsOf(at)).to.have.length(2);
    at.node(1).sees(0, 'down');
    at.run(2_000);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are deleted at once when their node has died over that', () => {
    const { at, call } = begun();
    at.loses = ({ text }) => text.startsWith('DLCX');
    at.node(0).anchor(call, undefined, undefined);
    at.run(100);
    at.loses = () => false;
    die(at);
    at.run(2_000);
    expect(connectionsOf(at)).to.deep.equal([]);
  });

  it('are left alone while their node lives, and when it comes back in time', () => {
    const { at } = begun();
    die(at);
    at.run(STRANDED_MS / 2);
    at.node(0).thaw(STRANDED_MS / 2);
    at.node(1).sees(0, 'up');
    at.run(STRANDED_MS * 2);
    expect(connectionsOf(at)).to.have.length(2);
  });

  it('are deleted by itself when it begins anew alone, and those of other controllers are not', () => {
    const { at } = begun({ nodes: 1 });
    at.gateway().machine.bridges[1]?.connections.clear();
    at.send(Buffer.from('CRCX 7 rtpbridge/2@gw1.test MGCP 1.0\r\nC: FFFF\r\nM: recvonly\r\n'), at.node(0).address, at.gateway().address);
    at.run(100);
    at.restart(0);
    at.run(STRANDED_MS + AGAIN_MS + 5_000);
    expect(connectionsOf(at)).to.deep.equal(['rtpbridge/2 FFFF recvonly -']);
  });

  it("are the other node's when it has taken them: who thaws forgets them", () => {
    const { at, call } = begun();
    die(at);
    at.node(1).anchor(call, ...TALKING);
    at.run(100);
    at.node(0).thaw(5_000);
    at.node(1).sees(0, 'up');
    at.node(1).adapter.sendTable(0, () => undefined, at.now);
    at.settle();
    at.look();
    // Whatever call control there still believes: nothing is sent by who does not know the call any more.
    at.node(0).anchor(call, undefined, undefined);
    at.run(1_000);
    expect(connectionsOf(at)).to.have.length(2);
    expect(at.node(0).adapter.saveAnchor(call)).to.equal(undefined);
  });
});

// A bridge of a simulated gateway on sockets of this host: what it relays, and what it counts.
import { expect } from 'chai';
import { AudioStream } from '../audio/audio-stream.js';
import { RtpRelay } from './rtp-relay.js';

const HOST = '127.0.0.1';

describe('a relay of RTP', () => {
  let relay: RtpRelay;
  const streams: AudioStream[] = [];

  beforeEach(async () => {
    relay = await RtpRelay.open(HOST, ['rtpbridge/1', 'rtpbridge/2']);
  });

  afterEach(async () => {
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    await relay.close();
  });

  async function telephone(hz: number): Promise<AudioStream> {
    const stream = await AudioStream.open(HOST, hz);
    streams.push(stream);
    return stream;
  }

  function connect(bridge: string, mode: 'sendrecv' | 'sendonly' | 'inactive', to: AudioStream): number {
    const localPort = relay.take(bridge) ?? 0;
    relay.order({ line: bridge, connection: String(localPort), mode, localPort, remote: { host: HOST, port: to.port } });
    return localPort;
  }

  it('lets two telephones hear each other, and counts what comes and goes on either side', async () => {
    const [left, right] = [await telephone(500), await telephone(700)];
    const [toLeft, toRight] = [connect('rtpbridge/1', 'sendrecv', left), connect('rtpbridge/1', 'sendrecv', right)];
    left.start({ host: HOST, port: toLeft });
    right.start({ host: HOST, port: toRight });
    await Promise.all([left, right].map((each) => each.until(({ heard }) => heard >= 10)));
    left.stop();
    right.stop();
    await left.until(({ received }) => received >= right.report().sent);
    await right.until(({ received }) => received >= left.report().sent);
    expect([left.report().hearsHz, right.report().hearsHz]).to.deep.equal([700, 500]);
    expect(relay.statistics(toLeft)).to.deep.equal({
      packetsSent: right.report().sent,
      octetsSent: right.report().sent * 160,
      packetsReceived: left.report().sent,
      octetsReceived: left.report().sent * 160,
      packetsLost: 0,
    });
  });

  it('passes nothing on to who is to hear nothing, nor from who is not to be heard, nor to another bridge', async () => {
    const [left, right, stranger] = [await telephone(500), await telephone(700), await telephone(900)];
    const [toLeft, toRight] = [connect('rtpbridge/1', 'sendonly', left), connect('rtpbridge/1', 'sendrecv', right)];
    const toStranger = connect('rtpbridge/2', 'sendrecv', stranger);
    left.start({ host: HOST, port: toLeft });
    right.start({ host: HOST, port: toRight });
    stranger.start({ host: HOST, port: toStranger });
    await left.until(({ heard }) => heard >= 10);
    expect(right.report().received).to.equal(0);
    expect(stranger.report().received).to.equal(0);
    expect(relay.statistics(toLeft)?.packetsReceived).to.be.greaterThan(5);
    expect(relay.statistics(toRight)?.packetsSent).to.equal(0);
  });

  it('has a port for the next call while the one before is being cleared, and none without end', () => {
    const ports = Array.from({ length: 5 }, () => relay.take('rtpbridge/1'));
    expect(ports.filter((port) => port !== undefined)).to.have.length(4);
    for (const port of ports) if (port !== undefined) expect(relay.release(port)).to.equal(true);
    expect(relay.release(ports[0] as number)).to.equal(false);
  });
});

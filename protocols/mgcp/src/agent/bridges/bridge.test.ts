import { expect } from 'chai';
import { BridgeBench, CALL, CALLED, CALLER, description, local } from './bridge-bench.fixture.js';

describe('a bridge', () => {
  it('is made towards who is known first, then on the same endpoint with the codec of the first', () => {
    const bench = new BridgeBench();
    expect(bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' })).to.equal(
      [
        'CRCX 101 rtpbridge/$@mgw MGCP 1.0',
        `C: ${CALL}`,
        'L: p:20, a:PCMU',
        'M: sendrecv',
        '',
        'v=0',
        'o=- 1 1 IN IP4 10.0.0.1',
        's=-',
        'c=IN IP4 10.0.0.1',
        't=0 0',
        'm=audio 4000 RTP/AVP 0 101',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=sendrecv',
        'a=fmtp:101 0-15',
      ].join('\n'),
    );
    expect(bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002))).to.equal(
      ['CRCX 102 rtpbridge/1@mgw MGCP 1.0', `C: ${CALL}`, 'L: p:20, a:PCMU', 'M: recvonly'].join('\n'),
    );
    expect(bench.told).to.deep.equal([]);
    expect(bench.hear('200 OK', 'I: B', '', local(4_004))).to.equal('');
    expect(bench.told).to.deep.equal(['anchored']);
    // The caller takes events, so they are offered to the other; he is not known to take any yet.
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 0', 'm=audio 4004 RTP/AVP 0 101']);
  });

  it('asks for a free endpoint with the other wildcard where the gateway does not know the first', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, undefined);
    expect(bench.hear('500 FAIL')).to.match(/^CRCX 102 rtpbridge\/\*@mgw/);
    // Neither is known: there is no such endpoint.
    expect(bench.hear('500 FAIL')).to.equal('');
    expect(bench.told).to.deep.equal(['failed destination-out-of-order']);
    expect(bench.ground.anyEndpoint.local).to.equal('rtpbridge/*');
  });

  it('changes with one command a side, which tells the description again', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    const answered = bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'sendrecv', remote: CALLED });
    expect(answered).to.match(/^MDCX 103 rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001\nI: B\nM: sendrecv\n\nv=0\n/);
    expect(answered).to.include('m=audio 5000 RTP/AVP 0 101');
    expect(bench.hear('200 OK', '', local(4_004))).to.equal('');
    expect(bench.told).to.deep.equal(['anchored', 'anchored']);
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 0 101', 'm=audio 4004 RTP/AVP 0 101']);

    const held = bench.order({ mode: 'inactive', remote: CALLER }, { mode: 'sendrecv', remote: CALLED });
    expect(held).to.match(/^MDCX 104 rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001\nI: A\nM: inactive\n\nv=0\n/);
    // osmo-mgw has no such mode.
    expect(bench.hear('517 FAIL')).to.match(/^MDCX 105 .*\nC: .*\nI: A\nM: recvonly\n/);
    expect(bench.hear('200 OK', '', local(4_002))).to.equal('');
  });

  it('that is what is wanted sends nothing, and says so', () => {
    const bench = new BridgeBench().talk();
    expect(bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'sendrecv' })).to.equal('');
    expect(bench.told).to.deep.equal(['anchored']);
    expect(bench.bridge.deadline()).to.equal(Infinity);
  });

  it('keeps one codec, and takes another for both where one telephone gives it up', () => {
    const bench = new BridgeBench().talk();
    const changed = bench.order({ mode: 'sendrecv', remote: description('10.0.0.1', 4_000, '8') }, { mode: 'sendrecv' });
    expect(changed).to.match(/^MDCX \d+ .*\nC: .*\nI: A\nM: sendrecv\n/);
    expect(changed).to.include('m=audio 4000 RTP/AVP 8\n');
    const other = bench.hear('200 OK', '', local(4_002, 8));
    expect(other).to.include('\nI: B\n').and.to.include('m=audio 5000 RTP/AVP 8 101');
    bench.hear('200 OK', '', local(4_004, 8));
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 8', 'm=audio 4004 RTP/AVP 8']);
  });

  it('of telephones without a codec in common, or without one that it can carry, is not made', () => {
    const [caller, called] = [{ mode: 'sendrecv', remote: description('10.0.0.1', 4_000, '0') } as const, { mode: 'sendrecv' } as const];
    for (const remote of [
      description('10.0.0.2', 5_000, '8'),
      description('10.0.0.2', 5_000, '96', 'a=rtpmap:96 opus/48000/2\r\n'),
      CALLED.replace('RTP/AVP', 'RTP/SAVP'),
      'nothing at all',
    ]) {
      const bench = new BridgeBench();
      expect(bench.order(caller, { ...called, remote })).to.equal('');
      expect(bench.wait(60_000)).to.equal('');
      expect(bench.told).to.deep.equal(['failed incompatible-destination']);
    }
  });

  it('sends nothing to who says that nothing shall be sent to him, and knows where he was', () => {
    const bench = new BridgeBench().talk();
    const held = bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'inactive', remote: description('0.0.0.0', 5_000) });
    expect(held).to.include('M: inactive').and.to.include('c=IN IP4 10.0.0.2');
  });

  it('is deleted one connection after the other, and over then', () => {
    const bench = new BridgeBench().talk();
    expect(bench.order(undefined, undefined)).to.match(/^DLCX \d+ rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001\nI: A$/);
    expect(bench.hear('250 OK', 'P: PS=3, OS=480, PR=2, OR=320, PL=0, JI=0')).to.match(/\nI: B$/);
    expect(bench.bridge.isOver).to.equal(false);
    // It has gone already.
    expect(bench.hear('515 FAIL')).to.equal('');
    expect(bench.bridge.isOver).to.equal(true);
    expect(bench.told).to.deep.equal([]);
  });

  it('whose call ends while it is being made is deleted as soon as the gateway has told what it made', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    expect(bench.order(undefined, undefined)).to.equal('');
    expect(bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002))).to.match(
      /^DLCX 102 rtpbridge\/1@mgw MGCP 1.0\nC: .*\nI: A$/,
    );
    bench.hear('250 OK');
    expect(bench.bridge.isOver).to.equal(true);
  });

  it('waits a moment for a gateway without a free endpoint, and then says that there is none', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    expect(bench.hear('403 FAIL')).to.equal('');
    expect(bench.wait(250)).to.match(/^CRCX/);
    bench.hear('403 FAIL');
    expect(bench.wait(500)).to.match(/^CRCX/);
    expect(bench.told).to.deep.equal([]);
    bench.hear('403 FAIL');
    expect(bench.told).to.deep.equal(['failed resource-unavailable']);
    // Until call control gives it up it is tried on.
    expect(bench.wait(1_000)).to.match(/^CRCX/);
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    expect(bench.told).to.deep.equal(['failed resource-unavailable', 'anchored']);
  });

  it('whose endpoint takes no second connection moves to another one', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    expect(bench.hear('540 FAIL')).to.match(/^DLCX 103 rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001$/);
    expect(bench.hear('250 OK')).to.match(/^CRCX 104 rtpbridge\/\$@mgw/);
    bench.hear('200 OK', 'Z: rtpbridge/2@mgw', 'I: C', '', local(4_006));
    bench.hear('540 FAIL');
    expect(bench.told).to.deep.equal(['failed no-circuit']);
  });

  it('that the gateway has lost is made anew, and its telephones are told where', () => {
    const bench = new BridgeBench().talk();
    expect(bench.order({ mode: 'recvonly' }, { mode: 'sendrecv' })).to.match(/\nI: A\nM: recvonly/);
    expect(bench.hear('515 FAIL')).to.match(/^CRCX \d+ rtpbridge\/1@mgw/);
    expect(bench.lost).to.deep.equal(['lost']);
    // Whether the other one is there is not believed either.
    expect(bench.hear('200 OK', 'I: C', '', local(4_010))).to.match(/^MDCX \d+ rtpbridge\/1@mgw MGCP 1.0\nC: .*\nI: B\nM: sendrecv/);
    expect(bench.hear('515 FAIL')).to.match(/^CRCX \d+ rtpbridge\/1@mgw/);
    bench.hear('200 OK', 'I: D', '', local(4_012));
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 0 101', 'm=audio 4004 RTP/AVP 0 101']);
    bench.hear('200 OK', '', local(4_010));
    expect(bench.places).to.deep.equal(['m=audio 4010 RTP/AVP 0 101', 'm=audio 4012 RTP/AVP 0 101']);
  });

  it('on an endpoint that is said to have no connection (400) leaves it, but not at once', () => {
    const bench = new BridgeBench().talk();
    bench.order({ mode: 'recvonly' }, { mode: 'sendrecv' });
    expect(bench.hear('400 FAIL')).to.equal('');
    expect(bench.wait(250)).to.match(/^MDCX/);
    expect(bench.hear('400 FAIL')).to.match(/^DLCX \d+ rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001$/);
    expect(bench.hear('515 FAIL')).to.match(/^CRCX \d+ rtpbridge\/\$@mgw/);
    expect(bench.lost).to.deep.equal(['lost']);
  });

  it('that does not know whether a connection was made leaves the endpoint', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    expect(bench.silence()).to.equal('');
    expect(bench.told).to.deep.equal(['failed recovery-on-timer-expiry']);
    expect(bench.wait(5_000)).to.match(/^DLCX \d+ rtpbridge\/1@mgw MGCP 1.0\nC: 06A01C0FE0001$/);
    expect(bench.hear('250 OK')).to.match(/^CRCX \d+ rtpbridge\/\$@mgw/);
  });

  it('whose change was not answered is changed once more', () => {
    const bench = new BridgeBench().talk();
    bench.order({ mode: 'recvonly' }, { mode: 'sendrecv' });
    bench.silence();
    expect(bench.wait(5_000)).to.match(/\nI: A\nM: recvonly/);
  });

  it('tells a stand-in no mode that is being changed, or will be: that one writes it once more', () => {
    const bench = new BridgeBench().talk();
    const modes = (): readonly unknown[] => bench.bridge.known?.connections.map((each) => each?.mode) ?? [];
    expect(modes()).to.deep.equal(['sendrecv', 'sendrecv']);
    bench.bridge.order([{ mode: 'inactive' }, { mode: 'inactive' }]);
    expect(modes()).to.deep.equal([undefined, undefined]);
    bench.next();
    bench.bridge.order([{ mode: 'sendrecv' }, { mode: 'sendrecv' }]);
    expect(modes()).to.deep.equal([undefined, 'sendrecv']);
    const { endpoint = '', connections = [undefined, undefined] } = bench.bridge.known ?? {};

    const next = new BridgeBench();
    next.bridge.adopt({ endpoint, connections });
    expect(next.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'sendrecv', remote: CALLED })).to.match(
      /^MDCX .*\nC: .*\nI: A\nM: sendrecv/,
    );
  });

  it('that another node made is gone on with: what is not known is left alone', () => {
    const bench = new BridgeBench();
    const told = (connectionId: string, port: number) => ({ connectionId, local: local(port, 8) });
    bench.bridge.adopt({ endpoint: 'rtpbridge/7', connections: [told('A', 4_002), told('B', 4_004)] });
    const changed = bench.order({ mode: 'sendrecv' }, { mode: 'sendrecv', remote: CALLED });
    expect(changed)
      .to.match(/^MDCX 101 rtpbridge\/7@mgw MGCP 1.0\nC: .*\nI: B\nM: sendrecv/)
      .and.to.include('RTP/AVP 8 101');
    expect(bench.hear('200 OK')).to.equal('');
    expect(bench.told).to.deep.equal(['anchored']);
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 8 101', 'm=audio 4004 RTP/AVP 8']);
    expect(bench.order(undefined, undefined)).to.match(/^DLCX 102 rtpbridge\/7@mgw MGCP 1.0\nC: .*\nI: A$/);
  });

  it('finds out whose side is whose where a gateway tells its connections in its own order', () => {
    const bench = new BridgeBench();
    bench.bridge.hold();
    bench.bridge.order([{ mode: 'sendrecv', remote: CALLER }, { mode: 'sendrecv' }]);
    const found = (connectionId: string, remote: string, port: number) =>
      ({ connectionId, remote, local: local(port), mode: 'sendrecv' }) as const;
    bench.bridge.adopt({ endpoint: 'rtpbridge/7', connections: [found('B', CALLED, 4_004), found('A', CALLER, 4_002)] });
    bench.bridge.resume();
    // What the gateway was told by the other node is written anew where it is not told in the same words.
    expect(bench.next()).to.match(/^MDCX 101 rtpbridge\/7@mgw MGCP 1.0\nC: .*\nI: A\nM: sendrecv/);
  });

  it('gives another telephone a connection of its own, and nothing that was told of the one before', () => {
    const bench = new BridgeBench();
    const caller = { mode: 'sendonly', remote: CALLER, who: 'sip/1' } as const;
    bench.order(caller, { mode: 'sendrecv', who: 'sip/o1' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    // The next one is rung: nobody has told anything of the one before, so its connection will do.
    expect(bench.order(caller, { mode: 'sendrecv', who: 'sip/o2' })).to.equal('');
    expect(bench.order(caller, { mode: 'sendrecv', remote: CALLED, who: 'sip/o2' })).to.match(/^MDCX/);
    bench.hear('200 OK');
    bench.hear('200 OK');
    expect(bench.order(caller, { mode: 'sendrecv', who: 'sip/o3' })).to.match(/^DLCX \d+ .*\nC: .*\nI: B$/);
    expect(bench.hear('250 OK')).to.match(/^CRCX \d+ rtpbridge\/1@mgw MGCP 1.0\nC: .*\nL: p:20, a:PCMU\nM: recvonly$/);
    expect(bench.hear('200 OK', 'I: C', '', local(4_006))).to.match(/^MDCX/);
    bench.hear('200 OK');
    expect(bench.places).to.deep.equal(['m=audio 4002 RTP/AVP 0', 'm=audio 4006 RTP/AVP 0 101']);
  });

  it('of a call that is answered is made whole by one command', () => {
    const bench = new BridgeBench();
    const caller = { mode: 'sendonly', remote: CALLER } as const;
    expect(bench.order(caller, { mode: 'sendrecv' })).to.match(/^CRCX .*\nC: .*\nL: .*\nM: sendrecv\n/);
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    const answered = bench.order({ ...caller, mode: 'sendrecv' }, { mode: 'sendrecv', remote: CALLED });
    expect(answered).to.match(/^MDCX .*\nC: .*\nI: B\nM: sendrecv\n/);
    expect(bench.hear('200 OK')).to.equal('');
  });

  it('lets nobody hear a caller before the call is answered', () => {
    const bench = new BridgeBench();
    const caller = { mode: 'sendonly', remote: CALLER } as const;
    bench.order(caller, { mode: 'sendrecv' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    // The called side has something to be heard already.
    expect(bench.order(caller, { mode: 'sendrecv', remote: CALLED })).to.match(/^MDCX .*\nC: .*\nI: A\nM: sendonly\n/);
    expect(bench.hear('200 OK')).to.match(/^MDCX .*\nC: .*\nI: B\nM: sendrecv\n/);
    bench.hear('200 OK');
    expect(bench.order({ ...caller, mode: 'sendrecv' }, { mode: 'sendrecv', remote: CALLED })).to.match(
      /^MDCX .*\nC: .*\nI: A\nM: sendrecv\n/,
    );
    expect(bench.hear('200 OK')).to.equal('');
  });

  it('lets who changes his side keep his connection', () => {
    const bench = new BridgeBench();
    const [caller, called] = [{ mode: 'sendrecv', who: 'sip/1' } as const, { mode: 'sendrecv', who: 'sip/o1' } as const];
    bench.order({ ...caller, remote: CALLER }, { ...called, remote: CALLED });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    bench.hear('200 OK', 'I: B', '', local(4_004));
    // The caller has the called one connected with somebody else, who takes his place.
    expect(bench.order(called, { mode: 'sendrecv', who: 'sip/o2' })).to.match(/^DLCX \d+ .*\nC: .*\nI: A$/);
    expect(bench.hear('250 OK')).to.match(/^CRCX/);
    bench.hear('200 OK', 'I: C', '', local(4_006));
    expect(bench.places).to.deep.equal(['m=audio 4004 RTP/AVP 0', 'm=audio 4006 RTP/AVP 0 101']);
  });

  it('deletes what was made for somebody who has left meanwhile', () => {
    const bench = new BridgeBench();
    const caller = { mode: 'sendonly', remote: CALLER, who: 'sip/1' } as const;
    bench.order(caller, { mode: 'sendrecv', who: 'sip/o1' });
    bench.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    expect(bench.order(caller, { mode: 'sendrecv', who: 'sip/o2' })).to.equal('');
    expect(bench.hear('200 OK', 'I: B', '', local(4_004))).to.match(/^DLCX \d+ .*\nC: .*\nI: B$/);
    expect(bench.hear('250 OK')).to.match(/^CRCX/);
  });

  it('with the only endpoint of its gateway needs no name from it', () => {
    const bench = new BridgeBench('bridge/1');
    expect(bench.order({ mode: 'sendrecv', remote: CALLER }, undefined)).to.match(/^CRCX 101 bridge\/1@mgw/);
    expect(bench.hear('200 OK', 'I: A', '', local(4_002))).to.equal('');
    expect(bench.told).to.deep.equal(['anchored']);
  });

  it('without a name for what the gateway made, or without what a connection must have, fails', () => {
    const bench = new BridgeBench();
    bench.order({ mode: 'sendrecv', remote: CALLER }, undefined);
    expect(bench.hear('200 OK', 'Z: rtpbridge/1@mgw')).to.match(/^DLCX 102 rtpbridge\/1@mgw/);
    expect(bench.told).to.deep.equal(['failed protocol-error']);
  });
});

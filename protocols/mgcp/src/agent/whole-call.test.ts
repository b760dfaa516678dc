// Whole calls between two lines of a gateway, message by message: call control gives the orders, the gateway is a script.
import type { CallControlSettings } from '@altpath/call-control';
import { expect } from 'chai';
import { Bench, play, script } from './line-bench.fixture.js';

const CONTROL: CallControlSettings = {
  slot: 1,
  lines: [{ line: 'aaln/1@rgw1', name: 'Ann' }, { line: 'aaln/2@rgw1' }],
  numbers: { '1001': 'aaln/1@rgw1', '1002': 'aaln/2@rgw1', '9.': 'sip:out@example.test' },
};

/** Both lines are armed, and their telephones lie on the hook. */
function exchange(): Bench {
  const bench = new Bench({ locals: ['aaln/1', 'aaln/2'], control: CONTROL, patterns: ['1001', '1002', '9.'] });
  for (const { line } of CONTROL.lines) bench.control?.service(line, true, bench.now);
  bench.flush();
  bench.hear('200 101 OK');
  bench.hear('200 102 OK');
  return bench;
}

describe('a call between two lines', () => {
  it('from off-hook to on-hook: answer, talk, hold by flash, hanging up, busy tone, off-hook warning', () => {
    const conversation = script(`
      GW> NTFY 2 aaln/1@rgw1 MGCP 1.0
          X: 1002FB010000
          O: L/hd
      CA> 200 2 OK
          .
          RQNT 103 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      GW> 200 103 OK
      GW> NTFY 3 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          O: D/1, D/0, D/0, D/2
      CA> 200 3 OK
          .
          CRCX 104 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1202FB0378001002
          L: p:20, a:PCMU
          M: recvonly
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 104 OK
          I: 11

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      CA> CRCX 105 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1412FB027800
          L: p:20, a:PCMU
          M: sendrecv
          R: L/hd(N), L/oc(N)
          S: L/rg, L/ci(11/22/14/24,"1001","Ann")

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      GW> 200 105 OK
          I: 22

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4002 RTP/AVP 0
      CA> MDCX 106 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1302FB0478001002
          M: recvonly
          R: L/hu(N), L/hf(N), G/oc(N)
          S: G/rt

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4002 RTP/AVP 0
      GW> 200 106 OK
      GW> NTFY 4 aaln/2@rgw1 MGCP 1.0
          X: 1412FB027800
          O: L/hd
      CA> 200 4 OK
          .
          RQNT 107 aaln/2@rgw1 MGCP 1.0
          X: 1512FB037800
          R: L/hu(N), L/hf(N)
          S:
      CA> MDCX 108 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1502FB0578001002
          M: sendrecv
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 107 OK
      GW> 200 108 OK
      GW> NTFY 5 aaln/1@rgw1 MGCP 1.0
          X: 1502FB0578001002
          O: L/hf
      CA> 200 5 OK
          .
          MDCX 109 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1602FB0678001002
          M: inactive
          R: L/hu(N), L/hf(N)
          S:
      CA> MDCX 110 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 22
          X: 1712FB047800
          M: inactive
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 109 OK
      GW> 200 110 OK
      GW> NTFY 6 aaln/1@rgw1 MGCP 1.0
          X: 1602FB0678001002
          O: L/hf
      CA> 200 6 OK
          .
          MDCX 111 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1502FB0778001002
          M: sendrecv
          R: L/hu(N), L/hf(N)
          S:
      CA> MDCX 112 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 22
          X: 1512FB057800
          M: sendrecv
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 111 OK
      GW> 200 112 OK
      GW> NTFY 7 aaln/2@rgw1 MGCP 1.0
          X: 1512FB057800
          O: L/hu
      CA> 200 7 OK
          .
          DLCX 113 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 22
          X: 1002FB060000
          R: L/hd(N)
          S:
      CA> DLCX 114 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1802FB080000
          R: L/hu(N), L/hf(N), L/oc(N)
          S: L/bz
      GW> 250 113 OK
          P: PS=100, OS=16000, PR=100, OR=16000, PL=0, JI=0, LA=0
      GW> 250 114 OK
          P: PS=100, OS=16000, PR=100, OR=16000, PL=0, JI=0, LA=0
      ** 30000
      CA> RQNT 115 aaln/1@rgw1 MGCP 1.0
          X: 1A02FB090000
          R: L/hu(N), L/hf(N)
          S: L/ot
      GW> 200 115 OK
      GW> NTFY 8 aaln/1@rgw1 MGCP 1.0
          X: 1A02FB090000
          O: L/hu
      CA> 200 8 OK
          .
          RQNT 116 aaln/1@rgw1 MGCP 1.0
          X: 1002FB0A0000
          R: L/hd(N)
          S:
      GW> 200 116 OK
    `);
    expect(play(exchange(), conversation)).to.equal(conversation);
  });

  it('is given up by the caller while the other telephone rings', () => {
    const conversation = script(`
      GW> NTFY 2 aaln/1@rgw1 MGCP 1.0
          X: 1002FB010000
          O: L/hd
      CA> 200 2 OK
          .
          RQNT 103 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      GW> 200 103 OK
      GW> NTFY 3 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          O: D/1, D/0, D/0, D/2
      CA> 200 3 OK
          .
          CRCX 104 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1202FB0378001002
          L: p:20, a:PCMU
          M: recvonly
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 104 OK
          I: 11

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      CA> CRCX 105 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1412FB027800
          L: p:20, a:PCMU
          M: sendrecv
          R: L/hd(N), L/oc(N)
          S: L/rg, L/ci(11/22/14/24,"1001","Ann")

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      GW> 200 105 OK
          I: 22

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4002 RTP/AVP 0
      CA> MDCX 106 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1302FB0478001002
          M: recvonly
          R: L/hu(N), L/hf(N), G/oc(N)
          S: G/rt

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4002 RTP/AVP 0
      GW> 200 106 OK
      GW> NTFY 4 aaln/1@rgw1 MGCP 1.0
          X: 1302FB0478001002
          O: L/hu
      CA> 200 4 OK
          .
          DLCX 107 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1002FB050000
          R: L/hd(N)
          S:
      CA> DLCX 108 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 22
          X: 1002FB030000
          R: L/hd(N)
          S:
      GW> 250 107 OK
      GW> 250 108 OK
    `);
    expect(play(exchange(), conversation)).to.equal(conversation);
  });

  it('meets a telephone that was lifted in the same moment: its user hears dial tone, the caller busy tone (401)', () => {
    const conversation = script(`
      GW> NTFY 2 aaln/1@rgw1 MGCP 1.0
          X: 1002FB010000
          O: L/hd
      CA> 200 2 OK
          .
          RQNT 103 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      GW> 200 103 OK
      GW> NTFY 3 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          O: D/1, D/0, D/0, D/2
      CA> 200 3 OK
          .
          CRCX 104 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1202FB0378001002
          L: p:20, a:PCMU
          M: recvonly
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 104 OK
          I: 11

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      CA> CRCX 105 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1412FB027800
          L: p:20, a:PCMU
          M: sendrecv
          R: L/hd(N), L/oc(N)
          S: L/rg, L/ci(11/22/14/24,"1001","Ann")

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      GW> 401 105 Off-hook
      CA> RQNT 106 aaln/2@rgw1 MGCP 1.0
          X: 1102FB030000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      CA> DLCX 107 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          I: 11
          X: 1802FB040000
          R: L/hu(N), L/hf(N), L/oc(N)
          S: L/bz
      GW> 200 106 OK
      GW> 250 107 OK
    `);
    expect(play(exchange(), conversation)).to.equal(conversation);
  });

  it('is answered before the gateway has answered the command to ring', () => {
    const conversation = script(`
      GW> NTFY 2 aaln/1@rgw1 MGCP 1.0
          X: 1002FB010000
          O: L/hd
      CA> 200 2 OK
          .
          RQNT 103 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      GW> 200 103 OK
      GW> NTFY 3 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          O: D/1, D/0, D/0, D/2
      CA> 200 3 OK
          .
          CRCX 104 aaln/1@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1202FB0378001002
          L: p:20, a:PCMU
          M: recvonly
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 104 OK
          I: 11

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      CA> CRCX 105 aaln/2@rgw1 MGCP 1.0
          C: 16B02FB007800
          X: 1412FB027800
          L: p:20, a:PCMU
          M: sendrecv
          R: L/hd(N), L/oc(N)
          S: L/rg, L/ci(11/22/14/24,"1001","Ann")

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4000 RTP/AVP 0
      GW> NTFY 4 aaln/2@rgw1 MGCP 1.0
          X: 1412FB027800
          O: L/hd
      CA> 200 4 OK
      CA> RQNT 106 aaln/1@rgw1 MGCP 1.0
          X: 1502FB0478001002
          R: L/hu(N), L/hf(N)
          S:
      GW> 200 105 OK
          I: 22

          v=0
          c=IN IP4 127.0.0.21
          m=audio 4002 RTP/AVP 0
      CA> RQNT 107 aaln/2@rgw1 MGCP 1.0
          X: 1512FB037800
          R: L/hu(N), L/hf(N)
          S:
    `);
    expect(play(exchange(), conversation)).to.equal(conversation);
  });

  it('is none when the user pauses amid the number: reorder tone, and the warning when that has ended by itself', () => {
    const conversation = script(`
      GW> NTFY 2 aaln/1@rgw1 MGCP 1.0
          X: 1002FB010000
          O: L/hd
      CA> 200 2 OK
          .
          RQNT 103 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          R: L/hu(N), L/hf(N), D/[0-9*#T](D), L/oc(N)
          D: (100[12]|9x.T)
          S: L/dl
      GW> 200 103 OK
      GW> NTFY 3 aaln/1@rgw1 MGCP 1.0
          X: 1102FB020000
          O: D/1, D/0, D/T
      CA> 200 3 OK
          .
          RQNT 104 aaln/1@rgw1 MGCP 1.0
          X: 1902FB030000
          R: L/hu(N), L/hf(N), L/oc(N)
          S: L/ro
      GW> 200 104 OK
      GW> NTFY 4 aaln/1@rgw1 MGCP 1.0
          X: 1902FB030000
          O: L/oc(L/ro)
      CA> 200 4 OK
          .
          RQNT 105 aaln/1@rgw1 MGCP 1.0
          X: 1A02FB040000
          R: L/hu(N), L/hf(N)
          S: L/ot
      GW> 200 105 OK
    `);
    expect(play(exchange(), conversation)).to.equal(conversation);
  });
});

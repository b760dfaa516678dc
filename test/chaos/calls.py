"""One call and its script: what both phones do, at which stage the fault meets them, and whether it ended as they wanted."""
import asyncio, random

from run import H, SDP, now, rid
from sipmsg import Msg, Uri, split_params
from transactions import ClientTx, Dialog

ALL = ['s1a', 's1b', 's1c', 's2', 's2c', 's3', 's4', 's5a', 's5b', 's6a', 's6b', 's7', 's8']
DESC = {'s1a': 'INVITE in dead A (no 100)', 's1b': '100 got, callee has INVITE, silent', 's1c': '100 got, downstream INVITE lost',
        's2': 'ringing, answer after kill', 's2c': 'ringing, CANCEL after kill', 's3': '200 in dead A', 's4': 'ACK in dead A',
        's5a': 're-INVITE by caller', 's5b': 're-INVITE by callee', 's6a': 'BYE by caller', 's6b': 'BYE by callee',
        's7': 'new call after kill', 's8': 're-REGISTER + be called'}
# nobody dies; the callee is slow (--slow): w with a 100 after 200 ms, as RFC 3261 17.2.1 wants it, m without, as many phones are
SLOW = [k + n for k in 'wm' for n in '12345']
DESC |= {k + n: d + t for k, d in (('w', 'slow, '), ('m', 'mute, '))
         for n, t in (('1', 'answered'), ('2', 'CANCEL while silent'), ('3', 'CANCEL while ringing'), ('4', 'refused after ringing'), ('5', 'refused without ringing'))}
CANCELLED = ['s2c', 'w2', 'w3', 'm2', 'm3']


class Call:
    def __init__(s, i, stage):
        s.i, s.stage = i, stage
        s.t = {}
        s.drop = stage == 's1c'
        s.cancelled = False
        s.uac_state = s.uas_state = 'idle'
        s.ev_up = asyncio.Event()
        s.step = None          # added delay if step completed
        s.clean = False
        s.why = ''
        s.d = random.uniform(H.after[0], H.after[1])
        s.ring = H.ring
        s.refuses = stage in ('w4', 'm4')

    async def gate180(s):
        if s.stage == 's1b':
            await H.ev_kill.wait()
            await asyncio.sleep(s.d)
        elif s.stage in SLOW:
            await asyncio.sleep(H.slow[0] - (0.2 if s.stage[0] == 'w' else 0))

    async def gate200(s):
        st = s.stage
        if st in ('s1a', 's1b', 's1c', 's7', 's8'):
            await asyncio.sleep(s.ring)
        elif st == 's2':
            await H.ev_kill.wait(); await asyncio.sleep(s.d)
        elif st == 's2c':
            await asyncio.sleep(1e6)
        elif st == 's3':
            await H.ev_freeze.wait()
        elif st == 's4':
            await H.ev_pre2.wait()
        elif st == 'r':
            await asyncio.sleep(s.rring)
        elif st in SLOW:
            await asyncio.sleep(H.slow[1] - H.slow[0])

    async def start(s):
        st = s.stage
        if st == 's1a':
            await H.ev_freeze.wait()
        elif st in ('s1b', 's1c'):
            await H.ev_pre.wait(); await asyncio.sleep(random.uniform(0, 0.1))
        elif st in ('s7', 's8'):
            await H.ev_kill.wait(); await asyncio.sleep(s.d)
        elif st == 'r':
            await H.ev_setup.wait(); await asyncio.sleep(s.rstart)
        else:
            await H.ev_setup.wait(); await asyncio.sleep(random.uniform(0, H.setup_time * 0.8))

    async def run(s):
        try:
            await s.script()
        except asyncio.CancelledError:
            s.why = s.why or 'unfinished at deadline'
        except Exception as e:
            s.why = 'EXC ' + repr(e)
            H.errors[repr(e)[:120]] += 1

    async def script(s):
        st, a, b, T = s.stage, s.uac, s.uas, s.t
        await s.start()
        base = now()
        if st == 's8':
            r = await b.register()
            if not r or r.status != 200:
                s.why = 're-REGISTER failed'
                return
            T['reg'] = now() - base
            base = now()
        cid, ft = rid(), rid(4)
        T['inv_tx'] = now()
        s.uac_state = 'calling'

        def prov(m):
            if m.status == 100:
                T.setdefault('100_rx', now())
            elif m.status > 100:
                T.setdefault('180_rx', now())
                s.uac_state = 'ringing'
        tx = ClientTx(a, 'INVITE', a.build_invite(b.user, cid, ft, 1), H.outbound, on_prov=prov)
        s.tx = tx
        if st in CANCELLED:
            H.task(s.cancel(tx))
        r = await tx.run()
        if r is None:
            s.why = 'INVITE ' + (tx.cause or 'fail'); s.uac_state = 'failed'
            return
        if st in CANCELLED:
            s.uac_state = 'ended'
            if r.status == 487 and 'cancel_rx' in T:
                s.step = max(0, now() - T['cancel_tx']); s.clean = True
            else:
                s.why = 'final %d' % r.status
            return
        if st in SLOW and st[1] in '45' and r.status == 486:
            s.uac_state = 'refused'
            s.step = max(0, now() - base - H.slow[1 if s.refuses else 0]); s.clean = True
            return
        if r.status >= 300:
            s.why = 'final %d' % r.status; s.uac_state = 'failed'
            return
        T['200_rx'] = now()
        a.dlg = Dialog(cid, ft, r.tag('to'), '<sip:%s@%s>' % (a.user, H.domain), split_params(r.g('to'))[0], Uri(r.h['contact'][0]).s,
                       list(reversed(r.h.get('record-route', ()))), 1)
        if st == 's4':
            await H.ev_freeze.wait()
        s.uac_state = 'up'
        a.send_ack2xx(cseq=1, src=tx.rx_from)
        await asyncio.wait_for(s.ev_up.wait(), max(0.1, H.deadline() - now()))
        t = T['ack_rx']
        if st in ('s1a', 's1c'):
            s.step = t - H.tk() - s.ring
        elif st == 's1b':
            s.step = t - T['180_tx'] - s.ring
        elif st == 's2':
            s.step = t - T['200_tx']
        elif st in ('s3', 's4'):
            s.step = t - H.tk()
        elif st in ('w1', 'm1'):
            s.step = t - base - H.slow[1]
        elif st == 's7':
            s.step = t - base - s.ring
        elif st == 's8':
            s.step = t - base - s.ring + T['reg']
        if st == 'r':
            await asyncio.sleep(s.rtalk / 2)
            if s.rre:
                ph = a if s.i % 2 else b
                s.in_re = True
                r, x = await ph.request('INVITE', SDP)
                s.in_re = False
                if not r or r.status != 200:
                    s.why = 're-INVITE ' + (str(r.status) if r else x.cause)
                    s.badre = True
            await asyncio.sleep(s.rtalk / 2)
        if st in ('s5a', 's5b', 's6a', 's6b'):
            await H.ev_kill.wait(); await asyncio.sleep(s.d)
        if st in ('s5a', 's5b'):
            ph, other = (a, b) if st == 's5a' else (b, a)
            t0 = now()
            r, x = await ph.request('INVITE', SDP)
            if r and r.status == 200:
                while 're_ack' not in T and now() < H.deadline():
                    await asyncio.sleep(0.01)
                if 're_ack' in T:
                    s.step = T['re_ack'] - t0
                else:
                    s.why = 're-INVITE no ACK'
            else:
                s.why = 're-INVITE ' + (str(r.status) if r else x.cause)
        if st == 's6b':
            ph, other = b, a
        elif st == 'r' and s.i % 3 == 0:
            ph, other = b, a
        else:
            ph, other = a, b
            if st not in ('s6a', 'r'):
                await asyncio.sleep(0.2)
        t0 = now()
        s.in_bye = True
        r, x = await ph.request('BYE')
        s.in_bye = False
        ok = bool(r and (r.status == 200 or (r.status == 481 and other.got_bye)) and other.got_bye)
        if st in ('s6a', 's6b') and ok:
            s.step = now() - t0
        if ok:
            s.uac_state = s.uas_state = 'ended'
        elif not s.why:
            s.why = 'BYE ' + (str(r.status) if r else x.cause)
        s.clean = ok and (st == 'r' or s.step is not None) and not getattr(s, 'badre', False)
        if not ok:
            if ph is a: s.uac_state = 'byefail'
            else: s.uas_state = 'byefail'

    async def cancel(s, itx):
        if s.stage in SLOW:
            await asyncio.sleep(H.slow[0] / 2 if s.stage[1] == '2' else sum(H.slow) / 2)
        else:
            await H.ev_kill.wait(); await asyncio.sleep(s.d)
        s.t['cancel_tx'] = now()
        itx.given_up = True
        a = s.uac
        inv = Msg(itx.build(itx.branch))

        def b(branch):
            return ('CANCEL %s SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n' % (
                inv.uri, inv.h['via'][0], inv.g('from'), inv.g('to'), inv.g('call-id'))).encode()
        dests = list(dict.fromkeys(itx.sent_to)) if a.aware else [itx.cur]      # RFC 3261 9.1: where the INVITE went
        if a.aware:
            dests += [x for x in H.outbound if x not in dests]
        tx = ClientTx(a, 'CANCEL', b, dests, branch=itx.branch, paths=itx.sent_to)
        r = await tx.run()
        s.why = s.why or ('CANCEL ' + (str(r.status) if r else tx.cause))

    def classify(s):      # random mode: what was it doing at the kill?
        T = s.t
        if 'inv_tx' not in T: return 's7'
        if s.clean or s.uac_state in ('ended', 'failed'): return 'done'
        if getattr(s, 'in_re', 0): return 's5 re-INVITE in flight'
        if getattr(s, 'in_bye', 0): return 's6 BYE in flight'
        if 'ack_rx' in T: return 's5/6 established'
        if '200_rx' in T: return 's4'
        if '200_tx' in T: return 's3'
        if '180_rx' in T: return 's2'
        if '180_tx' in T: return 's1 (180 in flight)'
        return 's1'

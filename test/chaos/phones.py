"""A simulated phone: one UDP socket, its transactions, its registration and its one call."""
import asyncio, socket, struct
from collections import Counter

from run import H, SDP, now, rid
from sipmsg import Msg, Via, Uri, split_params
from transactions import ClientTx, Dialog, ServerTx

IP_RECVERR = 11


class Phone:
    def __init__(s, user, ip, port, aware):
        s.user, s.ip, s.port, s.aware = user, ip, port, aware
        s.ctx, s.stx = {}, {}
        s.deadmap = {}
        s.call = None
        s.dlg = None
        s.ackdata = None
        s.ackdests = []
        s.acked = {}     # cseq -> Event (UAS side of an INVITE)
        s.invs = {}      # (callid,fromtag,cseq) -> ServerTx
        s.inv_handler = None
        s.stats = Counter()
        s.got_bye = s.sent_bye = False
        s.bye_rx = None
        s.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.sock.setblocking(False)
        s.sock.bind((ip, port))
        asyncio.get_running_loop().add_reader(s.sock.fileno(), s.readable)

    def close(s):
        asyncio.get_running_loop().remove_reader(s.sock.fileno())
        s.sock.close()

    @property
    def contact(s):
        return '<sip:%s@%s:%d>' % (s.user, s.ip, s.port)

    # --- dead-target memory
    def dead(s, a):
        t = s.deadmap.get(a)
        return bool(t and now() < t)

    def mark(s, a):
        if H.blacklist > 0:
            s.deadmap[a] = now() + H.blacklist

    # --- io
    def send(s, data, addr):
        s.stats['tx'] += 1
        for _ in range(3):
            try:
                s.sock.sendto(data, addr)
                return
            except OSError as e:
                if e.errno in (101, 113, 1):      # local: no route / ARP failed
                    asyncio.get_running_loop().call_soon(s.on_err, addr, e.errno, data)
                    return
                s.drain_err()                     # a pending ICMP of an earlier datagram

    def drain_err(s):
        while True:
            try:
                d, anc, fl, addr = s.sock.recvmsg(65535, 1024, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
            except OSError:
                return
            for lvl, ty, cd in anc:
                if lvl == socket.IPPROTO_IP and ty == IP_RECVERR:
                    en = struct.unpack('=I', cd[:4])[0]
                    H.icmp += 1
                    asyncio.get_running_loop().call_soon(s.on_err, addr, en, d)

    def readable(s):
        s.drain_err()
        while True:
            try:
                d, a = s.sock.recvfrom(65535)
            except BlockingIOError:
                return
            except OSError:
                s.drain_err()
                continue
            try:
                m = Msg(d)
                if m.status:
                    s.on_resp(m, a)
                else:
                    s.on_req(m, a)
            except Exception as e:
                H.errors[repr(e)[:120]] += 1

    def on_err(s, addr, en, data):
        s.mark(addr)
        if H.t_kill and H.first_icmp is None:
            H.first_icmp = now()
        head = data.split(b'\r\n')             # ICMP quotes some 520 bytes only: the message may be cut, so its first Via is all that is read
        via = next((x for x in head if x[:4].lower() == b'via:'), None)
        try:
            v = Via(via[4:].decode()) if via else None
        except (ValueError, IndexError):
            v = None
        if v is None:
            return
        if head[0].startswith(b'SIP/2.0'):
            for method in ('INVITE', 'BYE', 'CANCEL', 'PRACK', 'UPDATE'):
                tx = s.stx.get((v.branch, v.sentby, method))
                if tx and tx.last and tx.last.startswith(data[:400]):
                    tx.on_err(addr)
        elif head[0].startswith(b'ACK'):
            if s.ackdata and s.ackdata.startswith(data) and addr in s.ackdests:
                i = s.ackdests.index(addr)
                if i + 1 < len(s.ackdests):
                    s.send(s.ackdata, s.ackdests[i + 1])
        else:
            tx = s.ctx.get((v.branch, head[0].split(b' ')[0].decode('latin1')))
            if tx:
                tx.q.put_nowait(('err', addr, en))

    # --- responses
    def on_resp(s, m, a):
        s.deadmap.pop(a, None)                  # who speaks is alive
        n, me = m.cseq()
        tx = s.ctx.get((m.via().branch, me))
        if me == 'INVITE' and 200 <= m.status < 300 and s.ackdata and s.dlg and m.g('call-id') == s.dlg.callid and s.ackcseq == n:
            s.stats['dup200'] += 1              # retransmitted 2xx: ACK again
            s.send_ack2xx(again=True, src=a)
            return
        if tx and tx.last_failure and m.status >= 300:
            s.send_ack_non2xx(tx, m, a)         # a copy of the failure, or of another path's: RFC 3261 17.1.1.2
        if tx:
            tx.q.put_nowait(('resp', m, a))

    def send_ack_non2xx(s, tx, m, tgt):
        inv = Msg(tx.build(tx.branch))
        out = ['ACK %s SIP/2.0' % inv.uri, 'Via: ' + inv.h['via'][0], 'Max-Forwards: 70']
        out += ['Route: ' + r for r in inv.h.get('route', ())]
        out += ['From: ' + inv.g('from'), 'To: ' + m.g('to'), 'Call-ID: ' + inv.g('call-id'),
                'CSeq: %d ACK' % inv.cseq()[0], 'Content-Length: 0']
        s.send('\r\n'.join(out).encode() + b'\r\n\r\n', tgt)

    def build_indialog(s, method, cseq, body=b''):
        d = s.dlg

        def b(branch):
            out = ['%s %s SIP/2.0' % (method, d.target), 'Via: SIP/2.0/UDP %s:%d;rport;branch=%s' % (s.ip, s.port, branch), 'Max-Forwards: 70']
            out += ['Route: ' + r for r in d.routes]
            out += ['From: %s;tag=%s' % (d.luri, d.ltag), 'To: %s;tag=%s' % (d.ruri, d.rtag), 'Call-ID: ' + d.callid,
                    'CSeq: %d %s' % (cseq, method), 'Contact: ' + s.contact]
            if body:
                out.append('Content-Type: application/sdp')
            out.append('Content-Length: %d' % len(body))
            return '\r\n'.join(out).encode() + b'\r\n\r\n' + body
        return b

    def send_ack2xx(s, again=False, cseq=None, src=None):
        if not again:
            s.ackcseq = cseq
            s.ackdata = s.build_indialog('ACK', cseq)('z9hG4bK' + rid())
        s.ackdests = s.dlg.dests(s.aware)
        ds = [x for x in s.ackdests if not s.dead(x)] or s.ackdests
        hint = s.aware and H.o.hint and src and src in s.ackdests and src != ds[0]   # the 2xx itself came from an alternate
        if s.aware and (again or hint or H.o.ack_both):
            for x in s.ackdests:       # a duplicate 2xx means my ACK was lost: use every path
                s.send(s.ackdata, x)
        else:
            s.send(s.ackdata, ds[0])

    async def request(s, method, body=b'', on_prov=None):
        d = s.dlg
        d.cseq += 1
        cs = d.cseq
        tx = ClientTx(s, method, s.build_indialog(method, cs, body), d.dests(s.aware), on_prov=on_prov)
        r = await tx.run()
        if method == 'INVITE' and r and 200 <= r.status < 300:
            s.send_ack2xx(cseq=cs, src=tx.rx_from)
        return r, tx

    async def register(s):
        cid = rid()
        ft = rid(4)

        def b(branch):
            return ('REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\n'
                    'To: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: 1 REGISTER\r\nContact: %s\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n' % (
                        H.domain, s.ip, s.port, branch, s.user, H.domain, ft, s.user, H.domain, cid, s.contact)).encode()
        tx = ClientTx(s, 'REGISTER', b, H.outbound)
        return await tx.run()

    def build_invite(s, callee, cid, ft, cseq):
        def b(branch):
            return ('INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\n'
                    'To: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %d INVITE\r\nContact: %s\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n' % (
                        callee, H.domain, s.ip, s.port, branch, s.user, H.domain, ft, callee, H.domain, cid, cseq, s.contact, len(SDP))).encode() + SDP
        return b

    # --- requests (UAS side)
    def on_req(s, m, a):
        s.deadmap.pop(a, None)
        v = m.via()
        n, me = m.cseq()
        if m.method == 'ACK':
            ev = s.acked.get(n)
            if ev:
                ev.set()
            tx = s.stx.get((v.branch, v.sentby, 'INVITE'))
            if tx and tx.code >= 300:
                tx.ackev.set()
                if s.call: s.call.t.setdefault('ack_fail_rx', now())
            return
        key = (v.branch, v.sentby, m.method)
        tx = s.stx.get(key)
        if tx:
            s.stats['rtx_rx'] += 1
            tx.src = a
            tx.push()
            return
        if m.method == 'CANCEL':
            tx = ServerTx(s, m, a)
            s.stx[key] = tx
            itx = s.stx.get((v.branch, v.sentby, 'INVITE'))
            if not itx:
                tx.respond(481, 'No INVITE')
                s.stats['cancel481'] += 1
                return
            tx.respond(200, 'OK')
            if itx.code < 200:
                if s.call:
                    s.call.t.setdefault('cancel_rx', now())
                    s.call.cancelled = True
                itx.ackev = asyncio.Event()
                itx.respond(487, 'Request Terminated')
                H.task(s.retrans_final(itx, itx.ackev))
            return
        tx = ServerTx(s, m, a)
        if m.method == 'INVITE':
            if not m.tag('to'):
                if s.call and s.call.drop and not H.t_kill:
                    s.stats['dropped'] += 1
                    return
                ik = (m.g('call-id'), m.tag('from'), n)
                if ik in s.invs:
                    s.stx[key] = tx
                    s.stats['merged482'] += 1      # RFC 3261 8.2.2.2
                    tx.ackev = asyncio.Event()
                    if H.merge == 'strict':
                        tx.respond(482, 'Loop Detected')
                        H.task(s.retrans_final(tx, tx.ackev))
                    return
                s.invs[ik] = tx
            s.stx[key] = tx
            H.task(s.uas_invite(tx, m))
            return
        s.stx[key] = tx
        if m.method == 'BYE':
            if s.dlg and m.g('call-id') == s.dlg.callid and not s.got_bye:
                s.got_bye = True
                s.bye_rx = now()
                tx.respond(200, 'OK')
            elif s.got_bye:
                tx.respond(481, 'Gone')
            else:
                tx.respond(481, 'No dialog')
        else:
            tx.respond(200, 'OK')

    async def retrans_final(s, tx, ackev):
        """Timer G/H; aware phones hedge on silence"""
        iv = H.T1
        t0 = now()
        while now() - t0 < 64 * H.T1:
            try:
                await asyncio.wait_for(ackev.wait(), iv)
                return True
            except asyncio.TimeoutError:
                pass
            if s.aware and now() - t0 >= H.probe and len(tx.dests) > 1:
                tx.hedge = True
            tx.push()
            iv = min(iv * 2, H.T2)
        return False

    async def uas_invite(s, tx, m):
        n = m.cseq()[0]
        ev = s.acked[n] = asyncio.Event()
        c = s.call
        if m.tag('to'):      # re-INVITE
            if s.got_bye or not s.dlg:
                tx.ackev = ev
                tx.respond(481, 'No dialog')
                return
            tx.respond(200, 'OK', ['Contact: ' + s.contact], SDP)
            if await s.retrans_final(tx, ev) and c:
                c.t.setdefault('re_ack', now())
            return

        if c.stage[0] == 'w':
            await asyncio.sleep(0.2)
            if not c.cancelled:
                tx.respond(100, 'Trying')
        await c.gate180()
        if c.cancelled:
            return
        if c.stage in ('w5', 'm5'):                     # refused without a ring
            tx.ackev = ev
            c.uas_state = 'refused'
            tx.respond(486, 'Busy Here')
            await s.retrans_final(tx, ev)
            return
        s.stats['rings'] += 1
        c.t.setdefault('180_tx', now())
        s.dlg = Dialog(m.g('call-id'), tx.totag, m.tag('from'), m.g('to').split(';tag=')[0], split_params(m.g('from'))[0],
                       Uri(m.h['contact'][0]).s, list(m.h.get('record-route', ())), 1000)
        c.uas_state = 'ringing'
        tx.respond(180, 'Ringing', ['Contact: ' + s.contact])
        await c.gate200()
        if c.cancelled:
            c.uas_state = 'cancelled'
            return
        if c.refuses:
            tx.ackev = ev
            c.uas_state = 'refused'
            tx.respond(486, 'Busy Here')
            await s.retrans_final(tx, ev)
            return
        c.t['200_tx'] = now()
        c.uas_state = 'answered'
        tx.respond(200, 'OK', ['Contact: ' + s.contact], SDP)
        ok = await s.retrans_final(tx, ev)
        if ok:
            c.t['ack_rx'] = now()
            c.uas_state = 'up'
            c.ev_up.set()
        else:
            c.uas_state = 'noack'      # RFC 3261 13.3.1.4: give up, BYE
            await s.request('BYE')

"""SIP transactions as the simulated phones run them (RFC 3261 section 17), stock and aware, and the dialog that they belong to."""
import asyncio

from run import H, now, rid
from sipmsg import Via, Uri, altlist as altaddrs, split_params


class ClientTx:
    """paths: where an aware phone sends the first copy at once, each of them a target (a CANCEL follows its INVITE)"""
    def __init__(s, ph, method, build, targets, branch=None, on_prov=None, aware=None, paths=()):
        s.ph, s.method, s.build, s.on_prov = ph, method, build, on_prov
        s.targets = list(dict.fromkeys(targets))
        s.paths = [p for p in paths if p in s.targets]
        s.given_up = False      # the user does not want it any more
        s.last_failure = None   # the failure that ended it: a copy of it is acknowledged again
        s.fixed = branch
        s.branch = branch
        s.q = asyncio.Queue()
        s.aware = ph.aware if aware is None else aware
        s.got100 = s.got18x = False
        s.cause = ''
        s.cur = None
        s.sent_to = []
        s.tries = 0
        s.rx_from = None

    def reg(s, b):
        s.branch = b
        s.ph.ctx[(b, s.method)] = s

    async def wait(s, t):
        try:
            return await asyncio.wait_for(s.q.get(), max(0.0, t - now()))
        except asyncio.TimeoutError:
            return None

    def prov(s, m):
        s.got100 = True
        if m.status > 100:
            s.got18x = True
        if s.on_prov:
            s.on_prov(m)

    def final(s, m, tgt):
        s.rx_from = s.lastsrc
        if s.method == 'INVITE' and m.status >= 300:
            s.last_failure = m.status
            s.ph.send_ack_non2xx(s, m, tgt)

    async def run(s):
        ph = s.ph
        order = [t for t in s.targets if not ph.dead(t)] or s.targets
        if s.aware:
            return await s.run_aware(order)
        for tgt in order:
            s.reg(s.fixed or ('z9hG4bK' + rid()))
            r = await s.attempt(tgt)
            if r is not None:
                if r.status == 503 and tgt != order[-1]:
                    continue
                return r
            if s.cause == 'deadline':
                return None
        return None

    async def attempt(s, tgt):
        ph, T1, T2 = s.ph, H.T1, H.T2
        inv = s.method == 'INVITE'
        s.cur = tgt
        s.tries += 1
        data = s.build(s.branch)
        t0 = now(); iv = T1; nxt = t0 + iv; tmo = t0 + 64 * T1; prov = False
        ph.send(data, tgt)
        s.sent_to.append(tgt)
        while True:
            t = H.deadline() if (prov and inv) else min(nxt, tmo)
            ev = await s.wait(t)
            n = now()
            if ev is None:
                if n >= H.deadline():
                    s.cause = 'deadline'
                    return None
                if prov and inv:
                    continue
                if n >= tmo:
                    ph.mark(tgt); s.cause = 'timeout'
                    return None
                if n >= nxt:
                    ph.send(data, tgt)
                    iv = iv * 2 if inv else (T2 if prov else min(iv * 2, T2))
                    nxt = n + iv
            elif ev[0] == 'err':
                if ev[1] == tgt:
                    ph.mark(tgt); s.cause = 'icmp'
                    return None
            else:
                m = ev[1]; s.lastsrc = ev[2]
                if m.status < 200:
                    prov = True; s.prov(m)
                else:
                    s.final(m, tgt)
                    return m

    async def run_aware(s, order):
        """constant branch; ICMP -> next alternate at once; no answer within probe -> hedge to the next alternate;
        INVITE stuck on 100 for guard -> hedge; a failure from one path is held while another may do better."""
        ph, T1, T2 = s.ph, H.T1, H.T2
        inv = s.method == 'INVITE'
        alts = order + [t for t in s.targets if t not in order]
        s.reg(s.fixed or ('z9hG4bK' + rid()))
        data = s.build(s.branch)
        t0 = now(); iv = T1; nxt = t0 + iv; tmo = t0 + 64 * T1
        active = s.paths or [alts[0]]
        alts = [a for a in alts if a not in active]
        s.cur = active[0]
        since = {}              # path -> when its first copy went out
        rang, failed, held = set(), set(), None
        probe = t0 + H.probe
        guard = None
        for a in active:
            ph.send(data, a); s.sent_to.append(a); since[a] = t0
        prov = False

        def nextalt():
            nonlocal iv, nxt
            if not alts:
                return False
            a = alts.pop(0)
            active.append(a); s.cur = a; s.sent_to.append(a); since[a] = now()
            iv = T1; nxt = now() + iv
            ph.send(data, a)
            return True

        def better(a, n):
            """may this path still bring more than the failure that is held?"""
            return a not in failed and not ph.dead(a) and (a in rang or n < since[a] + 64 * T1)
        while True:
            silent = not (prov and inv)
            ts = [H.deadline()]
            if held:
                if not any(better(a, now()) for a in active):
                    return held
                ts += [since[a] + 64 * T1 for a in active if a not in failed and a not in rang]
            if silent:
                ts += [nxt, tmo]
            if not prov and alts:
                ts.append(probe)
            if guard and alts and not s.got18x:
                ts.append(guard)
            ev = await s.wait(min(ts))
            n = now()
            if ev is None:
                if n >= H.deadline():
                    s.cause = 'deadline'
                    return None
                if silent and n >= tmo:
                    s.cause = 'timeout'
                    return None
                if not prov and alts and n >= probe:
                    ph.mark(active[0]); nextalt(); probe = n + H.probe
                    continue
                if guard and not s.got18x and alts and n >= guard:
                    nextalt(); guard = n + H.guard
                    continue
                if silent and n >= nxt:
                    for a in active:
                        ph.send(data, a)
                    iv = iv * 2 if inv else (T2 if prov else min(iv * 2, T2))
                    nxt = n + iv
            elif ev[0] == 'err':
                ph.mark(ev[1])
                if ev[1] in active and ev[1] == s.cur:
                    s.cause = 'icmp'
                    if not nextalt() and len(active) > 1:
                        s.cur = active[0]      # go round: maybe it came back
            else:
                m = ev[1]; s.lastsrc = ev[2]
                if m.status < 200:
                    prov = True; s.prov(m)
                    if m.status > 100:
                        rang.add(ev[2])
                    if inv and H.guard > 0 and guard is None:
                        guard = n + H.guard
                    continue
                s.final(m, ev[2])
                # a path that rang speaks for the callee; what the user gave up, and a 6xx, ends at once
                if m.status < 300 or m.status >= 600 or not inv or s.given_up or ev[2] in rang:
                    return m
                failed.add(ev[2])
                held = held or m


class ServerTx:
    def __init__(s, ph, m, src):
        s.ph, s.req, s.src = ph, m, src
        v = m.via()
        port = src[1] if 'rport' in v.p else v.port
        first = (src[0], port)
        d = [first]
        for a in H.resolve(v.host, v.port):   # RFC 3263 s.5 fallback: sent-by (name -> all its addresses)
            d.append(a)
        if ph.aware:
            d += altlist(v.p.get('alternatepath'))
        s.dests = list(dict.fromkeys(d))
        s.last = None
        s.code = 0
        s.i = 0
        s.hedge = False
        s.totag = rid(4)
        while s.i < len(s.dests) - 1 and ph.dead(s.dests[s.i]):
            s.i += 1

    def respond(s, code, reason, extra=(), body=b''):
        m = s.req
        out = ['SIP/2.0 %d %s' % (code, reason)]
        vias = m.h['via']
        v0 = vias[0]
        p = split_params(v0)
        q = [p[0]]
        v = Via(v0)
        for x in p[1:]:
            if x.strip().lower() == 'rport':
                x = 'rport=%d' % s.src[1]
            if not x.strip().lower().startswith('received='):
                q.append(x)
        if v.host != s.src[0] or 'rport' in v.p:
            q.append('received=' + s.src[0])
        out.append('Via: ' + ';'.join(q))
        out += ['Via: ' + x for x in vias[1:]]
        if code > 100:
            out += ['Record-Route: ' + x for x in m.h.get('record-route', ())]
        out.append('From: ' + m.g('from'))
        to = m.g('to')
        if code > 100 and not m.tag('to'):
            to += ';tag=' + s.totag
        out.append('To: ' + to)
        out.append('Call-ID: ' + m.g('call-id'))
        out.append('CSeq: ' + m.g('cseq'))
        out += list(extra)
        if body:
            out.append('Content-Type: application/sdp')
        out.append('Content-Length: %d' % len(body))
        s.last = '\r\n'.join(out).encode() + b'\r\n\r\n' + body
        s.code = code
        s.push()

    def push(s):
        if s.last is None:
            return
        if s.hedge:
            for d in s.dests:
                s.ph.send(s.last, d)
        else:
            s.ph.send(s.last, s.dests[s.i])

    def on_err(s, addr):
        s.ph.mark(addr)
        if not s.hedge and s.dests[s.i] == addr and s.i < len(s.dests) - 1:
            s.i += 1
            s.push()


def altlist(v):
    """alternatePath value -> addresses, names through the phones' DNS"""
    return [d for h, p in altaddrs(v) for d in H.resolve(h, p)]


class Dialog:
    def __init__(s, callid, ltag, rtag, luri, ruri, target, routes, cseq):
        s.callid, s.ltag, s.rtag, s.luri, s.ruri = callid, ltag, rtag, luri, ruri
        s.target, s.routes, s.cseq = target, routes, cseq

    def dests(s, aware):
        u = Uri(s.routes[0] if s.routes else s.target)
        d = H.resolve(u.host, u.port)
        if aware:
            d = d + altlist(u.p.get('alternatepath'))
            if s.routes and '>' in s.routes[0]:      # also accept it as a header parameter
                for x in split_params(s.routes[0])[1:]:
                    if x.strip().lower().startswith('alternatepath='):
                        d += altlist(x.strip().split('=', 1)[1])
        return list(dict.fromkeys(d))

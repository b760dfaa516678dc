#!/usr/bin/env python3
"""Survivability (chaos) harness for a pair of SIP proxies: simulated phones, one fault, a result per stage of a call. See README.md."""
import argparse, asyncio, json, os, random, shlex, signal, socket, statistics, subprocess, sys, tempfile
from collections import Counter

from calls import ALL, DESC, SLOW, Call
from phones import Phone
from run import H, now, rid
from sipmsg import hostport


def session_pids(sid):
    out = []
    for p in os.listdir('/proc'):
        if p.isdigit():
            try:
                f = open('/proc/%s/stat' % p).read().rsplit(')', 1)[1].split()
                if int(f[3]) == sid and f[0] != 'Z':
                    out.append(int(p))
            except OSError:
                pass
    return out


def spawn(cmd, log):
    f = open(log, 'ab')
    return subprocess.Popen(shlex.split(cmd), stdout=f, stderr=f, stdin=subprocess.DEVNULL, start_new_session=True)


def sig(proc, sg):
    for p in session_pids(proc.pid):
        try:
            os.kill(p, sg)
        except OSError:
            pass


async def ready(addr, tmo=8):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setblocking(False); s.bind((H.o.uac_ip, 0))
    ip, port = s.getsockname()
    t0 = now()
    while now() - t0 < tmo:
        try:
            s.sendto(('OPTIONS sip:ping@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;rport;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: <sip:h@h>;tag=1\r\n'
                      'To: <sip:ping@h>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n' % (addr[0], ip, port, rid(), rid())).encode(), addr)
        except OSError:
            pass
        await asyncio.sleep(0.1)
        try:
            s.recv(4096)
            s.close()
            return True
        except OSError:
            pass
    s.close()
    return False


def pct(v, p):
    if not v: return None
    v = sorted(v)
    return v[min(len(v) - 1, int(p / 100 * len(v)))]


async def main(o):
    H.o = o
    H.T1 = o.t1; H.T2 = 8 * o.t1
    H.names = {}
    for x in o.name:
        k, v = x.split('=')
        H.names[k] = [hostport(y) for y in v.split(',')]
    H.domain = o.domain

    def resolve(h, p):
        return list(H.names[h]) if h in H.names else [(h, p)]
    H.resolve = resolve
    H.outbound = [hostport(x) for x in o.outbound.split(',')]
    H.blacklist = o.blacklist
    H.probe = o.probe * o.t1; H.guard = o.guard * o.t1
    H.merge = o.merge
    H.ring = o.ring
    H.slow = tuple(float(x) for x in o.slow.split(':'))
    H.after = tuple(float(x) for x in o.after.split(':'))
    H.icmp = 0; H.errors = Counter(); H.first_icmp = None
    H.t_kill = None
    H.hard = now() + 1e6
    H.deadline = lambda: H.hard
    H.t_stop = None
    H.tk = lambda: H.t_kill or H.t_stop
    for e in ('setup', 'pre', 'pre2', 'freeze', 'kill'):
        setattr(H, 'ev_' + e, asyncio.Event())
    tasks = set()

    def task(co):
        t = asyncio.ensure_future(co)
        tasks.add(t)
        t.add_done_callback(tasks.discard)
        return t
    H.task = task
    procs = []
    log = o.log
    pa = spawn(o.start_a, log) if o.start_a else None
    if pa: procs.append(pa)
    if o.start_b:
        procs.append(spawn(o.start_b, log))
    res = {}
    phones = []
    try:
        for a in dict.fromkeys([hostport(x) for x in o.wait_ready.split(',')] if o.wait_ready else H.outbound):
            if not await ready(a):
                raise SystemExit('proxy %s:%d not ready (see %s)' % (a[0], a[1], log))
        stages = {'all': ALL, 'slow': SLOW}.get(o.stages) or o.stages.split(',')
        calls = []
        n = o.calls
        if o.mode == 'random':
            stages = ['r']
        per = max(1, n // len(stages))
        aw = o.aware
        k = 0
        for st in stages:
            for _ in range(per):
                c = Call(k, st)
                fa = {'all': 1, 'none': 0, 'uac': 1, 'uas': 0, 'half': k % 2}[aw]
                fb = {'all': 1, 'none': 0, 'uac': 0, 'uas': 1, 'half': (k // 2) % 2}[aw]
                c.uac = Phone('uac%d' % k, o.uac_ip, o.uac_port + k, bool(fa))
                c.uas = Phone('uas%d' % k, o.uas_ip, o.uas_port + k, bool(fb))
                c.uac.call = c.uas.call = c
                if st == 'r':
                    c.rstart = random.uniform(0, o.window)
                    c.rring = random.uniform(0.02, 1.5); c.rtalk = random.uniform(0.2, 3.0); c.rre = random.random() < 0.5
                phones += [c.uac, c.uas]
                calls.append(c)
                k += 1
        # registration, paced
        sem = asyncio.Semaphore(40)

        async def reg(c):
            async with sem:
                r = await c.uas.register()
                return bool(r and r.status == 200)
        regok = sum(await asyncio.gather(*[reg(c) for c in calls]))
        await asyncio.sleep(o.settle)
        for c in calls:
            c.task = task(c.run())
        H.setup_time = len([c for c in calls if c.stage not in ('s1a', 's1b', 's1c', 's7', 's8')]) / o.cps + 0.3
        if o.mode == 'random':
            H.setup_time = random.uniform(0.3, 0.7) * o.window
        H.ev_setup.set()
        await asyncio.sleep(H.setup_time)
        H.ev_pre.set()
        await asyncio.sleep(0.35)
        H.ev_pre2.set()
        await asyncio.sleep(0.06)
        # ---- the fault
        pre = Counter(c.stage + ':' + c.uac_state for c in calls)
        if o.mode == 'random':
            for c in calls:
                c.stage2 = c.classify()
        H.ev_freeze.set()
        stop_t = H.t_stop = now()
        if o.kill in ('kill', 'stop') and pa:
            sig(pa, signal.SIGSTOP)
        await asyncio.sleep(o.freeze)       # s1a/s3/s4 datagrams land in the frozen A's receive buffer
        if o.kill == 'kill' and pa:
            sig(pa, signal.SIGKILL)
        elif o.kill == 'cmd':
            subprocess.run(shlex.split(o.kill_cmd))
        H.t_kill = now() if o.kill == 'kill' else stop_t
        if o.kill == 'cmd': H.t_kill = now()
        H.hard = H.t_kill + (o.deadline or (2 * 64 * H.T1 + H.after[1] + 3))
        H.ev_kill.set()

        async def takeover():
            await asyncio.sleep(o.takeover_delay)
            if o.fence and pa:
                sig(pa, signal.SIGKILL)
                await asyncio.sleep(0.01)
            H.t_over = now() - H.t_kill
            if o.takeover:
                if o.takeover_daemon:
                    procs.append(spawn(o.takeover, log))
                else:
                    subprocess.Popen(shlex.split(o.takeover)).wait()

        async def revive():
            await asyncio.sleep(o.revive)
            if o.kill == 'stop':
                sig(pa, signal.SIGCONT)
            else:
                procs.append(spawn(o.start_a, log))
        if o.takeover: task(takeover())
        if o.revive: task(revive())
        while now() < H.hard and any(not c.task.done() for c in calls):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.15)
        t_end = now()
        for c in calls:
            if not c.task.done():
                c.task.cancel()
        await asyncio.gather(*[c.task for c in calls], return_exceptions=True)
        # ---- report
        rows = {}
        key = (lambda c: c.stage2) if o.mode == 'random' else (lambda c: c.stage)
        for c in calls:
            c.ok = c.clean if o.mode == 'random' else (c.step is not None)
        for st in (sorted(set(map(key, calls))) if o.mode == 'random' else stages):
            cs = [c for c in calls if key(c) == st]
            ds = [c.step for c in cs if c.step is not None]
            rows[st] = dict(n=len(cs), step_ok=sum(c.ok for c in cs), clean=sum(c.clean for c in cs),
                            med_s=round(statistics.median(ds), 3) if ds else None, p99_s=round(pct(ds, 99), 3) if ds else None,
                            why=Counter(c.why for c in cs if not c.clean).most_common(4),
                            ends=Counter('%s/%s' % (c.uac_state, c.uas_state) for c in cs if not c.clean).most_common(4),
                            ack_non2xx=sum('ack_fail_rx' in c.t for c in cs), merged=sum(c.uas.stats['merged482'] for c in cs), double_ring=sum(c.uas.stats['rings'] > 1 for c in cs))
        res = dict(label=o.label, kill=o.kill, aware=o.aware, t1=o.t1, registered=regok, calls=len(calls), rows=rows,
                   icmp=H.icmp, first_icmp_after_kill_s=round(H.first_icmp - H.t_kill, 4) if H.first_icmp else None,
                   pre=dict(pre), errors=dict(H.errors), run_s=round(t_end - H.t_kill, 1),
                   phone_tx=sum(p.stats['tx'] for p in phones),
                   args=vars(o))
    finally:
        for p in phones:
            p.close()
        for p in procs:
            sig(p, signal.SIGKILL)
        for p in procs:
            try: p.wait(2)
            except Exception: pass
    if o.json:
        with open(o.json, 'w') as f:
            json.dump(res, f, indent=1, default=str)
    print_table(res)
    return 1 if o.expect_clean and unclean(res) else 0


def unclean(res):
    """what --expect-clean finds fault with, one sentence each"""
    out = ['registered %(registered)d of %(calls)d' % res] if res['registered'] < res['calls'] else []
    for st, r in res['rows'].items():
        if r['clean'] < r['n']:
            out.append('%s: %d of %d clean' % (st, r['clean'], r['n']))
        if r['double_ring']:
            out.append('%s: %d phones rang twice' % (st, r['double_ring']))
    for line in out:
        print('NOT CLEAN', line)
    return out


def print_table(res):
    print('## %s  kill=%s aware=%s T1=%gs calls=%s registered=%s icmp=%s run=%ss' % (
        res['label'], res['kill'], res['aware'], res['t1'], res['calls'], res['registered'], res['icmp'], res['run_s']))
    if res['errors']: print('harness errors:', res['errors'])
    print('%-28s %4s %8s %8s %8s %8s  %s' % ('stage', 'n', 'step ok', 'clean', 'med s', 'p99 s', 'failures (reason; uac/uas end state)'))
    for st, r in res['rows'].items():
        print('%-28s %4d %7.1f%% %7.1f%% %8s %8s  %s%s' % ((st + ' ' + DESC.get(st, ''))[:28], r['n'], 100.0 * r['step_ok'] / r['n'], 100.0 * r['clean'] / r['n'],
              r['med_s'], r['p99_s'], '; '.join('%dx %s' % (n, w) for w, n in r['why']),
              ' | ' + ', '.join('%dx %s' % (n, w) for w, n in r['ends']) + (' merged=%d' % r['merged'] if r['merged'] else '') + (' rang twice=%d' % r['double_ring'] if r['double_ring'] else '') if r['why'] or r['merged'] or r['double_ring'] else ''))


def args():
    p = argparse.ArgumentParser()
    a = p.add_argument
    a('--label', default='run'); a('--start-a', default=''); a('--start-b', default='')
    a('--outbound', required=True, help="phones' ordered outbound list host:port[,host:port]")
    a('--wait-ready', default='', help='addresses polled with OPTIONS before starting (default: outbound)')
    a('--name', action='append', default=[], help='static DNS: name=ip:port,ip:port')
    a('--domain', default='chaos.test')
    a('--kill', choices=['none', 'kill', 'stop', 'cmd'], default='kill'); a('--kill-cmd', default='')
    a('--freeze', type=float, default=0.03)
    a('--takeover', default=''); a('--takeover-delay', type=float, default=1.0); a('--fence', action='store_true'); a('--takeover-daemon', action='store_true')
    a('--revive', type=float, default=0)
    a('--aware', choices=['none', 'all', 'uac', 'uas', 'half'], default='none')
    a('--calls', type=int, default=390); a('--stages', default='all'); a('--mode', choices=['staged', 'random'], default='staged')
    a('--window', type=float, default=6.0, help='random mode: call starts are spread over this many seconds')
    a('--cps', type=float, default=150); a('--settle', type=float, default=1.0)
    a('--t1', type=float, default=0.1); a('--probe', type=float, default=2.5, help='aware: hedge after this many T1'); a('--guard', type=float, default=6, help='aware: INVITE with only 100 for this many T1 -> hedge; 0 off')
    a('--ack-both', action='store_true', help='aware: always send the ACK for a 2xx on every path')
    a('--hint', type=int, default=1, help='aware: a 2xx arriving from an alternate makes the ACK use every path')
    a('--blacklist', type=float, default=60, help='seconds a phone remembers a dead address; 0 = strictly per transaction')
    a('--merge', choices=['strict', 'ignore'], default='strict')
    a('--after', default='0.1:3.0'); a('--ring', type=float, default=0.2); a('--deadline', type=float, default=0)
    a('--uac-ip', default='127.0.10.1'); a('--uas-ip', default='127.0.11.1'); a('--uac-port', type=int, default=20000); a('--uas-port', type=int, default=30000)
    a('--json', default=''); a('--log', default=os.path.join(tempfile.gettempdir(), 'chaos-proxies.log'), help='output of the proxies'); a('--seed', type=int, default=1)
    a('--slow', default='10:30', help='stages w and m: seconds until the callee rings, and until it answers')
    a('--expect-clean', action='store_true', help='exit 1 when a stage is not 100 %% clean or a phone rang twice')
    return p.parse_args()


if __name__ == '__main__':
    o = args()
    random.seed(o.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # by way of the finally clause that ends the proxies
    sys.exit(asyncio.run(main(o)))

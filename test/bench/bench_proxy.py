#!/usr/bin/env python3
"""CPU time per call of SIP proxies, side by side in one run (A B A B), and the highest clean rate. Loopback only; see README.md."""
import argparse, json, os, shlex, shutil, signal, statistics, subprocess, sys, tempfile, time

DIR = os.path.dirname(os.path.abspath(__file__))
KAMAILIO = ('kamailio -DD -E -b 4194304 -x fm -X fm -f {dir}/kamailio/proxy.cfg -m 1024 -M 16 -Y {run} -P {run}/k.pid '
            '-A CHILDREN=1 -A LISTENADDR=udp:{ip}:{port}')
BUILTIN = {'kamailio': (KAMAILIO, '127.0.1.1:5060')}     # fm, the fast allocator: Debian's default (qm) is several times slower


# ------------------------------------------------------------------ what the kernel accounts
def process_tree(root):
    """root, its descendants, and every process of its session"""
    stats = {}
    for d in os.listdir('/proc'):
        if d.isdigit():
            try:
                with open(f'/proc/{d}/stat') as f:
                    rest = f.read().rsplit(')', 1)[1].split()
            except OSError:
                continue
            stats[int(d)] = (int(rest[1]), int(rest[3]))     # parent, session
    out = {root} | {p for p, (_, session) in stats.items() if session == root}
    grew = True
    while grew:
        more = {p for p, (parent, _) in stats.items() if parent in out} - out
        out |= more
        grew = bool(more)
    return sorted(out)


def cpu_of(pids):
    """(user ticks, system ticks, exact ns): the exact figure is the sum of the threads' schedstat"""
    user = system = ns = 0
    for p in pids:
        try:
            with open(f'/proc/{p}/stat') as f:
                r = f.read().rsplit(')', 1)[1].split()
            user += int(r[11])
            system += int(r[12])
            for t in os.listdir(f'/proc/{p}/task'):
                with open(f'/proc/{p}/task/{t}/schedstat') as f:
                    ns += int(f.read().split()[0])
        except OSError:
            pass     # it ended meanwhile
    return user, system, ns


def memory_mb(pids):
    """proportional set size: shared pages counted once"""
    kb = 0
    for p in pids:
        try:
            with open(f'/proc/{p}/smaps_rollup') as f:
                kb += sum(int(line.split()[1]) for line in f if line.startswith('Pss:'))
        except OSError:
            pass
    return round(kb / 1024, 1)


def udp_sockets(ip, port):
    want = '%02X%02X%02X%02X:%04X' % (*reversed([int(x) for x in ip.split('.')]), port)
    with open('/proc/net/udp') as f:
        return [fields for fields in (line.split() for line in f) if len(fields) > 12 and fields[1] == want]


def drops(ip, port):
    return sum(int(fields[12]) for fields in udp_sockets(ip, port))


# ------------------------------------------------------------------ a proxy under load
class Target:
    def __init__(self, spec, pin):
        if '=' in spec:
            self.name, rest = spec.split('=', 1)
            command, listen = rest.rsplit('@', 1)
        elif spec in BUILTIN:
            self.name = spec
            command, listen = BUILTIN[spec]
        else:
            sys.exit(f'unknown target {spec}: {", ".join(BUILTIN)} or NAME=COMMAND@IP:PORT')
        self.ip, port = listen.split(':')
        self.port = int(port)
        if not self.ip.startswith('127.'):
            sys.exit('loopback only')
        self.run = tempfile.mkdtemp(prefix='bench-')
        self.command = (['taskset', '-c', pin] if pin else []) + shlex.split(command.format(dir=DIR, ip=self.ip, port=self.port, run=self.run))
        self.proc = None

    def start(self):
        log = os.path.join(self.run, 'log')
        with open(log, 'w') as out:
            self.proc = subprocess.Popen(self.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.run)
        for _ in range(200):
            time.sleep(0.1)
            if self.proc.poll() is not None:
                break
            if udp_sockets(self.ip, self.port):
                time.sleep(0.7)
                return
        with open(log) as f:
            sys.exit(f'{self.name} does not listen on {self.ip}:{self.port}\n{f.read()[-3000:]}')

    def pids(self):
        return process_tree(self.proc.pid)

    def stop(self):
        if self.proc is not None:
            pids = self.pids()
            self.proc.terminate()
            try:
                self.proc.wait(8)
            except subprocess.TimeoutExpired:
                pass
            for p in pids:
                try:
                    os.kill(p, signal.SIGKILL)
                except OSError:
                    pass
            self.proc.wait()
        shutil.rmtree(self.run, ignore_errors=True)


# ------------------------------------------------------------------ the load
class Load:
    def __init__(self, o):
        self.o, self.seq = o, 0
        self.exe = os.path.join(o.work, 'sipload')
        if not shutil.which('cc'):
            sys.exit('the load generator needs a C compiler (cc)')
        subprocess.run(['cc', '-O2', '-o', self.exe, f'{DIR}/sipload.c'], check=True)

    def run(self, target, calls, rate=0, drain=None):
        """one round; rate 0 is a closed loop of --window open calls"""
        o = self.o
        self.seq += 1
        caller, callee = f'127.0.2.{1 + self.seq % 200}', f'127.0.3.{1 + self.seq % 200}'
        command = (['taskset', '-c', o.pin_load] if o.pin_load else []) + [self.exe, target.ip, str(target.port), caller, callee, str(calls), str(o.window), str(rate)]
        pids, drops0, cpu0 = target.pids(), drops(target.ip, target.port), cpu_of(target.pids())
        done = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout)
        time.sleep(o.drain if drain is None else drain)     # timers that a call leaves behind are part of its cost
        cpu1 = cpu_of(pids)
        user, system, ns = (b - a for a, b in zip(cpu0, cpu1))
        per_call = ns / 1000 / max(1, done['ok'])
        return dict(target=target.name, calls=done['calls'], failed=done['failed'], repeated=done['dup'], dropped=drops(target.ip, target.port) - drops0,
                    cps=done['cps'], cpu_us_per_call=round(per_call, 2), cpu_user_us_per_call=round(per_call * user / max(1, user + system), 2),
                    cpu_load_pct=round(ns / 1e7 / max(.001, done['elapsed_s']), 1), pss_mb=memory_mb(pids),
                    invite_us_p50=done['rt1_us_p50'], invite_us_p99=done['rt1_us_p99'], bye_us_p50=done['rt2_us_p50'], bye_us_p99=done['rt2_us_p99'])


def compare(load, targets, o):
    """rounds in turn; the median of each target, and its ratio to the first"""
    for t in targets:
        load.run(t, o.warmup, drain=0.2)
    rows = []
    for number in range(o.rounds):
        for t in targets:
            rows.append(dict(load.run(t, o.calls, o.rate), round=number))
            print(json.dumps(rows[-1]), flush=True)
    base = None
    for t in targets:
        mine = [r for r in rows if r['target'] == t.name]
        cost = [r['cpu_us_per_call'] for r in mine]
        median = round(statistics.median(cost), 2)
        base = base or median
        print(json.dumps(dict(summary=True, target=t.name, rounds=len(mine), cpu_us_per_call=median, spread=[min(cost), max(cost)], ratio=round(median / base, 2),
                              cps=round(statistics.median(r['cps'] for r in mine)), pss_mb=max(r['pss_mb'] for r in mine),
                              failed=sum(r['failed'] for r in mine), repeated=sum(r['repeated'] for r in mine), dropped=sum(r['dropped'] for r in mine))), flush=True)


def find_max(load, target, o):
    """the highest rate with nothing failed, repeated or dropped: doubling, then halving the gap"""
    good, bad, rate = 0, None, o.rate or 500
    for _ in range(10):
        r = load.run(target, int(rate * o.step_s), rate)
        clean = r['failed'] == 0 and r['repeated'] == 0 and r['dropped'] == 0 and r['cps'] > rate * 0.9
        print(json.dumps(dict(r, rate=rate, clean=clean)), file=sys.stderr, flush=True)
        if clean:
            good = rate
        else:
            bad = rate
            time.sleep(1.5)
        rate = rate * 2 if bad is None else (good + bad) // 2
        if bad is not None and bad - good < max(50, good * 0.08):
            break
    print(json.dumps(dict(max=True, target=target.name, cps=good)), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--target', action='append', required=True, help='kamailio, or NAME=COMMAND@IP:PORT; repeat: the first is the base of the ratio')
    p.add_argument('--calls', type=int, default=10_000)
    p.add_argument('--rounds', type=int, default=5)
    p.add_argument('--warmup', type=int, default=3_000, help='calls before the first measured round')
    p.add_argument('--window', type=int, default=100, help='calls open at once (closed loop: the proxy is saturated)')
    p.add_argument('--rate', type=int, default=0, help='calls a second instead of the closed loop')
    p.add_argument('--find-max', action='store_true')
    p.add_argument('--step-s', type=float, default=4, help='seconds of a step of --find-max')
    p.add_argument('--pin-target', default='0')
    p.add_argument('--pin-load', default='1')
    p.add_argument('--drain', type=float, default=1.0, help='seconds after the load that are still accounted')
    o = p.parse_args()
    targets = []
    with tempfile.TemporaryDirectory(prefix='bench-') as o.work:
        load = Load(o)
        try:
            for spec in o.target:
                targets.append(Target(spec, o.pin_target))
                targets[-1].start()
            if o.find_max:
                for t in targets:
                    find_max(load, t, o)
            else:
                compare(load, targets, o)
        finally:
            for t in targets:
                t.stop()


if __name__ == '__main__':
    main()

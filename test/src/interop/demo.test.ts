// The demo, as a user runs it: it says itself whether the calls outlived the nodes that carried them.
import { expect } from 'chai';
import { altpathCommand } from '../support/altpath-node.js';
import { Child } from '../support/process.js';

interface Report {
  readonly ok: boolean;
  readonly acts: readonly {
    readonly name: string;
    readonly fault: string;
    readonly checks: readonly { readonly claim: string; readonly holds: boolean; readonly detail?: string }[];
    readonly ladder: readonly { readonly kind: string }[];
  }[];
}

describe('altpath demo', function () {
  this.timeout(180_000);

  async function run(...options: readonly string[]): Promise<Child> {
    const child = new Child('altpath demo', altpathCommand('demo', ...options));
    const code = await child.ended;
    expect(code, options.includes('--json') ? toldByJson(child) : toldByLines(child)).to.equal(0);
    return child;
  }

  it('kills the primary while a telephone rings, of SIP, of MGCP and of H.248, and all calls complete', async () => {
    const { stdout } = await run();
    // In the third and in the fourth act the backup dies, too.
    expect(stdout.match(/SIGKILL/g)).to.have.length(6);
    expect(stdout).to.match(/alice +primary +backup +bob/);
    expect(stdout).to.match(/gateway 1 +primary +backup +gateway 2/);
    expect(stdout).to.match(/gateway 1 +primary +backup +alice +gateway 2/);
    expect(stdout).to.match(/Every call outlived the node that carried it\./);
  });

  it('lets the nodes fall silent, and all calls complete: told to programs as JSON', async () => {
    const { stdout } = await run('--silent-death', '--json');
    const report = JSON.parse(stdout) as Report;
    const { acts, ok } = report;
    expect(failedOf(report)).to.deep.equal([]);
    expect(ok).to.equal(true);
    expect(acts.map(({ name }) => name)).to.deep.equal(['sip', 'mgcp', 'megaco', 'controller']);
    for (const { ladder, fault } of acts) {
      expect(fault).to.equal('SIGSTOP');
      expect(ladder.length).to.be.greaterThan(20);
    }
    expect(acts.map(({ ladder }) => ladder.filter(({ kind }) => kind === 'death').length)).to.deep.equal([1, 1, 2, 2]);
  });

  for (const [act, participants] of [
    ['mgcp', 'gateway 1 primary backup gateway 2'],
    ['controller', 'gateway 1 primary backup alice gateway 2'],
  ] as const)
    it(`plays one act alone: ${act}`, async () => {
      const { stdout } = await run('--only', act);
      const heads = stdout.match(/^ +ms .*$/gm)?.map((head) => head.trim().replace(/\s+/g, ' '));
      expect(heads).to.deep.equal([`ms ${participants}`]);
      expect(stdout).to.match(/Every call outlived the node that carried it\./);
    });
});

/** What did not hold, act by act; then what was drawn. */
function toldByLines(child: Child): string {
  const lines = child.stdout.split('\n');
  let act = '';
  const failed = lines.flatMap((line, at) => {
    // The head of its ladder, which has the title above it.
    if (/^ +ms /.test(line)) act = lines[at - 2] ?? '';
    return line.startsWith('FAIL') ? [`${act}: ${line.slice('FAIL'.length).trim()}`] : [];
  });
  return `did not hold:\n${failed.join('\n')}\n${child.output()}`;
}

/** What did not hold, act by act; then the steps of those acts. */
function toldByJson(child: Child): string {
  const report = reportOf(child.stdout);
  if (!report) return child.output();
  const acts = report.acts.filter(({ checks }) => checks.some(({ holds }) => !holds));
  const steps = acts.flatMap(({ name, ladder }) => [name, ...ladder.map((step) => JSON.stringify(step))]);
  return ['did not hold:', ...failedOf(report), child.stderr, ...steps].join('\n');
}

/** `act: claim: detail` of each check that does not hold. */
function failedOf({ acts }: Report): readonly string[] {
  return acts.flatMap(({ name, checks }) =>
    checks.filter(({ holds }) => !holds).map(({ claim, detail }) => [name, claim, ...(detail === undefined ? [] : [detail])].join(': ')),
  );
}

/** Undefined: it ended before it could say anything. */
function reportOf(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined; // what it printed is told instead
  }
}

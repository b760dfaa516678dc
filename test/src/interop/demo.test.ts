// The demo, as a user runs it: it says itself whether the calls outlived the nodes that carried them.
import { expect } from 'chai';
import { altpathCommand } from '../support/altpath-node.js';
import { Child } from '../support/process.js';

interface Report {
  readonly ok: boolean;
  readonly acts: readonly {
    readonly name: string;
    readonly fault: string;
    readonly checks: readonly { readonly claim: string; readonly holds: boolean }[];
    readonly ladder: readonly { readonly kind: string }[];
  }[];
}

describe('altpath demo', function () {
  this.timeout(180_000);

  async function run(...options: readonly string[]): Promise<Child> {
    const child = new Child('altpath demo', altpathCommand('demo', ...options));
    expect(await child.ended, child.output()).to.equal(0);
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
    const { acts, ok } = JSON.parse(stdout) as Report;
    expect(ok).to.equal(true);
    expect(acts.map(({ name }) => name)).to.deep.equal(['sip', 'mgcp', 'megaco', 'controller']);
    for (const { checks, ladder, fault } of acts) {
      expect(fault).to.equal('SIGSTOP');
      expect(checks.filter(({ holds }) => !holds)).to.deep.equal([]);
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

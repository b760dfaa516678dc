// The demo, as a user runs it: it says itself whether the calls outlived the primary.
import { expect } from 'chai';
import { altpathCommand } from '../support/altpath-node.js';
import { Child } from '../support/process.js';

describe('altpath demo', function () {
  this.timeout(60_000);

  async function run(...options: readonly string[]): Promise<Child> {
    const child = new Child('altpath demo', altpathCommand('demo', ...options));
    expect(await child.ended, child.output()).to.equal(0);
    return child;
  }

  it('kills the primary while a telephone rings, of SIP, of MGCP and of H.248, and all calls complete', async () => {
    const { stdout } = await run();
    // In the third act the backup dies, too.
    expect(stdout.match(/SIGKILL/g)).to.have.length(4);
    expect(stdout).to.match(/alice +primary +backup +bob/);
    expect(stdout).to.match(/gateway 1 +primary +backup +gateway 2/);
    expect(stdout).to.match(/All 3 calls outlived the primary\./);
  });

  it('lets the nodes fall silent, and all calls complete', async () => {
    const { stdout } = await run('--silent-death');
    expect(stdout.match(/SIGSTOP/g)).to.have.length(4);
    expect(stdout).to.match(/All 3 calls outlived the primary\./);
  });

  for (const act of ['mgcp', 'megaco'])
    it(`plays one act alone: ${act}`, async () => {
      const { stdout } = await run('--only', act);
      expect(stdout).to.not.match(/alice/);
      expect(stdout).to.match(/The call outlived the primary\./);
    });

  it('tells programs the same as JSON', async () => {
    const { stdout } = await run('--json');
    const { acts, ok } = JSON.parse(stdout) as { ok: boolean; acts: { name: string; checks: { holds: boolean }[]; ladder: unknown[] }[] };
    expect(ok).to.equal(true);
    expect(acts.map(({ name }) => name)).to.deep.equal(['sip', 'mgcp', 'megaco']);
    for (const { checks, ladder } of acts) {
      expect(checks.filter(({ holds }) => !holds)).to.deep.equal([]);
      expect(ladder.length).to.be.greaterThan(20);
    }
  });
});

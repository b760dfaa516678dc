// The demo, as a user runs it: it says itself whether the call outlived the primary.
import { expect } from 'chai';
import { altpathCommand } from '../support/altpath-node.js';
import { Child } from '../support/process.js';

describe('altpath demo', function () {
  this.timeout(30_000);

  async function run(...options: readonly string[]): Promise<Child> {
    const child = new Child('altpath demo', altpathCommand('demo', ...options));
    expect(await child.ended, child.output()).to.equal(0);
    return child;
  }

  it('kills the primary while a telephone rings, and the call completes', async () => {
    const { stdout } = await run();
    expect(stdout).to.match(/SIGKILL/);
    expect(stdout).to.match(/The call outlived the primary\./);
  });

  it('lets the primary fall silent, and the call completes', async () => {
    const { stdout } = await run('--silent-death');
    expect(stdout).to.match(/SIGSTOP/);
    expect(stdout).to.match(/The call outlived the primary\./);
  });

  it('tells programs the same as JSON', async () => {
    const { stdout } = await run('--json');
    expect(JSON.parse(stdout)).to.be.an('object');
  });
});

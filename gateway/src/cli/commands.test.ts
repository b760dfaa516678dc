// The commands that read or write a file, and what every command has in common: help, exit codes, words that nobody knows.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { COMMANDS } from './index.js';
import { altpath, Folder } from './surroundings.test.js';

const GOOD = 'cluster:\n  domain: d.test\n  nodes:\n    a: { listen: ["sip+udp://127.0.0.1:5060"] }\n';
const KEY = Buffer.alloc(32, 3).toString('base64');

describe('the commands', () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  it('without one the list goes to stderr and the exit code is 2', async () => {
    const { exitCode, stdout, stderr } = await altpath([]);
    expect([exitCode, stdout]).to.deep.equal([2, '']);
    for (const { name } of COMMANDS) expect(stderr).to.contain(`  ${name} `);
  });

  it('--help lists them on stdout', async () => {
    const { exitCode, stdout } = await altpath(['--help']);
    expect(exitCode).to.equal(0);
    for (const { name } of COMMANDS) expect(stdout).to.contain(`  ${name} `);
  });

  for (const { name } of COMMANDS.filter((each) => each.name !== 'demo')) {
    it(`${name} --help says how it is used`, async () => {
      const { exitCode, stdout } = await altpath([name, '--help']);
      expect([exitCode, stdout.split('\n')[0]]).to.deep.equal([0, stdout.match(new RegExp(`^usage: altpath ${name}\\b.*`))?.[0]]);
    });

    it(`${name} refuses an option that it does not know`, async () => {
      const { exitCode, stderr } = await altpath([name, '--colour']);
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain(`altpath ${name}: `).and.contain('--colour').and.contain('usage:');
    });
  }

  it('a mistyped one is told the nearest', async () => {
    const { exitCode, stderr } = await altpath(['chekc']);
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('there is no command chekc; did you mean check?');
  });

  it('one that is still to come says so', async () => {
    expect(await altpath(['reload'])).to.deep.equal({ exitCode: 2, stdout: '', stderr: 'altpath reload: not built yet\n' });
  });

  describe('check', () => {
    it('says that a good file is good', async () => {
      const file = folder.file('good.yaml', GOOD);
      expect(await altpath(['check', '-c', file])).to.deep.equal({ exitCode: 0, stdout: `${file} is good: node a\n`, stderr: '' });
    });

    it('says what is not built yet, and goes on', async () => {
      const file = folder.file('more.yaml', GOOD.replace('5060"', '5060", "sip+tls://127.0.0.1:5061"'));
      const { exitCode, stderr } = await altpath(['check', '-c', file]);
      expect([exitCode, stderr]).to.deep.equal([0, 'sip+tls://127.0.0.1:5061: not built yet\n']);
    });

    it('tells every problem with file, line and column', async () => {
      const file = folder.file('bad.yaml', `${GOOD}sipp: {}\nlog: { level: loud }\n`);
      const { exitCode, stdout, stderr } = await altpath(['check', '-c', file]);
      expect([exitCode, stdout]).to.deep.equal([2, '']);
      expect(stderr.split('\n').map((line) => line.split(': ')[0])).to.deep.equal([`${file}:5:1`, `${file}:6:15`, '']);
    });

    it('a file that is not there is one sentence', async () => {
      const file = join(folder.path, 'none.yaml');
      expect(await altpath(['check', '-c', file])).to.deep.equal({ exitCode: 2, stdout: '', stderr: `there is no file ${file}\n` });
    });
  });

  describe('start', () => {
    it('asks which node it is where there are two', async () => {
      const file = folder.file('two.yaml', twoNodes());
      const { exitCode, stderr } = await altpath(['start', '-c', file], { KEY });
      expect([exitCode, stderr]).to.deep.equal([2, 'altpath: which node is this? --node one of a, b\n']);
    });

    it('names the nearest node where the name is none', async () => {
      const file = folder.file('two.yaml', twoNodes());
      const { exitCode, stderr } = await altpath(['start', '-c', file, '--node', 'bb'], { KEY });
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain('there is no node bb').and.contain('did you mean b?');
    });
  });

  describe('init', () => {
    it('writes a good file that only its owner reads, with a key of its own', async () => {
      const files = ['one.yaml', 'two.yaml'].map((name) => join(folder.path, name));
      for (const file of files) {
        expect((await altpath(['init', '-o', file])).exitCode).to.equal(0);
        expect((await altpath(['check', '-c', file])).exitCode).to.equal(0);
        expect(statSync(file).mode & 0o777).to.equal(0o600);
      }
      const keys = files.map((file) => /secret: "(.*)"/.exec(readFileSync(file, 'utf8'))?.[1]);
      expect(keys[0]).to.have.length(44).and.not.equal(keys[1]);
    });

    it('leaves a file alone that is there', async () => {
      const file = folder.file('mine.yaml', 'mine');
      const { exitCode, stderr } = await altpath(['init', '-o', file]);
      expect(exitCode).to.not.equal(0);
      expect(stderr).to.contain('exists and is left as it is');
      expect(readFileSync(file, 'utf8')).to.equal('mine');
    });
  });

  describe('dns', () => {
    it('prints the zone, nodes in file order', async () => {
      const file = folder.file('named.yaml', twoNodes('  sipName: sip.d.test\n'));
      const { exitCode, stdout } = await altpath(['dns', '-c', file], { KEY });
      expect(exitCode).to.equal(0);
      expect(stdout).to.equal(
        [
          '; sip.d.test: a, then b',
          'sip.d.test. 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.sip.d.test.',
          '_sip._udp.sip.d.test. 60 IN SRV 10 10 5060 a.sip.d.test.',
          '_sip._udp.sip.d.test. 60 IN SRV 20 10 5060 b.sip.d.test.',
          'd.test. 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.d.test.',
          '_sip._udp.d.test. 60 IN SRV 10 10 5060 a.sip.d.test.',
          '_sip._udp.d.test. 60 IN SRV 20 10 5060 b.sip.d.test.',
          'sip.d.test. 60 IN A 127.0.0.1',
          'sip.d.test. 60 IN A 127.0.0.2',
          'a.sip.d.test. 60 IN A 127.0.0.1',
          'b.sip.d.test. 60 IN A 127.0.0.2',
          '',
        ].join('\n'),
      );
    });

    it('has nothing to print where no name stands in any message', async () => {
      const { exitCode, stdout, stderr } = await altpath(['dns', '-c', folder.file('good.yaml', GOOD)]);
      expect([exitCode, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.contain('cluster.sipName');
    });
  });
});

function twoNodes(more = ''): string {
  return `${GOOD.replace('  nodes', `${more}  keys: [{ id: k, secret: "\${KEY}" }]\n  nodes`)}    b: { listen: ["sip+udp://127.0.0.2:5060"] }\n`;
}

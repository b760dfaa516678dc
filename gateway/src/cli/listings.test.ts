// Commands that ask a running node, against the admin API on loopback: what they ask, what they show, how they fail.
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { type AdminServer, startAdmin } from '../admin/index.js';
import { fakeView, type FakeView } from '../admin/fake-view.test.js';
import { altpath, Folder } from './surroundings.test.js';

describe('a command that asks a running node', () => {
  let view: FakeView;
  let server: AdminServer;
  let folder: Folder;
  const open: { close(): Promise<void> }[] = [];

  const start = async (token?: string): Promise<AdminServer> => {
    const started = await startAdmin({ host: '127.0.0.1', port: 0, view, token });
    open.push(started);
    return started;
  };

  beforeEach(async () => {
    view = fakeView();
    server = await start();
    folder = new Folder();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
    folder.remove();
  });

  it('status shows the node, its peers and its counters', async () => {
    const { exitCode, stdout, stderr } = await altpath(['status', '--admin', server.url]);
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^node {2,}b1$/m);
    expect(stdout).to.match(/^state {2,}up$/m);
    expect(stdout).to.match(/^listens on {2,}sip\+udp:\/\/127\.0\.0\.1:5060 \(udp:127\.0\.0\.1:5060\)$/m);
    expect(stdout).to.match(/^registered {2,}3 users at 4 contacts$/m);
    expect(stdout).to.match(/^sip {2,}1 pending, 2 transactions$/m);
    expect(stdout).to.match(/^store {2,}redis, away for 1 min 5 s \(ECONNREFUSED\), 3 records wait$/m);
    expect(stdout).to.match(/^peer b2 {2,}suspect, heard 700 ms ago$/m);
    expect(stdout).to.match(/^sip\.takeover:dead {2,}2$/m);
  });

  it('-o json shows the answer as it is', async () => {
    const { exitCode, stdout } = await altpath(['peers', '--admin', server.url, '-o', 'json']);
    expect(exitCode).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ peers: view.peers() });
  });

  it('peers are a table', async () => {
    const { stdout } = await altpath(['peers', '--admin', server.url]);
    expect(stdout).to.equal('NODE  STATE    LAST              ADDRESSES\nb2    suspect  heard 700 ms ago  sip+udp://127.0.0.2:5060\n');
  });

  it('a node without peers says so', async () => {
    view.peers = () => [];
    expect((await altpath(['peers', '--admin', server.url])).stdout).to.equal('this node is alone: its cluster has no other\n');
  });

  it('gateways are a table, those of other nodes too', async () => {
    const { stdout } = await altpath(['gateways', '--admin', server.url]);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).to.deep.equal([
      ['GATEWAY', 'PROTOCOL', 'NODE', 'STATE', 'PLACE', 'SPEAKS', 'LINES'],
      ['mg1', 'megaco', 'b2', 'foreign', '-', '-', '8'],
      ['mg2', 'megaco', 'b1', 'serving', 'udp:10.0.0.7:2944', 'text, version 1', '2'],
      [''],
    ]);
    view.gateways = () => [];
    expect((await altpath(['gateways', '--admin', server.url])).stdout).to.equal('this cluster has no gateways\n');
  });

  it('registrations show each contact below its user', async () => {
    const contact = { q: 1, node: 'b1', instance: null, path: [] };
    const contacts = [
      { ...contact, contact: 'sip:alice@10.0.0.5:5070', source: 'udp:10.0.0.5:5070', expiresAt: Date.now() + 3_600_500 },
      { ...contact, contact: 'sip:alice@10.0.0.6', source: null, expiresAt: Date.now() + 3_600_500 },
    ];
    view.registrations = () => ({ total: 1, registrations: [{ aor: 'sip:alice@example.org', contacts }] });
    const { stdout } = await altpath(['registrations', '--admin', server.url]);
    const [head = '', first = '', second = ''] = stdout.split('\n');
    expect(head).to.match(/^USER +CONTACT +Q +EXPIRES IN +NODE +SOURCE$/);
    expect(first.split(/ {2,}/)).to.deep.equal(['sip:alice@example.org', 'sip:alice@10.0.0.5:5070', '1', '1 h', 'b1', 'udp:10.0.0.5:5070']);
    expect(second.trim().split(/ {2,}/)).to.deep.equal(['sip:alice@10.0.0.6', '1', '1 h', 'b1', '-']);
    expect(second.indexOf('sip:')).to.equal(first.indexOf('sip:alice@10'));
  });

  it('registrations pass on which part is wanted', async () => {
    const asked: unknown[] = [];
    view.registrations = (...wanted) => {
      asked.push(wanted);
      return { total: 9, registrations: [] };
    };
    await altpath(['registrations', '--admin', server.url, '--limit', '5', '--offset', '2', '--aor', 'alice']);
    expect(asked).to.deep.equal([[5, 2, 'alice']]);
  });

  it('a limit that is no number is told by the node', async () => {
    const { exitCode, stderr } = await altpath(['calls', '--admin', server.url, '--limit', 'many']);
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('limit is a whole number');
  });

  it('calls are a table, and what could speak to the terminal is not', async () => {
    view.calls = () => [{ callId: '\u001b[2Jx', from: 'alice', to: 'bob', state: 'ringing', since: Date.now(), protocol: 'sip' }];
    const { stdout } = await altpath(['calls', '--admin', server.url]);
    expect(stdout).to.match(/^CALL +FROM +TO +STATE +FOR +PROTOCOL +LEGS\n\?\[2Jx +alice +bob +ringing +\d+ ms +sip +-\n$/);
  });

  it('ladder draws a call, and says when nothing is known of it', async () => {
    expect(await altpath(['ladder', 'a@b', '--admin', server.url])).to.deep.equal({ exitCode: 0, stdout: 'drawn\n', stderr: '' });
    const unknown = await altpath(['ladder', 'c@d', '--admin', server.url]);
    expect(unknown.exitCode).to.equal(1);
    expect(unknown.stderr).to.contain('nothing is known of call c@d');
  });

  it('ladder wants a call', async () => {
    const { exitCode, stderr } = await altpath(['ladder', '--admin', server.url]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('CALL-ID is missing');
  });

  it('calls of the controller show their legs, and finished ones what became of them', async () => {
    const legs = [
      { name: 'aaln/1@rgw1', protocol: 'mgcp', phase: 'talking' },
      { name: 'sip/7', protocol: 'sip', phase: 'talking' },
    ];
    view.calls = () => [{ callId: 'C', from: '2001', to: '1001', state: 'talking', since: Date.now(), protocol: 'mgcp+sip', legs }];
    const going = await altpath(['calls', '--admin', server.url]);
    expect(going.stdout.split('\n')[1]).to.match(
      /^C +2001 +1001 +talking +\d+ ms +mgcp\+sip +aaln\/1@rgw1 \(talking\) sip\/7 \(talking\)$/,
    );
    const ended = await altpath(['calls', '--admin', server.url, '--ended']);
    expect(ended.stdout.split('\n')[1]).to.match(
      /^0655A1B2C0007 +2001 +1001 +mgcp\+sip +~1 min 5 s +terminating +normal-clearing +\d+ d .* ago +b2 b1$/,
    );
    view.ended = () => [];
    expect((await altpath(['calls', '--admin', server.url, '--ended'])).stdout).to.equal('no call has ended\n');
  });

  it('drain lets the node end its calls', async () => {
    expect((await altpath(['drain', '--admin', server.url])).stdout).to.equal('draining\n');
    expect(view.state).to.equal('draining');
  });

  it('an output that is neither table nor json is refused', async () => {
    expect((await altpath(['peers', '--admin', server.url, '-o', 'xml'])).exitCode).to.equal(2);
  });

  describe('with a token', () => {
    it('is let in by --token, and by ALTPATH_ADMIN_TOKEN', async () => {
      const guarded = await start('let me in');
      const byOption = await altpath(['peers', '--admin', guarded.url, '--token', 'wrong']);
      expect([byOption.exitCode, byOption.stderr]).to.deep.equal([1, 'altpath: the bearer token is not the one of this node\n']);
      const sealed = await start('sesame');
      expect((await altpath(['peers', '--admin', sealed.url, '--token', 'sesame'])).exitCode).to.equal(0);
      expect((await altpath(['peers', '--admin', sealed.url], { ALTPATH_ADMIN_TOKEN: 'sesame' })).exitCode).to.equal(0);
    });

    it('says that one is wanted', async () => {
      const guarded = await start('sesame');
      const { exitCode, stderr } = await altpath(['peers', '--admin', guarded.url]);
      expect([exitCode, stderr]).to.deep.equal([1, `altpath: the node at ${guarded.url} wants a token: --token, or ALTPATH_ADMIN_TOKEN\n`]);
    });
  });

  describe('with the file of the cluster', () => {
    const yaml = (admin: string): string => `cluster:
  domain: d.test
  keys: [{ id: k, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: ["sip+udp://127.0.0.1:5060"], admin: ${admin} }
    b: { listen: ["sip+udp://127.0.0.2:5060"], admin: "off" }
`;

    it('finds the node in it, without the cluster key', async () => {
      const file = folder.file('cluster.yaml', yaml(server.url));
      expect((await altpath(['status', '-c', file, '--node', 'a'])).exitCode).to.equal(0);
    });

    it('takes the token from it', async () => {
      const guarded = await start('sesame');
      const file = folder.file('cluster.yaml', yaml(`{ url: "${guarded.url}", token: "\${DOOR}" }`));
      expect((await altpath(['status', '-c', file, '--node', 'a'], { DOOR: 'sesame' })).exitCode).to.equal(0);
      expect((await altpath(['status', '-c', file, '--node', 'a'])).stderr).to.contain('wants a token');
    });

    it('wants to know which node', async () => {
      const { exitCode, stderr } = await altpath(['status', '-c', folder.file('cluster.yaml', yaml(server.url))]);
      expect([exitCode, stderr]).to.deep.equal([2, 'altpath: which node is this? --node one of a, b\n']);
    });

    it('says that a node has no admin address', async () => {
      const { exitCode, stderr } = await altpath(['status', '-c', folder.file('cluster.yaml', yaml(server.url)), '--node', 'b']);
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain('admin: off');
    });

    it('tells what is wrong with the file', async () => {
      const { exitCode, stderr } = await altpath(['status', '-c', folder.file('bad.yaml', 'cluster: 1\n')]);
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain('bad.yaml:1:10: ');
    });

    it('--node alone names nothing', async () => {
      expect((await altpath(['status', '--node', 'a'])).exitCode).to.equal(2);
    });
  });

  describe('without an answer', () => {
    it('says that nothing listens there', async () => {
      const { url } = server;
      await server.close();
      const { exitCode, stderr } = await altpath(['status', '--admin', url]);
      expect([exitCode, stderr]).to.deep.equal([1, `altpath: no node answers at ${url}: nothing listens there\n`]);
    });

    it('says that what answers is not a node', async () => {
      const stranger = await listen('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
      const { exitCode, stderr } = await altpath(['status', '--admin', stranger.url]);
      expect([exitCode, stderr]).to.deep.equal([1, `altpath: no node answers at ${stranger.url}: what answers is not a node\n`]);
    });

    it('an address that is none is refused', async () => {
      expect((await altpath(['status', '--admin', '127.0.0.1:8080'])).exitCode).to.equal(2);
    });
  });

  async function listen(answer: string): Promise<{ readonly url: string }> {
    const stranger: Server = createServer((socket) => socket.once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => void stranger.close(() => resolve())) });
    const address = stranger.address();
    return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
  }
});

// FIG. 4 of the reference design, message by message, in a simulated network.
import { expect } from 'chai';
import { readAlternates } from '@altpath/sip';
import { register, request } from './messages.js';
import { type Endpoint, Simulation } from './simulation.js';

function pair(): { net: Simulation; caller: Endpoint; callee: Endpoint; a: string; b: string } {
  const net = new Simulation(['a', 'b']);
  const caller = net.endpoint('10.1.0.1:5060');
  const callee = net.endpoint('10.1.0.2:5060');
  callee.send('10.0.0.1:5060', register(callee, 'bob'));
  net.run(100);
  return { net, caller, callee, a: '10.0.0.1:5060', b: '10.0.0.2:5060' };
}

describe('a call whose primary dies while it rings', () => {
  it('is registered on both nodes by one REGISTER', () => {
    const { net, callee } = pair();
    expect(callee.responses(200, 'REGISTER')).to.have.length(1);
    for (const node of net.nodes) expect(node.store.lookup('sip:bob@sample2.test', net.now)).to.have.length(1);
  });

  it('completes through the backup: 200, ACK and BYE', () => {
    const { net, caller, callee, a, b } = pair();
    caller.send(a, request('INVITE', caller, 'bob'));
    net.run(50);
    const [invite] = callee.requests('INVITE');
    expect(invite, 'INVITE at the callee').to.not.equal(undefined);
    if (!invite) return;
    expect(readAlternates(invite.topVia.parameters.get('alternatePath'))).to.deep.equal([{ host: '10.0.0.2' }]);
    expect(invite.recordRoutes[0]?.uri).to.match(/^sip:10\.0\.0\.1:5060;lr;alternatePath=10\.0\.0\.2;pathToken=/);
    expect(invite.recordRoutes[0]?.parameters.get('alternatePath')).to.equal('10.0.0.2');
    callee.reply(invite, 180);
    net.run(50);
    expect(caller.responses(180)).to.have.length(1);
    net.node('a').die();
    net.deadForAllOf('a');
    callee.reply(invite, 200, { to: b });
    net.run(50);
    const [ok] = caller.responses(200);
    expect(ok, '200 at the caller').to.not.equal(undefined);
    if (!ok) return;
    expect(ok.vias).to.have.length(1);
    expect(ok.recordRoutes[0]?.uri).to.match(/^sip:10\.0\.0\.2:5060;lr;alternatePath=10\.0\.0\.1;pathToken=/);
    const route = `Route: <${ok.recordRoutes[0]?.uri}>`;
    caller.send(
      b,
      request('ACK', caller, 'bob', { uri: `sip:callee@${callee.address}`, toTag: callee.tag, branch: 'z9hG4bKack', lines: [route] }),
    );
    net.run(50);
    expect(callee.requests('ACK')).to.have.length(1);
    caller.send(
      b,
      request('BYE', caller, 'bob', {
        uri: `sip:callee@${callee.address}`,
        toTag: callee.tag,
        cseq: 2,
        branch: 'z9hG4bKbye',
        lines: [route],
      }),
    );
    net.run(50);
    const [bye] = callee.requests('BYE');
    expect(bye).to.not.equal(undefined);
    if (bye) callee.reply(bye, 200);
    net.run(50);
    expect(caller.responses(200, 'BYE')).to.have.length(1);
  });

  it('drops and counts a response without, or with a wrong, token', () => {
    const { net, caller, callee, a, b } = pair();
    caller.send(a, request('INVITE', caller, 'bob'));
    net.run(50);
    const [invite] = callee.requests('INVITE');
    net.node('a').die();
    net.deadForAllOf('a');
    if (!invite) throw new Error('no INVITE');
    callee.reply(invite, 200, { to: b });
    net.run(0);
    const sent = net.crossed[net.crossed.length - 1];
    net.run(50);
    const backup = net.node('b');
    backup.receive(Buffer.from((sent?.text ?? '').replace(/;pathToken=[^;\r]*(?=;received)/, '')), callee.address);
    expect(backup.count('sip.response.dropped token-missing')).to.equal(1);
    backup.receive(Buffer.from((sent?.text ?? '').replace('call@10.1.0.1', 'call@10.1.0.9')), callee.address);
    expect(backup.count('sip.response.dropped token-invalid')).to.equal(1);
    expect(caller.responses(200)).to.have.length(1);
  });

  it('is cancelled through the backup', () => {
    const { net, caller, callee, a, b } = pair();
    caller.send(a, request('INVITE', caller, 'bob'));
    net.run(50);
    const [invite] = callee.requests('INVITE');
    if (!invite) throw new Error('no INVITE');
    callee.reply(invite, 180);
    net.run(50);
    net.node('a').die();
    net.deadForAllOf('a');
    caller.send(b, request('CANCEL', caller, 'bob'));
    net.run(50);
    const [cancel] = callee.requests('CANCEL');
    expect(cancel?.topVia.branch).to.equal(invite.topVia.branch);
    expect(cancel?.topVia.sentBy).to.equal(invite.topVia.sentBy);
    expect(caller.responses(200, 'CANCEL')).to.have.length(1);
    if (cancel) callee.reply(cancel, 200);
    callee.reply(invite, 487, { to: b });
    net.run(50);
    expect(caller.responses(487)).to.have.length(1);
    caller.send(b, request('ACK', caller, 'bob', { toTag: callee.tag }));
    net.run(50);
    const [ack] = callee.requests('ACK');
    expect(ack?.topVia.branch).to.equal(invite.topVia.branch);
  });

  it('rings no telephone twice when the INVITE comes again through the backup', () => {
    const { net, caller, callee, a, b } = pair();
    caller.send(a, request('INVITE', caller, 'bob'));
    net.run(50);
    caller.send(b, request('INVITE', caller, 'bob'));
    net.run(50);
    const invites = callee.requests('INVITE');
    expect(invites).to.have.length(2);
    expect(invites[0]?.transactionKey).to.equal(invites[1]?.transactionKey);
  });
});

// Reports: acted on, spoken upon, then answered; kept while it is not known what they mean; and never answered where
// another controller shall hear them (RFC 3525 §11.5).
import { MAX_PER_GATEWAY } from '@altpath/call-control';
import { expect } from 'chai';
import { ControllerBench } from './controller.fixture.js';
import { commandsOf } from './scripted-gateway.fixture.js';

function served(nodes = 1): ControllerBench {
  const bench = ControllerBench.started({ nodes });
  bench.gateway().change('RS');
  bench.run(1_000);
  bench.look();
  bench.gateway().heard();
  return bench;
}

const answered = (bench: ControllerBench, id: number): boolean =>
  bench.look().some(({ from, text }) => from.startsWith('10.0.') && text.includes(`P=${id}{`));

describe('a report', () => {
  it('is acted upon, what is said upon it leaves, and then it is answered, all in one turn', () => {
    const bench = served();
    bench.gateway().answers = () => undefined;
    bench.gateway().notify('line/1', 'al/of');
    expect(bench.words()).to.deep.equal(['mg1>11 notify line/1', '11>mg1 modify line/1', '11>mg1 reply']);
  });

  it('that comes amid a command to its line is answered with what is said upon it, or soon', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.notify('line/1', 'al/of');
    bench.look();
    // Dial tone is still to be acknowledged.
    const id = gateway.notify('line/1', 'al/on');
    expect(answered(bench, id)).to.equal(false);
    gateway.answers = (request) => gateway.carryOut(request);
    bench.run(300);
    expect(bench.words()).to.include.members(['11>mg1 modify line/1', '11>mg1 reply']);
    gateway.answers = () => undefined;
    gateway.notify('line/2', 'al/of');
    bench.look();
    const late = gateway.notify('line/2', 'al/on');
    bench.run(1_500);
    expect(answered(bench, late)).to.equal(true);
  });

  it('is not answered while what is said upon it finds no room', () => {
    const lines = Array.from({ length: MAX_PER_GATEWAY + 1 }, (_, at) => `line/${at + 1}`);
    const bench = ControllerBench.started({ gateways: [{ lines }] });
    const gateway = bench.gateway();
    gateway.change('RS');
    bench.run(1_000);
    gateway.answers = () => undefined;
    for (const line of lines.slice(1)) gateway.notify(line, 'al/of');
    bench.look();
    const id = gateway.notify('line/1', 'al/of');
    bench.run(100);
    expect(answered(bench, id)).to.equal(false);
    gateway.answers = (request) => gateway.carryOut(request);
    bench.run(500);
    expect(answered(bench, id)).to.equal(true);
    expect(gateway.heard()).to.include('modify line/1');
  });

  it('of several lines is answered once, with all of them', () => {
    const bench = served();
    const gateway = bench.gateway();
    const each = (line: string): string => `N=${line}{OE=${gateway.requestId(line)}{20261122T14240000:al/of}}`;
    gateway.say(`C=-{${each('line/1')},${each('line/2')}}`);
    const [, first, second, , , reply] = [...bench.look(), undefined];
    expect(reply ?? first ?? second).to.not.equal(undefined);
    expect(gateway.heard()).to.deep.equal(['modify line/1', 'modify line/2']);
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(0);
  });

  it('of a termination that nobody knows gets 430, and the others of its transaction are heard', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.say(`C=-{N=line/9{OE=1{20261122T14240000:al/of}},N=line/1{OE=${gateway.requestId('line/1')}{20261122T14240000:al/of}}}`);
    expect(bench.look().at(-2)?.text).to.match(/N=line\/9\{ER=430/);
    expect(gateway.heard()).to.deep.equal(['modify line/1']);
  });

  it('of the root is answered, and nothing else', () => {
    const bench = served();
    bench.gateway().say('C=-{N=ROOT{OE=4026531841{20261122T14240000:it/ito}}}');
    expect(bench.words()).to.deep.equal(['mg1>11 notify ROOT', '11>mg1 reply']);
  });

  it('that is repeated gets the same answer, and is acted on once', () => {
    const bench = served();
    const gateway = bench.gateway();
    const body = `T=900{C=-{N=line/1{OE=${gateway.requestId('line/1')}{20261122T14240000:al/of}}}}`;
    gateway.write(body);
    gateway.write(body);
    expect(gateway.heard()).to.deep.equal(['modify line/1']);
    expect(bench.words().filter((word) => word === '11>mg1 reply')).to.have.length(2);
  });

  it('during the audit waits for it, and is acted on then', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.change('DC');
    bench.look();
    const id = gateway.notify('line/1', 'al/of');
    bench.run(100);
    expect(answered(bench, id)).to.equal(false);
    gateway.answers = (request) => gateway.carryOut(request);
    bench.run(1_000);
    expect(answered(bench, id)).to.equal(true);
    expect(gateway.heard().filter((word) => word.startsWith('modify line/1')).length).to.be.greaterThan(0);
  });

  it('is heard in its order, also when the first had to wait', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.change('DC');
    const id = gateway.requestId('line/1');
    gateway.notify('line/1', 'al/of', 0, id);
    let isDown = false;
    gateway.answers = (request) => {
      // The audit is over, and what has waited for it has not been looked at yet.
      if (!isDown && commandsOf(request).some(({ kind }) => kind === 'modify')) {
        isDown = true;
        gateway.notify('line/1', 'al/on', 0, id);
      }
      return gateway.carryOut(request);
    };
    bench.run(3_000);
    expect(gateway.terminations.get('line/1')?.events.events.map(({ name }) => name)).to.deep.equal(['al/of']);
  });
});

describe('a report of a gateway that has not registered here', () => {
  it('makes it ours: the line is asked, the report acted on, and the gateway called to register', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    const id = gateway.notify('line/1', 'al/of', 0, 5);
    bench.run(500);
    expect(bench.node().state()).to.equal('serving');
    expect(answered(bench, id)).to.equal(true);
    const heard = gateway.heard();
    expect(heard[0]).to.equal('audit-value line/1');
    expect(heard).to.include('service-change ROOT');
    expect(bench.node().counts('megaco.gateway.taken unregistered')).to.equal(1);
    const claims = bench.told.filter(({ topic }) => topic === 'gateway.held');
    expect(claims.length).to.be.greaterThan(0);
  });

  it('shows that others may not have noticed either: each is called to register, once', () => {
    const bench = ControllerBench.started({ gateways: [{}, {}, {}] });
    const [first, second, third] = [bench.gateway(0), bench.gateway(1), bench.gateway(2)];
    third.change('RS');
    bench.run(500);
    third.heard();
    expect(second.heard()).to.deep.equal([]);
    first.notify('line/1', 'al/of', 0, 5);
    first.notify('line/2', 'al/of', 0, 5);
    bench.run(500);
    expect(second.heard()).to.deep.equal(['service-change ROOT']);
    expect(third.heard()).not.to.include('service-change ROOT');
    expect(bench.node().counts('megaco.gateway.sought')).to.equal(1);
    second.change('HO');
    bench.run(500);
    expect(second.heard()).to.include.members(['audit-value line/1', 'audit-value line/2']);
  });

  it('names ourselves in the farewell, and asks nothing again when it registers', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    gateway.notify('line/1', 'al/of', 0, 5);
    bench.run(500);
    const farewell = bench.look().find(({ text }) => text.includes('MT=HO'));
    expect(farewell?.text).to.match(/RE="903 MGC Directed Change"/);
    expect(farewell?.text).to.include('MG=[10.0.0.11]:2944');
    gateway.heard();
    gateway.change('HO');
    bench.run(500);
    expect(gateway.heard()).to.deep.equal(['audit-value ROOT']);
    // Another time it is asked.
    gateway.change('HO');
    bench.run(500);
    expect(gateway.heard()).to.include('audit-value line/1');
  });

  it('goes on without a registration where the gateway does not know how', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    gateway.answers = (request) =>
      JSON.stringify(request.actions).includes('service-change') ? { kind: 'error', code: 501 } : gateway.carryOut(request);
    gateway.notify('line/1', 'al/of', 0, 5);
    bench.run(500);
    expect(bench.node().counts('megaco.hand-off.refused call-back')).to.equal(1);
    expect(bench.node().state()).to.equal('serving');
  });

  it('is not answered while another node holds the gateway: it stood in a socket', () => {
    const bench = served(2);
    const id = bench.gateway().notify('line/1', 'al/of', 1);
    bench.run(5_000);
    expect(bench.look().filter(({ from, text }) => from.startsWith('10.0.0.12') && text.includes(`${id}`))).to.deep.equal([]);
    expect(bench.node(1).state()).to.equal('foreign');
    expect(bench.node(1).counts('megaco.ignored not-ours')).to.be.greaterThan(0);
    expect(bench.node(1).adapter.status(bench.now).transactions).to.equal(0);
  });

  it('is not answered while its holder is only suspected either: who leaves a controller registers with the next', () => {
    const bench = served(2);
    bench.node(1).sees(0, 'suspect');
    bench.gateway().notify('line/1', 'al/of', 1);
    bench.run(1_000);
    expect(bench.node(1).state()).to.equal('foreign');
    bench.node(1).sees(0, 'down');
    bench.gateway().notify('line/1', 'al/of', 1);
    bench.run(1_000);
    expect(bench.node(1).state()).to.equal('serving');
  });

  it('waits until the node knows what the others hold', () => {
    const bench = served(2);
    bench.restart(1);
    bench.node(1).sees(0, 'up');
    const id = bench.gateway().notify('line/1', 'al/of', 1);
    expect(bench.node(1).state()).to.equal('foreign');
    bench.run(3_000);
    expect(bench.node(1).state()).to.equal('foreign');
    expect(bench.look().filter(({ from, text }) => from.startsWith('10.0.0.12') && text.includes(`P=${id}`))).to.deep.equal([]);
  });

  it('is not taken by a node that the file does not give the gateway', () => {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{ nodes: [0] }] });
    bench.gateway().notify('line/1', 'al/of', 1, 5);
    bench.run(1_000);
    expect(bench.node(1).state()).to.equal('foreign');
  });
});

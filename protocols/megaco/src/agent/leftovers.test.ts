// Contexts and terminations that a dead controller left behind go, and nobody else's.
import { expect } from 'chai';
import type { EventsDescriptor } from '../message/index.js';
import { formatRequestId } from './identifiers.js';
import { ControllerBench } from './controller.fixture.js';
import type { ScriptedGateway } from './scripted-gateway.fixture.js';

/** A line in a call, as its RequestID says. */
function talking(callCounter: number): EventsDescriptor {
  const requestId = formatRequestId({ slot: 0, phase: 'talking', role: 'originating', generation: 1, callCounter });
  return { kind: 'events', requestId, events: [{ name: 'al/on', parameters: [] }] };
}

const NONE: EventsDescriptor = { kind: 'events', events: [] };

/** `rtp/8` and `rtp/9` in contexts of which no line knows. */
function leave(gateway: ScriptedGateway): void {
  gateway.terminations.set('rtp/8', { context: 8, events: NONE });
  gateway.terminations.set('rtp/9', { context: 9, events: NONE });
}

const subtracted = (gateway: ScriptedGateway): readonly string[] =>
  gateway.requests
    .splice(0)
    .flatMap(({ actions }) => actions)
    .flatMap(({ contextId, commands }) =>
      commands.flatMap(({ kind, terminationId }) => (kind === 'subtract' ? [`${contextId} ${terminationId}`] : [])),
    );

describe('what a dead controller has left', () => {
  it('is subtracted when it was seen twice and no line claims it', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    leave(gateway);
    gateway.change('FL');
    bench.run(6_000);
    expect(subtracted(gateway)).to.deep.equal([]);
    bench.run(6_000);
    expect(subtracted(gateway)).to.deep.equal(['8 *', '9 *']);
    expect([...gateway.terminations.keys()]).to.deep.equal(['line/1', 'line/2']);
    expect(bench.node().counts('megaco.leftover.subtracted')).to.equal(2);
    bench.run(60_000);
    expect(gateway.heard()).to.deep.equal([]);
  });

  it('is found by its terminations where the gateway lists no contexts', () => {
    const bench = ControllerBench.started({ gateways: [{ lines: ['line/1', 'line/2'] }] });
    const gateway = bench.gateway();
    gateway.listsContexts = false;
    gateway.change('RS');
    bench.run(200);
    // Two lines talk; a third termination is nobody's.
    gateway.notify('line/1', 'al/of');
    gateway.notify('line/1', 'dd/ce{ds="112",Meth=UM}');
    bench.run(500);
    gateway.notify('line/2', 'al/of');
    bench.run(500);
    expect([...gateway.terminations.keys()]).to.deep.equal(['line/1', 'line/2', 'rtp/1', 'rtp/2']);
    gateway.terminations.set('rtp/9', { context: 9, events: NONE });
    gateway.change('DC');
    bench.run(2_000);
    for (const line of ['line/1', 'line/2']) gateway.notify(line, 'al/of{init=on}');
    bench.run(30_000);
    expect(subtracted(gateway)).to.deep.equal(['4294967295 rtp/9']);
    expect([...gateway.terminations.keys()]).to.deep.equal(['line/1', 'line/2', 'rtp/1', 'rtp/2']);
  });

  it('is not looked for while legs of calls are still expected', () => {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{}, {}], timers: { tMaxMs: 15_000 } });
    for (const gateway of bench.gateways) gateway.change('RS');
    bench.run(200);
    bench.node(0).stop();
    const gateway = bench.gateway();
    gateway.terminations.set('line/1', { context: 1, events: talking(7) });
    gateway.terminations.set('rtp/1', { context: 1, events: NONE });
    gateway.change('FL', 1);
    bench.run(14_000);
    expect(subtracted(gateway)).to.deep.equal([]);
  });

  it('is nothing where the gateway has nothing', () => {
    const bench = ControllerBench.started();
    bench.gateway().change('FL');
    bench.run(30_000);
    expect(subtracted(bench.gateway())).to.deep.equal([]);
    expect(bench.node().counts('megaco.leftover.subtracted')).to.equal(0);
  });
});

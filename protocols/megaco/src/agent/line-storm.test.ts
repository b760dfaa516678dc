// A line in bad weather: orders and hooks at random, transactions and replies lost, commands refused, reports late and
// twice. Whatever happened, in the end the termination is what it shall be and no context has stayed behind.
import { type HalfCallState, LineQueue, PHASES } from '@altpath/call-control';
import { SILENT } from '@altpath/core';
import { type Random, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { NULL_CONTEXT } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { dialPlanOf } from './digit-map.js';
import { GatewayModel, type GatewayStyle, type ModelReport } from './gateway-model.fixture.js';
import { Identifiers, parseRequestId } from './identifiers.js';
import { Line, type Step } from './line.js';
import { isOfCall } from './phases.js';

const NAME = 'line/1@mg1';

/** Between the two: what is on its way. */
class Weather {
  readonly gateway: GatewayModel;
  line: Line;
  readonly lines = new LineQueue<Step, Line>('megaco');
  now = 1_700_000_000_000;
  onHook: (hook: 'on' | 'off') => void = () => undefined;
  #step: Step | undefined;
  #reply: ReplyResult | undefined;

  constructor(style: GatewayStyle) {
    this.gateway = new GatewayModel(['line/1'], style);
    this.line = this.#newLine(0);
  }

  /** Another controller takes the gateway; what was on its way is for nobody. */
  takeover(slot: number): void {
    this.lines.remove(NAME);
    this.#step = this.#reply = undefined;
    this.line = this.#newLine(slot);
    const verdict = this.line.adopt(this.gateway.execute(this.line.auditRequest()), this.now);
    if (verdict.kind !== 'found') throw new RangeError(`not found: ${verdict.kind}`);
    const { state } = verdict.leg;
    // Call control goes on with what it is told, or lets the line be idle.
    this.order(
      state && (!isOfCall(state.phase) || state.callId) ? { ...state, ...(state.callId && { media: { mode: 'recvonly' } }) } : IDLE,
    );
  }

  get isQuiet(): boolean {
    return this.#step === undefined && this.#reply === undefined && this.gateway.reports.length === 0;
  }

  turn(): void {
    this.gateway.turn('line/1', this.gateway.line('line/1').hook === 'on' ? 'off' : 'on');
  }

  order(state: HalfCallState): void {
    this.line.order(state, this.now);
  }

  send(): void {
    const next = this.lines.take(this.now);
    if (next === undefined) return;
    expect(this.#step ?? this.#reply, 'one transaction at a time').to.equal(undefined);
    this.#step = next.step;
  }

  execute(): void {
    if (this.#step === undefined) return;
    this.#reply = this.gateway.execute(this.#step);
    this.#step = undefined;
  }

  reply(): void {
    const result = this.#reply;
    this.#reply = undefined;
    if (result !== undefined) this.line.settle({ kind: 'replied', result }, this.now);
  }

  lose(): void {
    if (this.#step === undefined && this.#reply === undefined) return;
    this.#step = this.#reply = undefined;
    this.line.settle({ kind: 'failed', reason: 'timeout' }, this.now);
  }

  report(twice: boolean): void {
    const report: ModelReport | undefined = this.gateway.reports.shift();
    if (report === undefined) return;
    this.line.report(report, this.now);
    if (twice) expect(this.line.report(report, this.now)).to.equal('repeated');
  }

  wait(ms: number): void {
    this.now += ms;
    this.lines.tick(this.now);
  }

  #newLine(slot: number): Line {
    const facts = {
      codecs: ['PCMU'],
      family: 'IP4' as const,
      ephemeral: '$',
      dialPlan: dialPlanOf(['1.']),
      refusedModes: new Set<string>(),
      refusedItems: new Set<string>(),
    };
    const line = new Line(NAME, 'line', 'line/1', facts, new Identifiers(slot), {
      event: (_, event) => (event.kind === 'on-hook' ? this.onHook('on') : event.kind === 'off-hook' ? this.onHook('off') : undefined),
      touched: (name) => this.lines.touch(name),
      observer: SILENT,
    });
    this.lines.add(line);
    return line;
  }
}

const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };
const BUSY: HalfCallState = { phase: 'busy', role: 'originating' };
const CALLS = ['165A0BC000001', '165A0BC000002', '265A0BC000001'];
const REMOTES = [undefined, 'v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 2 RTP/AVP 0\r\n', 'v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 4 RTP/AVP 0\r\n'];

function anyState(random: Random): HalfCallState {
  const phase = random.pick(PHASES);
  const role = random.pick(['originating', 'terminating'] as const);
  if (!isOfCall(phase)) return { phase, role: 'originating' };
  const media = { mode: random.pick(['sendrecv', 'recvonly', 'inactive'] as const), remote: random.pick(REMOTES) };
  return { phase, role, callId: random.pick(CALLS), media };
}

function storm(random: Random, style: GatewayStyle, hasTakeovers: boolean): Weather {
  const weather = new Weather(style);
  weather.gateway.fault = ({ kind }) => (kind !== 'audit-value' && random.chance(0.05) ? random.pick([500, 503, 510, 532]) : undefined);
  const acts: readonly (() => unknown)[] = [
    () => weather.order(anyState(random)),
    () => random.chance(0.3) && weather.turn(),
    () => weather.send(),
    () => weather.send(),
    () => weather.execute(),
    () => weather.execute(),
    () => weather.reply(),
    () => weather.reply(),
    () => random.chance(0.2) && weather.lose(),
    () => weather.report(random.chance(0.2)),
    () => weather.wait(random.integer(3_000)),
    () => hasTakeovers && random.chance(0.1) && weather.takeover(random.integer(3)),
  ];
  for (let step = 0; step < 200; step += 1) random.pick(acts)();
  weather.gateway.fault = () => undefined;
  return weather;
}

/** Fair weather: everything arrives, and call control follows the hook. */
function calm(weather: Weather, states: Readonly<Record<'on' | 'off', HalfCallState>>): void {
  weather.onHook = (hook) => weather.order(states[hook]);
  weather.order(states[weather.gateway.line('line/1').hook]);
  for (let round = 0; round < 80; round += 1) {
    weather.send();
    weather.execute();
    weather.reply();
    weather.report(false);
    if (weather.isQuiet) weather.wait(30_000);
  }
}

for (const style of ['frank', 'curt'] as const) {
  for (const hasTakeovers of [false, true]) {
    describe(`a line of a ${style} gateway after a storm${hasTakeovers ? ' with takeovers' : ''}`, () => {
      it('is armed for what its telephone can do next, and in no context', () => {
        for (let run = 0; run < 201; run += 1) {
          withSeed((random) => {
            const weather = storm(random, style, hasTakeovers);
            calm(weather, { on: IDLE, off: BUSY });
            const termination = weather.gateway.line('line/1');
            expect(weather.gateway.inContexts, 'in contexts').to.deep.equal([]);
            expect(parseRequestId(termination.events.requestId ?? 0)?.phase).to.equal(termination.hook === 'on' ? 'idle' : 'busy');
            expect(termination.signals).to.deep.equal(termination.hook === 'on' ? [] : ['cg/bt']);
            expect(weather.line.describe()).to.deep.include({ hook: termination.hook, contextId: NULL_CONTEXT, outstanding: undefined });
          });
        }
      });

      it('that shall talk has one context with the one ephemeral termination of its call', () => {
        for (let run = 0; run < 201; run += 1) {
          withSeed((random) => {
            const weather = storm(random, style, hasTakeovers);
            weather.gateway.turn('line/1', 'off');
            const talk: HalfCallState = {
              phase: 'talking',
              role: 'originating',
              callId: CALLS[0],
              media: { mode: 'sendrecv', remote: REMOTES[1] },
            };
            calm(weather, { on: talk, off: talk });
            const { terminations } = weather.gateway;
            const ephemeral = [...terminations.values()].filter(({ isLine }) => !isLine);
            expect(ephemeral.map(({ mode, contextId }) => ({ mode, contextId }))).to.deep.equal([
              { mode: 'send-receive', contextId: weather.gateway.line('line/1').contextId },
            ]);
            expect(weather.line.describe()).to.deep.include({ ephemeral: ephemeral[0]?.id, contextId: ephemeral[0]?.contextId });
            expect(parseRequestId(weather.gateway.line('line/1').events.requestId ?? 0)?.phase).to.equal('talking');
          });
        }
      });
    });
  }
}

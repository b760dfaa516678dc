// A whole exchange in bad weather: users at random, replies lost, controllers that die in mid-sentence and others that take
// over what they find. When everybody has hung up in the end, nothing is left: no call, no context, no line that is not armed.
import { CallControl, type LineName, LineQueue } from '@altpath/call-control';
import { type Millis, SILENT } from '@altpath/core';
import { type Random, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { Executor } from '../media-gateway/execute.js';
import { Parts } from '../media-gateway/parts.js';
import { gatewaySettings } from '../media-gateway/settings.js';
import type { Termination } from '../media-gateway/termination.js';
import { type ActionRequest, NULL_CONTEXT, type RequestId, word } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { dialPlanOf } from './digit-map.js';
import { GatewayModel, type ModelReport } from './gateway-model.fixture.js';
import { Identifiers, parseRequestId } from './identifiers.js';
import { Line, type Step } from './line.js';

const TERMINATIONS = ['line/1', 'line/2', 'line/3', 'line/4'];
const NUMBERS = ['1001', '1002', '1003', '1004'];

/** What a storm needs of a gateway. */
interface StormGateway {
  /** Reports that nobody has answered go to whoever comes. */
  readonly keepsReports: boolean;
  readonly reports: ModelReport[];
  readonly inContexts: readonly string[];
  execute(actions: readonly ActionRequest[], now: Millis): ReplyResult;
  hookOf(line: string): 'on' | 'off';
  requestIdOf(line: string): RequestId | undefined;
  turn(line: string, hook: 'on' | 'off', now: Millis): void;
  flash(line: string, now: Millis): void;
  dial(line: string, digits: string, now: Millis): void;
}

class ModelledGateway implements StormGateway {
  readonly keepsReports: boolean;
  readonly #model: GatewayModel;

  constructor(style: 'frank' | 'curt') {
    this.#model = new GatewayModel(TERMINATIONS, style);
    this.keepsReports = style === 'frank';
  }

  get reports(): ModelReport[] {
    return this.#model.reports;
  }

  get inContexts(): readonly string[] {
    return this.#model.inContexts;
  }

  execute(actions: readonly ActionRequest[]): ReplyResult {
    return this.#model.execute(actions);
  }

  hookOf(line: string): 'on' | 'off' {
    return this.#model.line(line).hook;
  }

  requestIdOf(line: string): RequestId | undefined {
    return this.#model.line(line).events.requestId;
  }

  turn(line: string, hook: 'on' | 'off'): void {
    this.#model.turn(line, hook);
  }

  flash(line: string): void {
    this.#model.flash(line);
  }

  dial(line: string, digits: string): void {
    this.#model.dial(line, digits);
  }
}

/** What executes transactions in our own gateways. */
class OwnGateway implements StormGateway {
  readonly keepsReports = true;
  readonly reports: ModelReport[] = [];
  readonly #executor: Executor;
  #time = 0;

  constructor() {
    const settings = gatewaySettings({ mId: { kind: 'device', name: 'mg1' }, lines: TERMINATIONS, mgcs: [], mediaAddress: '10.0.0.5' });
    const parts = new Parts({
      settings,
      emit: () => undefined,
      report: ({ id, context }, observed) => {
        this.#time += 1;
        const time = `20261122T${String(this.#time).padStart(8, '0')}`;
        const timed = { ...observed, events: observed.events.map((event) => ({ ...event, time })) };
        this.reports.push({ terminationId: id, contextId: context?.id ?? NULL_CONTEXT, observed: timed });
      },
      touched: () => undefined,
    });
    let port = 20_000;
    const media = { take: () => (port += 2), release: () => undefined, statistics: () => [] };
    this.#executor = new Executor({ settings, media, parts, emit: () => undefined }, { change: () => ({ ok: true, value: undefined }) });
  }

  get inContexts(): readonly string[] {
    return [...this.#executor.contexts].flatMap(({ terminations }) => [...terminations.values()].map(({ id }) => id));
  }

  execute(actions: readonly ActionRequest[], now: Millis): ReplyResult {
    return this.#executor.execute(actions, now).result;
  }

  hookOf(line: string): 'on' | 'off' {
    return this.#line(line).hook;
  }

  requestIdOf(line: string): RequestId | undefined {
    return this.#line(line).watch.audit().requestId;
  }

  turn(line: string, hook: 'on' | 'off', now: Millis): void {
    const termination = this.#line(line);
    termination.hook = hook;
    termination.watch.happened({ name: hook === 'on' ? 'al/on' : 'al/of', parameters: [{ name: 'init', value: word('off') }] }, now);
  }

  flash(line: string, now: Millis): void {
    this.#line(line).watch.happened({ name: 'al/fl', parameters: [] }, now);
  }

  dial(line: string, digits: string, now: Millis): void {
    for (const digit of digits) this.#line(line).watch.happened({ name: `dd/d${digit}`, parameters: [] }, now);
  }

  #line(id: string): Termination {
    const termination = this.#executor.terminations.find(id);
    if (termination === undefined) throw new RangeError(`no line ${id}`);
    return termination;
  }
}

interface Flight {
  readonly line: Line;
  readonly step: Step;
  reply: ReplyResult | undefined;
}

/** One controller: call control and its lines. */
class Controller {
  readonly lines = new LineQueue<Step, Line>('megaco');
  readonly calls: CallControl;

  constructor(slot: number, now: Millis) {
    const names = TERMINATIONS.map((each): LineName => `${each}@mg1`);
    const numbers = Object.fromEntries(NUMBERS.map((number, at) => [number, names[at] as LineName]));
    this.calls = new CallControl({ slot, lines: names.map((line) => ({ line })), numbers }, this.lines, SILENT, now);
    const facts = {
      codecs: ['PCMU'],
      family: 'IP4' as const,
      ephemeral: '$',
      dialPlan: dialPlanOf(NUMBERS),
      refusedModes: new Set<string>(),
      refusedItems: new Set<string>(),
    };
    for (const termination of TERMINATIONS) {
      const ports = {
        event: (...args: Parameters<CallControl['event']>) => this.calls.event(...args),
        touched: (name: LineName) => this.lines.touch(name),
        observer: SILENT,
      };
      this.lines.add(new Line(`${termination}@mg1`, 'line', termination, facts, new Identifiers(slot), ports));
    }
  }

  line(termination: string): Line {
    return this.lines.find(`${termination}@mg1`) as Line;
  }
}

class Exchange {
  now: Millis = 1_790_000_000_000;
  controller: Controller;
  flights: Flight[] = [];

  constructor(readonly gateway: StormGateway) {
    this.controller = new Controller(0, this.now);
    for (const line of this.controller.lines.lines()) this.controller.calls.service(line.name, true, this.now);
  }

  /** The controller is gone with all that was on its way to it, and another finds what there is. */
  takeover(slot: number): void {
    this.flights = [];
    if (!this.gateway.keepsReports) this.gateway.reports.length = 0;
    this.controller = new Controller(slot, this.now);
    for (const line of this.controller.lines.lines()) {
      const verdict = line.adopt(this.gateway.execute(line.auditRequest(), this.now), this.now);
      if (verdict.kind !== 'found') throw new RangeError(`not found: ${verdict.kind}`);
      this.controller.calls.restore([verdict.leg], true, this.now);
    }
    this.controller.calls.restore([], false, this.now);
  }

  send(): void {
    const next = this.controller.lines.take(this.now);
    if (next !== undefined) this.flights.push({ ...next, reply: undefined });
  }

  execute(at: number): void {
    const flight = this.flights[at];
    if (flight !== undefined) flight.reply ??= this.gateway.execute(flight.step, this.now);
  }

  reply(at: number): void {
    const flight = this.flights[at];
    if (flight?.reply === undefined) return;
    this.flights.splice(at, 1);
    flight.line.settle({ kind: 'replied', result: flight.reply }, this.now);
  }

  lose(at: number): void {
    const [flight] = this.flights.splice(at, 1);
    flight?.line.settle({ kind: 'failed', reason: 'timeout' }, this.now);
  }

  report(): void {
    const report = this.gateway.reports.shift();
    if (report !== undefined) this.controller.line(report.terminationId).report(report, this.now);
  }

  wait(ms: Millis): void {
    this.now += ms;
    this.controller.calls.tick(this.now);
    this.controller.lines.tick(this.now);
  }

  get isQuiet(): boolean {
    return this.flights.length === 0 && this.gateway.reports.length === 0 && this.controller.lines.queued === 0;
  }

  /** Everything that is on its way arrives, and what follows from it. */
  settle(): void {
    for (let turn = 0; turn < 400 && !this.isQuiet; turn += 1) {
      this.send();
      this.execute(0);
      this.reply(0);
      this.report();
    }
  }
}

function storm(random: Random, gateway: StormGateway, hasLosses: boolean): Exchange {
  const exchange = new Exchange(gateway);
  const anyLine = (): string => random.pick(TERMINATIONS);
  const anyFlight = (): number => random.integer(Math.max(1, exchange.flights.length));
  const acts: readonly (() => unknown)[] = [
    () => turn(exchange, anyLine()),
    () => gateway.dial(anyLine(), random.pick(NUMBERS), exchange.now),
    () => random.chance(0.3) && gateway.flash(anyLine(), exchange.now),
    () => exchange.send(),
    () => exchange.send(),
    () => exchange.execute(anyFlight()),
    () => exchange.execute(anyFlight()),
    () => exchange.reply(anyFlight()),
    () => exchange.reply(anyFlight()),
    () => exchange.report(),
    () => exchange.report(),
    () => random.chance(0.3) && exchange.settle(),
    () => exchange.wait(random.integer(1_000)),
    () => hasLosses && random.chance(0.2) && exchange.lose(anyFlight()),
    () => random.chance(0.05) && exchange.takeover(random.integer(3)),
  ];
  for (let step = 0; step < 400; step += 1) random.pick(acts)();
  return exchange;
}

function turn({ gateway, now }: Exchange, line: string): void {
  gateway.turn(line, gateway.hookOf(line) === 'on' ? 'off' : 'on', now);
}

const GATEWAYS: readonly [name: string, make: () => StormGateway][] = [
  ['a frank gateway', () => new ModelledGateway('frank')],
  ['a curt gateway', () => new ModelledGateway('curt')],
  ['our own gateway', () => new OwnGateway()],
];

for (const [name, make] of GATEWAYS) {
  for (const hasLosses of [false, true]) {
    it(`an exchange of ${name} after a storm of takeovers${hasLosses ? ' and losses' : ''}, its users gone, is as it was before`, function () {
      this.timeout(30_000);
      for (let run = 0; run < 101; run += 1) {
        withSeed((random) => {
          const exchange = storm(random, make(), hasLosses);
          const { gateway } = exchange;
          exchange.settle();
          for (const line of TERMINATIONS) if (gateway.hookOf(line) === 'off') turn(exchange, line);
          for (let round = 0; round < 60; round += 1) {
            exchange.settle();
            exchange.wait(10_000);
          }
          const calls = exchange.controller.calls.calls(exchange.now, 9);
          const armed = TERMINATIONS.map((line) => parseRequestId(gateway.requestIdOf(line) ?? 0)?.phase);
          const hooks = TERMINATIONS.map((line) => exchange.controller.line(line).describe().hook);
          expect({ calls, inContexts: gateway.inContexts, armed, hooks }).to.deep.equal({
            calls: [],
            inContexts: [],
            armed: ['idle', 'idle', 'idle', 'idle'],
            hooks: ['on', 'on', 'on', 'on'],
          });
        });
      }
    });
  }
}

// A line in bad weather: orders and hooks at random, commands and responses lost, reports late and twice. Whatever
// happened, in the end the endpoint is what it shall be and no connection has stayed behind.
import { type HalfCallState, isLineState, PHASES } from '@altpath/call-control';
import { SILENT } from '@altpath/core';
import { type Random, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import type { CommandDraft } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { dialPlanOf } from './digit-map.js';
import { HalfCalls } from './half-call.js';
import { Identifiers, parseRequestIdentifier } from './identifiers.js';
import { Line } from './line.js';

interface Answer {
  readonly code: number;
  readonly parameters: Parameters;
  readonly descriptions: readonly string[];
}

/** An endpoint as RFC 3435 has it, as far as a line can tell: connections, the hook, one request, lockstep. */
class Endpoint {
  hook: 'on' | 'off' = 'on';
  identifier = '0';
  readonly connections = new Map<string, string>();
  #watched: ReadonlySet<string> = new Set();
  #isWaiting = false;
  #count = 0;

  execute({ verb, parameters }: CommandDraft): Answer {
    const events = parameters.requestedEvents?.map(({ name }) => name.event);
    if (events?.includes('hd') && this.hook === 'off') return answer(401);
    if (events?.includes('hu') && this.hook === 'on') return answer(402);
    const { callId, connectionId } = parameters;
    if (verb === 'MDCX' && this.connections.get(connectionId ?? '') !== callId) return answer(515);
    if (verb === 'DLCX') {
      const meant = [...this.connections].filter(([id, call]) => (callId ?? call) === call && (connectionId ?? id) === id);
      if (meant.length === 0) return answer(connectionId === undefined ? 516 : 515);
      for (const [id] of meant) this.connections.delete(id);
    }
    if (events !== undefined) {
      this.identifier = parameters.requestIdentifier ?? '';
      this.#watched = new Set(events);
      this.#isWaiting = false;
    }
    if (verb !== 'CRCX') return answer(verb === 'DLCX' ? 250 : 200);
    this.#count += 1;
    this.connections.set(String(this.#count), callId ?? '');
    return { code: 200, parameters: { connectionId: String(this.#count) }, descriptions: [`v=0\nm=audio ${this.#count}\n`] };
  }

  /** @returns the report, if the new hook is watched for. */
  turn(): Parameters | undefined {
    this.hook = this.hook === 'on' ? 'off' : 'on';
    const event = this.hook === 'on' ? 'hu' : 'hd';
    if (this.#isWaiting || !this.#watched.has(event)) return undefined;
    this.#isWaiting = true;
    return { requestIdentifier: this.identifier, observedEvents: [{ name: { packageName: 'L', event }, parameters: [] }] };
  }
}

function answer(code: number): Answer {
  return { code, parameters: {}, descriptions: [] };
}

/** Between the two: what is on its way. */
class Weather {
  readonly endpoint = new Endpoint();
  readonly line: Line;
  readonly #lines = new HalfCalls();
  now = 1_700_000_000_000;
  onHook: (hook: 'on' | 'off') => void = () => undefined;
  #command: CommandDraft | undefined;
  #answer: Answer | undefined;
  #reports: Parameters[] = [];

  constructor() {
    const facts = {
      codecs: ['PCMU'],
      packetMs: 20,
      dialPlan: dialPlanOf(['1.']),
      requests: true,
      refusedModes: new Set<string>(),
      refusedEvents: new Set<string>(),
      localTime: () => '',
    };
    this.line = new Line('aaln/1@rgw1', 'line', { local: 'aaln/1', domain: 'rgw1' }, facts, new Identifiers(0), {
      event: (_, event) => (event.kind === 'on-hook' ? this.onHook('on') : event.kind === 'off-hook' ? this.onHook('off') : undefined),
      touched: (name) => this.#lines.touch(name),
      observer: SILENT,
    });
    this.#lines.add(this.line);
  }

  get isQuiet(): boolean {
    return this.#command === undefined && this.#answer === undefined && this.#reports.length === 0;
  }

  turn(): void {
    const report = this.endpoint.turn();
    if (report !== undefined) this.#reports.push(report);
  }

  order(state: HalfCallState): void {
    this.line.order(state, this.now);
  }

  send(): void {
    const next = this.#lines.take(this.now);
    if (next === undefined) return;
    expect(this.#command ?? this.#answer, 'one command at a time').to.equal(undefined);
    this.#command = next.step;
  }

  execute(): void {
    if (this.#command === undefined) return;
    this.#answer = this.endpoint.execute(this.#command);
    this.#command = undefined;
  }

  respond(): void {
    const response = this.#answer;
    this.#answer = undefined;
    if (response !== undefined) this.line.completed(response, this.now);
  }

  lose(): void {
    if (this.#command === undefined && this.#answer === undefined) return;
    this.#command = this.#answer = undefined;
    this.line.failed('timeout', this.now);
  }

  report(twice: boolean): void {
    const report = this.#reports.shift();
    if (report === undefined) return;
    this.line.report({ parameters: report }, this.now);
    if (twice) this.line.report({ parameters: report }, this.now);
  }

  wait(ms: number): void {
    this.now += ms;
    this.#lines.tick(this.now);
  }
}

const CALLS = ['1000000000001', '1000000000002', '1000000000003'];
const REMOTES = [undefined, 'v=0\nm=audio 1\n', 'v=0\nm=audio 2\n'];

function anyState(random: Random): HalfCallState {
  const phase = random.pick(PHASES);
  const role = random.pick(['originating', 'terminating'] as const);
  if (isLineState(phase)) return { phase, role };
  const media = random.chance(0.1)
    ? undefined
    : { mode: random.pick(['sendrecv', 'recvonly', 'inactive'] as const), remote: random.pick(REMOTES) };
  return { phase, role, callId: random.pick(CALLS), media };
}

function storm(random: Random): Weather {
  const weather = new Weather();
  const acts: readonly (() => void)[] = [
    () => weather.order(anyState(random)),
    () => random.chance(0.3) && weather.turn(),
    () => weather.send(),
    () => weather.send(),
    () => weather.execute(),
    () => weather.execute(),
    () => weather.respond(),
    () => weather.respond(),
    () => random.chance(0.2) && weather.lose(),
    () => weather.report(random.chance(0.2)),
    () => weather.wait(random.integer(3_000)),
  ];
  for (let step = 0; step < 200; step += 1) random.pick(acts)();
  return weather;
}

/** Fair weather: everything arrives, and call control follows the hook. */
function calm(weather: Weather, states: Readonly<Record<'on' | 'off', HalfCallState>>): void {
  weather.onHook = (hook) => weather.order(states[hook]);
  weather.order(states[weather.endpoint.hook]);
  for (let round = 0; round < 60; round += 1) {
    weather.send();
    weather.execute();
    weather.respond();
    weather.report(false);
    if (weather.isQuiet) weather.wait(30_000);
  }
}

describe('a line after a storm', () => {
  it('is armed for what its telephone can do next, and has no connection', () => {
    for (let run = 0; run < 201; run += 1) {
      withSeed((random) => {
        const weather = storm(random);
        calm(weather, { on: { phase: 'idle', role: 'originating' }, off: { phase: 'busy', role: 'originating' } });
        const { endpoint, line } = weather;
        expect(endpoint.connections.size, 'connections').to.equal(0);
        expect(line.describe().orphans, 'orphans').to.equal(0);
        expect(parseRequestIdentifier(endpoint.identifier)?.phase).to.equal(endpoint.hook === 'on' ? 'idle' : 'busy');
        expect(line.describe().hook).to.equal(endpoint.hook);
        expect(line.describe().outstanding).to.equal(undefined);
      });
    }
  });

  it('that shall talk has the one connection of its call, and knows its name', () => {
    for (let run = 0; run < 201; run += 1) {
      withSeed((random) => {
        const weather = storm(random);
        if (weather.endpoint.hook === 'on') weather.turn();
        const talk: HalfCallState = { phase: 'talking', role: 'originating', callId: '1000000000001', media: { mode: 'recvonly' } };
        calm(weather, { on: talk, off: talk });
        expect([...weather.endpoint.connections.values()]).to.deep.equal(['1000000000001']);
        expect([...weather.endpoint.connections.keys()]).to.deep.equal([weather.line.describe().connectionId]);
        expect(parseRequestIdentifier(weather.endpoint.identifier)?.phase).to.equal('talking');
      });
    }
  });
});

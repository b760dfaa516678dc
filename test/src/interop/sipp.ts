// sipp (Debian sip-tester) as a test wants it: a scenario in, its counters out.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkSpace } from '../support/network-space.js';
import { bound } from '../support/ports.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';
import type { Scratch } from '../support/scratch.js';
import type { SippScenario } from './sipp-scenario.js';

const SIP_PORT = 5060;

/** What sipp counted over a whole run. `retransmissions` are those sent and those received, of any message. */
export interface SippCounts {
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly unexpected: number;
  readonly exitCode: number | string;
}

export interface SippOptions {
  readonly space: NetworkSpace;
  readonly scratch: Scratch;
  /** Name of a file in test/interop/scenarios, without `.xml`; or one put together. */
  readonly scenario: 'register' | 'caller' | 'callee' | SippScenario;
  readonly transport: 'udp' | 'tcp';
  /** Its own address; the port is 5060. */
  readonly host: string;
  /** Where it sends, `host:port`; the callee only answers. */
  readonly target?: string | undefined;
  readonly calls: number;
  /** Calls a second. */
  readonly rate?: number | undefined;
  /** Values of the scenario's keys. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  /** Users for field 0, taken in turn. */
  readonly users?: readonly string[] | undefined;
}

export class Sipp {
  readonly child: Child;

  private constructor(
    readonly options: SippOptions,
    private readonly name: string,
    file: string,
    users: string | undefined,
  ) {
    const { transport, host, target, calls, rate = 200, keys = {} } = options;
    const command = [
      'sipp',
      ...(target === undefined ? [] : [target]),
      ...['-sf', file, '-t', transport === 'udp' ? 'u1' : 't1'],
      ...['-i', host, '-p', String(SIP_PORT), '-m', String(calls), '-r', String(rate), '-l', String(4 * rate), '-nostdin'],
      ...['-timeout', `${Math.ceil((2 * calls) / rate) + 40}s`, '-buff_size', '2000000'],
      ...Object.entries(keys).flatMap(([key, value]) => ['-key', key, value]),
      ...(users === undefined ? [] : ['-inf', users]),
      ...['-trace_stat', '-stf', this.#file('csv'), '-fd', '1', '-trace_screen', '-screen_file', this.#file('screen')],
      ...['-trace_err', '-error_file', this.#file('errors')],
    ];
    this.child = new Child(`sipp ${name} ${host}`, options.space.command(command), { cwd: options.scratch.folder });
  }

  /** Starts it; a callee has bound its port when this settles. */
  static async start(options: SippOptions): Promise<Sipp> {
    const { scratch, scenario, host, target, users, space, transport } = options;
    const name = typeof scenario === 'string' ? scenario : scenario.name;
    const file =
      typeof scenario === 'string'
        ? join(ROOT, 'test/interop/scenarios', `${scenario}.xml`)
        : await scratch.write(`${scenario.name}-${host}.xml`, scenario.xml);
    const rows = users && ['SEQUENTIAL', ...users.map((user) => `${user};`), ''].join('\n');
    const list = rows === undefined ? undefined : await scratch.write(`${name}-${host}.users`, rows);
    const sipp = new Sipp(options, name, file, list);
    if (target === undefined) await bound(space, sipp.child, transport, host, SIP_PORT);
    return sipp;
  }

  /** Waits for its end and reads its counters. */
  async finish(): Promise<SippCounts> {
    const exitCode = await this.child.ended;
    const statistics = lastRow(await readFile(this.#file('csv'), 'utf8'));
    const table = messageTable(await readFile(this.#file('screen'), 'utf8'));
    return {
      successful: statistics('SuccessfulCall(C)'),
      failed: statistics('FailedCall(C)'),
      retransmissions: Math.max(statistics('Retransmissions(C)'), sum(table.map(({ retransmitted }) => retransmitted))),
      unexpected: sum(table.map(({ unexpected }) => unexpected)) + statistics('OutOfCallMsgs(C)') + statistics('DeadCallMsgs(C)'),
      exitCode,
    };
  }

  /** What sipp complained about, for a failure message. */
  async complaints(): Promise<string> {
    const errors = await readFile(this.#file('errors'), 'utf8').catch(() => ''); // none were written: nothing to complain about
    return `${this.child.label}: ${errors.slice(0, 4_000)}`;
  }

  #file(kind: string): string {
    return this.options.scratch.path(`${this.name}-${this.options.host}.${kind}`);
  }
}

/** The last row of sipp's statistics, asked by column. */
function lastRow(csv: string): (column: string) => number {
  const rows = csv.trim().split('\n');
  const columns = (rows[0] ?? '').split(';');
  const values = (rows.at(-1) ?? '').split(';');
  return (column) => {
    const index = columns.indexOf(column);
    if (rows.length < 2 || index < 0) throw new Error(`sipp wrote no ${column}`);
    return Number(values[index]);
  };
}

/** The last scenario screen: a row a message, `INVITE ---------->  400  0  0`; received ones have a fourth column. */
function messageTable(screens: string): { readonly retransmitted: number; readonly unexpected: number }[] {
  const screen = screens.slice(screens.lastIndexOf('Messages  Retrans'));
  return screen
    .slice(0, screen.search(/^-------/m))
    .split('\n')
    .map((row) => /(?:---------->|<----------)(?: \S+)? +(\d+) +(\d+)(?: +(\d+))?(?: +(\d+))?/.exec(row))
    .filter((match) => match !== null)
    .map(([, , retransmitted, , unexpected]) => ({ retransmitted: Number(retransmitted), unexpected: Number(unexpected ?? 0) }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

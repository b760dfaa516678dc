// What a process uses, as its kernel counts it.
import { readFileSync } from 'node:fs';

/** Clock ticks in a second: what Linux counts processor time in. */
const TICKS_A_SECOND = 100;

/** Its resident size in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Processor time in ms that it has used, in user mode and in the kernel together. */
export function processorMs(pid: number): number {
  // Behind the name, which may hold blanks: state is field 3, utime 14, stime 15.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_A_SECOND;
}

/** Sizes of a process while a load runs on it. */
export class MemoryWatch {
  readonly #sizes: { readonly at: number; readonly mib: number }[] = [];
  readonly #began = Date.now();
  readonly #timer: NodeJS.Timeout;

  /** @param print  Told a line a minute. */
  constructor(pid: number, print: (line: string) => void) {
    this.#timer = setInterval(() => {
      const at = Math.round((Date.now() - this.#began) / 1_000);
      const mib = residentMiB(pid);
      this.#sizes.push({ at, mib });
      if (at % 60 < EVERY_S) print(`${String(at).padStart(6)} s   ${mib.toFixed(0)} MiB\n`);
    }, EVERY_S * 1_000);
  }

  /** @returns by what the size has grown since `warmUpS`: 1 where it has come to rest, or where the run was shorter. */
  end(warmUpS: number): number {
    clearInterval(this.#timer);
    const rested = this.#sizes.filter(({ at }) => at >= warmUpS).map(({ mib }) => mib);
    return rested.length < 2 ? 1 : (rested.at(-1) as number) / (rested[0] as number);
  }
}

const EVERY_S = 10;

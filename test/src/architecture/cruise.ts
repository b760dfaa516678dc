// Runs dependency-cruiser with the house's rules over one house: this one, or the canary.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/root.js';

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface Cruise {
  readonly violations: readonly Violation[];
  /** Every source file that was read, relative to the house. */
  readonly sources: readonly string[];
  /** Every import that was resolved, as `from -> to`. */
  readonly imports: readonly string[];
}

interface Report {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly { readonly resolved: string }[] }[];
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }[];
  };
}

/** @param house  A folder with packages/, protocols/, gateway/ and test/, each built. */
export async function cruise(house: string): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const rules = ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json'];
  const folders = ['packages', 'protocols']
    .flatMap((part) => readdirSync(join(house, part)).map((room) => `${part}/${room}`))
    .concat('gateway', 'test')
    .map((room) => `${room}/src`)
    .filter((folder) => existsSync(join(house, folder)));
  const { modules, summary } = JSON.parse(await output([program, ...rules, ...folders], house)) as Report;
  return {
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    sources: modules.map(({ source }) => source).filter((source) => source.includes('/src/')),
    imports: modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => `${source} -> ${resolved}`)),
  };
}

function output(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // The exit code is the number of violations; a report is an answer, whatever the code.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser gave no report: ${stderr}`, { cause: error }));
    });
  });
}

// `npm test`: every compiled test of the house in one mocha run, within thirty minutes. Mocha's output is kept; behind it
// come the skipped tests with their reasons, the one line that installs what they lack, and as the last line
// `N passed, N failed, N skipped`. Arguments are passed on to mocha (`npm test -- --grep Via`).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LIMIT_MS = 30 * 60 * 1000;
const GRACE_MS = 10 * 1000;

process.chdir(ROOT);
const rooms = ['packages', 'protocols']
  .flatMap((kind) => readdirSync(kind).map((name) => join(kind, name)))
  .concat('gateway', 'test')
  .filter((room) => existsSync(join(room, 'dist')));
for (const room of rooms) removeStale(join(room, 'dist'), join(room, 'src'));
const files = rooms.flatMap((room) => filesUnder(join(room, 'dist')).filter((file) => file.endsWith('.test.js'))).sort(heavyLast);
if (files.length === 0) {
  console.error('no compiled tests: npm run build');
  closeWith({ passed: 0, failed: 1, skipped: [] });
} else {
  closeWith(await run(files));
}

/** A deleted `x.test.ts` leaves `x.test.js` behind, which would go on being run. */
function removeStale(dist, src) {
  for (const file of filesUnder(dist)) {
    const source = /^(.*[.]test)[.](js|d[.]ts)([.]map)?$/.exec(file)?.[1];
    if (source && !existsSync(`${join(src, source.slice(dist.length + 1))}.ts`)) rmSync(file);
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Unit tests first, then what starts processes: who breaks a unit sees it in seconds. */
function heavyLast(a, b) {
  return Number(a.startsWith('test/')) - Number(b.startsWith('test/')) || (a < b ? -1 : 1);
}

/** Runs mocha as a child, so that neither a crash nor an open handle of a test can take the closing line away. */
async function run(tests) {
  const folder = mkdtempSync(join(tmpdir(), 'altpath-test-'));
  const results = join(folder, 'results.json');
  const reporter = ['--reporter', 'scripts/mocha-reporter.cjs', '--reporter-option', `results=${results}`];
  const mocha = ['--enable-source-maps', 'node_modules/mocha/bin/mocha.js', ...reporter, ...process.argv.slice(2), ...tests];
  const child = spawn(process.execPath, mocha, { stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = (signal) => child.kill(signal);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const limit = setTimeout(stop, LIMIT_MS, 'SIGKILL');
  // The results are written at the end of the run; a process that is still there long after has something open.
  const watch = setInterval(() => {
    if (!existsSync(results)) return;
    clearInterval(watch);
    setTimeout(stop, GRACE_MS, 'SIGKILL').unref();
  }, 500);
  const [code, signal] = await new Promise((done) => child.once('close', (...end) => done(end)));
  clearTimeout(limit);
  clearInterval(watch);
  const finished = existsSync(results);
  const outcome = finished ? JSON.parse(readFileSync(results, 'utf8')) : { passed: 0, failed: 0, skipped: [] };
  rmSync(folder, { recursive: true, force: true });
  if (signal === 'SIGKILL' && finished) complain(outcome, 'the tests are over, but one of them left something open: mocha did not end');
  else if (!finished)
    complain(outcome, signal ? `mocha did not end within ${LIMIT_MS / 60_000} minutes (${signal})` : `mocha ended early (exit ${code})`);
  else if (code !== 0 && outcome.failed === 0) complain(outcome, `mocha ended with exit ${code}`);
  return outcome;
}

function complain(outcome, sentence) {
  console.error(`\n${sentence}`);
  outcome.failed += 1;
}

function closeWith({ passed, failed, skipped }) {
  if (skipped.length > 0) console.log('\nSkipped:');
  for (const { title, reason } of skipped) console.log(`  ${title}: ${reason?.text ?? 'no reason given'}`);
  const missing = [...new Set(skipped.flatMap(({ reason }) => reason?.missing ?? []))].sort();
  if (missing.length > 0)
    console.log(`\nMissing here: ${missing.join(', ')}. This line installs them all (Debian, root or sudo):\n\n    npm run peers`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

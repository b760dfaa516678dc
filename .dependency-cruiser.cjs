// Who may import whom (the architecture check). Read by test/src/architecture, which also runs it over the canary house
// in test/canary, where every rule is broken once; by hand: `npx depcruise packages/*/src protocols/*/src gateway/src
// test/src`. Run it from the root of a house, built: imports between rooms resolve to dist/*.d.ts, which are looked at
// and not followed. What a room may import beyond the rules written here is what its package.json names.
const { existsSync, readFileSync, readdirSync } = require('node:fs');

const HOUSE = '^(packages|protocols|gateway|test)/';
const ROOM = '^((?:packages|protocols)/[^/]+|gateway|test)/src/';
/** Tests, and what nobody but tests needs. */
const TEST = '[.](test|fixture)[.]ts$';
const TESTS = `(^test/|^packages/testkit/|${TEST})`;
const DEVICES = 'dgram tls http https http2 dns fs timers child_process worker_threads cluster os readline perf_hooks process'.split(' ');
const npm = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`;
const core = (...names) => `^(node:)?(${names.join('|')})(/|$)`;
const escape = (text) => text.replaceAll('.', '[.]');

const rooms = ['packages', 'protocols']
  .flatMap((kind) => (existsSync(kind) ? readdirSync(kind).map((name) => `${kind}/${name}`) : []))
  .concat('gateway', 'test')
  .filter((folder) => existsSync(`${folder}/package.json`))
  .map((folder) => ({ folder, ...JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) }));
const folderOf = new Map(rooms.map((room) => [room.name, room.folder]));
const shared = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).devDependencies ?? {});

/** One room imports the rooms and the npm packages that its package.json names, and nothing else. */
function declaredOnly(room, from, names, label) {
  const folders = names.flatMap((name) => folderOf.get(name) ?? []);
  const packages = names.filter((name) => !folderOf.has(name));
  return [
    {
      name: `declared-rooms-only:${room.folder}${label}`,
      severity: 'error',
      comment: `${room.folder}/package.json does not name this room`,
      from,
      to: { path: HOUSE, pathNot: [room.folder, ...folders].map((folder) => `^${escape(folder)}/`) },
    },
    {
      name: `declared-packages-only:${room.folder}${label}`,
      severity: 'error',
      comment: `${room.folder}/package.json does not name this npm package`,
      from,
      to: { path: npm('.+'), pathNot: [npm('node'), ...(packages.length > 0 ? [npm(...packages.map(escape))] : [])] },
    },
  ];
}

const declared = rooms.flatMap((room) => {
  const source = `^${escape(room.folder)}/src/`;
  const names = Object.keys(room.dependencies ?? {});
  const forTests = [...names, ...Object.keys(room.devDependencies ?? {}), ...shared];
  if (room.folder === 'test') return declaredOnly(room, { path: source }, forTests, '');
  return [
    ...declaredOnly(room, { path: source, pathNot: TEST }, names, ''),
    ...declaredOnly(room, { path: `${source}.*${TEST}` }, forTests, ':tests'),
  ];
});

const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid('no-cycles', 'two files that need each other are one file', {}, { circular: true }),
    forbid('no-unresolved', 'an import that leads nowhere: not installed, or not built', {}, { couldNotResolve: true }),
    forbid('core-is-a-leaf', 'core imports nothing of ours', { path: '^packages/core/src/' }, { path: HOUSE, pathNot: '^packages/core/' }),
    forbid(
      'by-the-door',
      'another room is entered by its name (@altpath/...), not by a path',
      { path: ROOM },
      { path: ROOM, pathNot: '^$1/' },
    ),
    forbid(
      'packages-know-no-protocol',
      'packages/ is what knows no protocol; simulators are phones and may',
      { path: '^packages/', pathNot: '^packages/simulators/' },
      { path: '^(protocols|gateway|test)/' },
    ),
    forbid(
      'protocols-import-core-only',
      'a protocol imports core, sdp and call-control; the rest reaches it through ports',
      { path: '^protocols/([^/]+)/', pathNot: TESTS },
      { path: HOUSE, pathNot: '^(protocols/$1|packages/(core|sdp|call-control))/' },
    ),
    forbid(
      'protocols-are-siblings',
      'no protocol knows another',
      { path: '^protocols/([^/]+)/' },
      { path: '^protocols/', pathNot: '^protocols/$1/' },
    ),
    forbid(
      'protocols-do-no-io',
      'a protocol room opens no socket, asks no DNS, reads no file, sets no timer',
      { path: '^protocols/[^/]+/src/', pathNot: TEST },
      { dependencyTypes: ['core'], path: core('net', ...DEVICES) },
    ),
    forbid(
      'pure-packages-do-no-io',
      'neither does a pure package; of node:net it may take the readers of addresses (eslint.config.js)',
      { path: '^packages/(core|sdp|call-control)/src/', pathNot: TEST },
      { dependencyTypes: ['core'], path: core(...DEVICES) },
    ),
    forbid(
      'nobody-imports-gateway',
      'the program is at the top; only test/ may look at it',
      { pathNot: '^(gateway|test)/' },
      { path: '^gateway/' },
    ),
    forbid(
      'inversify-in-compose',
      'the container is used in gateway/src/compose and nowhere else',
      { pathNot: '^gateway/src/compose/' },
      { path: npm('inversify', '@inversifyjs/[^/]+', 'reflect-metadata') },
    ),
    forbid(
      'winston-in-telemetry',
      'code reports facts to the Observer; formats live in telemetry',
      { pathNot: '^packages/telemetry/' },
      { path: npm('winston', 'winston-transport') },
    ),
    forbid('fixtures-in-tests', 'what nobody but tests needs is for tests', { path: '/src/', pathNot: TESTS }, { path: TEST }),
    forbid('testkit-in-tests', 'the simulated clock and network are for tests', { pathNot: TESTS }, { path: '^packages/testkit/' }),
    ...declared,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};

// Calls to trunks of gateways in simulated time, and the node that controls them stops: while they talk, and after each message of
// their beginning and of their end.
import { expect } from 'chai';
import type { AnalogLine } from '@altpath/simulators';
import type { PlaceKind } from '../lines/kinds.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { type Fault, Scene } from '../lines/scene.js';
import { AWARE_TELEPHONES } from '../lines/sip-kinds.js';
import { TRUNK_KINDS } from '../lines/trunk-kinds.js';

const CALLERS: Readonly<Record<string, PlaceKind>> = {
  'a SIP telephone': AWARE_TELEPHONES,
  'an MGCP line': mgcpKind('redirect'),
  'an H.248 line': megacoKind({ encoding: 'compact', transport: 'udp' }),
};
const CALLER = '1101';
const TRUNK = '1201';
const PATIENCE_MS = 12_000;

function opened(caller: PlaceKind, trunks: PlaceKind, hasSharedStore = false): Scene {
  const scene = new Scene({ seed: 1, kinds: [caller, trunks], gateways: 2, linesEach: 4, hasSharedStore });
  scene.start();
  scene.phone(CALLER).offHook();
  scene.run(500);
  scene.phone(CALLER).dial(TRUNK.slice(0, 2));
  scene.run(500);
  return scene;
}

/** What passes at an end: mode, and the port to which it goes; undefined while it does not know one. */
function media(line: AnalogLine): readonly string[] {
  return [...line.media.values()].map(({ connection, mode, localPort, remote }) => `${connection} ${localPort} ${mode} ${remote?.port}`);
}

function isThrough(scene: Scene): boolean {
  const [mine, theirs] = [scene.phone(CALLER), scene.phone(TRUNK)].map((line) => [...line.media.values()]);
  const [near, far] = [mine?.[0], theirs?.[0]];
  if (near === undefined || far === undefined || mine?.length !== 1 || theirs?.length !== 1) return false;
  const isJoined = far.remote?.port === near.localPort && near.remote?.port === far.localPort;
  return scene.phone(CALLER).state === 'talking' && far.mode === 'sendrecv' && isJoined;
}

function expectThrough(scene: Scene): void {
  const isReached = scene.until(() => isThrough(scene), PATIENCE_MS) !== undefined;
  expect(isReached, `${scene.phone(CALLER).state}; ${media(scene.phone(CALLER)).join()}; ${media(scene.phone(TRUNK)).join()}`).to.equal(
    true,
  );
}

function expectNothingLeft(scene: Scene): void {
  if (scene.until(() => scene.remains === '', PATIENCE_MS) === undefined) expect(scene.remains).to.equal('');
}

/** One telephone calls the same trunk again, and hangs up. */
function expectFreeAgain(scene: Scene): void {
  scene.phone(CALLER).offHook();
  // Its gateway may not know yet that its controller is gone.
  scene.until(() => scene.phone(CALLER).state === 'dial-tone', PATIENCE_MS);
  scene.phone(CALLER).dial(TRUNK);
  expectThrough(scene);
  scene.phone(CALLER).onHook();
  expectNothingLeft(scene);
}

for (const [protocol, trunks] of Object.entries(TRUNK_KINDS))
  for (const [who, caller] of Object.entries(CALLERS))
    describe(`a trunk of ${protocol} that ${who} calls`, function () {
      this.timeout(60_000);

      for (const fault of ['killed', 'gone', 'frozen', 'drained'] satisfies Fault[])
        it(`goes on untouched when its node is ${fault}, and is free when who called has hung up`, () => {
          const scene = opened(caller, trunks);
          scene.phone(CALLER).dial(TRUNK.slice(2));
          expectThrough(scene);
          scene.run(500);
          const before = media(scene.phone(TRUNK));
          scene.stop(0, fault);
          scene.run(10_000);
          expectThrough(scene);
          expect(media(scene.phone(TRUNK)), 'nobody has touched it').to.deep.equal(before);
          scene.phone(CALLER).onHook();
          expectNothingLeft(scene);
          scene.bringBack(0);
          scene.run(5_000);
          expectFreeAgain(scene);
        });

      /** @returns whether the node had more to say. */
      function stopsAfter(scene: Scene, breaths: number, act: () => void, reached: () => void): boolean {
        let hadMoreToSay = false;
        scene.controller(0).onLastBreath = () => {
          hadMoreToSay = true;
          scene.stop(0, 'killed');
        };
        scene.controller(0).breaths = breaths;
        act();
        reached();
        return hadMoreToSay;
      }

      // Without a store nobody could say 200 to a telephone that has heard 180.
      const needsStore = caller.protocol === 'sip';
      it(`is reached whatever its node still says before it is killed${needsStore ? ', with a shared store' : ''}`, () => {
        for (let breaths = 0, hadMore = true; hadMore; breaths += 1) {
          const scene = opened(caller, trunks, needsStore);
          hadMore = stopsAfter(
            scene,
            breaths,
            () => scene.phone(CALLER).dial(TRUNK.slice(2)),
            () => expectThrough(scene),
          );
          scene.phone(CALLER).onHook();
          expectNothingLeft(scene);
        }
      });

      it('is free again whatever its node has said of a call that is given up', () => {
        for (let breaths = 0, hadMore = true; hadMore; breaths += 1) {
          const scene = opened(caller, trunks);
          hadMore = stopsAfter(
            scene,
            breaths,
            () => scene.phone(CALLER).dial(TRUNK.slice(2)),
            () => scene.run(5_000),
          );
          scene.phone(CALLER).onHook();
          expectNothingLeft(scene);
          expectFreeAgain(scene);
        }
      });

      it('is left whatever its node still says before it is killed', () => {
        for (let breaths = 0, hadMore = true; hadMore; breaths += 1) {
          const scene = opened(caller, trunks);
          scene.phone(CALLER).dial(TRUNK.slice(2));
          expectThrough(scene);
          scene.run(500);
          hadMore = stopsAfter(
            scene,
            breaths,
            () => scene.phone(CALLER).onHook(),
            () => expectNothingLeft(scene),
          );
          expectFreeAgain(scene);
        }
      });
    });

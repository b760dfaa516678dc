// The controller of MGCP gateways dies while their lines are in every stage of a call: two nodes as processes, gateways with
// real RTP. Whoever rang is answered, whoever dialled gets through, whoever talked goes on hearing the other, and at the end
// no connection is left; then the controller comes back, and the lines call each other as before.
import { expect } from 'chai';
import { KINDS, LINES, type Pair, Scene } from '../support/gateway-scene.js';
import type { AnalogLine } from '@altpath/simulators';

describe('the controller of MGCP gateways dies', function () {
  this.timeout(60_000);

  for (const kind of KINDS) {
    for (const fault of ['SIGKILL', 'SIGSTOP'] as const) {
      it(`${fault}: every call of ${kind.what} ends as its users wanted`, async () => {
        const scene = await Scene.open(kind);
        try {
          await play(scene, fault);
        } finally {
          await scene.close();
        }
      });
    }
  }
});

async function play(scene: Scene, fault: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  const [dialTone, midDigits, ringing, talking, held, hangingUp] = [1, 2, 3, 4, 5, 6].map((nth) => scene.pair(nth)) as [
    Pair,
    Pair,
    Pair,
    Pair,
    Pair,
    Pair,
  ];
  await dialTone.seize();
  await midDigits.seize();
  midDigits.caller.dial('20');
  await ringing.ring();
  for (const pair of [talking, held, hangingUp]) await pair.talk();
  held.caller.flash();
  await held.callee.until((line) => line.state !== 'talking');

  // What comes between a report and what it causes is sent in the same instant as the fault.
  hangingUp.caller.onHook();
  scene.node('a').signal(fault);
  ringing.callee.offHook();
  dialTone.caller.dial('2001');
  midDigits.caller.dial('02');

  await hangingUp.callee.until('busy');
  hangingUp.callee.onHook();
  await ringing.inTalk();
  for (const pair of [dialTone, midDigits]) {
    await pair.callee.until('ringing');
    pair.callee.offHook();
    await pair.inTalk();
  }
  held.caller.flash();
  await held.inTalk();
  await talking.inTalk();
  for (const pair of [dialTone, midDigits, ringing, held]) await pair.hangUp('caller');
  await talking.hangUp('callee');
  for (const pair of [talking, ringing]) expect(rings(pair.callee), 'rang once').to.equal(1);
  await scene.isEmpty();

  await scene.comeBack(fault);
  for (let nth = 1; nth <= LINES; nth += 1) {
    const pair = scene.pair(nth);
    await pair.talk();
    await pair.hangUp(nth % 2 === 0 ? 'caller' : 'callee');
  }
  await scene.isEmpty();
}

function rings(line: AnalogLine): number {
  return line.history.filter((state) => state === 'ringing').length;
}

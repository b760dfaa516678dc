// Calls between SIP telephones whose media goes through a gateway, and whose controller stops in any stage, at every moment between
// a message and what it causes: nothing is left on the gateway.
import { expect } from 'chai';
import { FAULTS } from '../lines/faults.js';
import { Scene, type SceneOptions } from '../lines/scene.js';
import { AWARE_TELEPHONES } from '../lines/sip-kinds.js';
import { isReached, SHORT_STORIES } from '../lines/stories.js';
import { complaintsOf, type Setting } from '../lines/survival.js';

const SETTING: Setting = {
  what: 'anchored calls',
  kinds: [AWARE_TELEPHONES, AWARE_TELEPHONES],
  hasSharedStore: true,
  isAnchored: true,
  patienceMs: 40_000,
};

/** Set up, talk and clearing; a call that comes to no talk; and changes amid a talk. */
const STORIES = SHORT_STORIES.filter(({ name }) => ['called-side-hangs-up', 'given-up-while-ringing'].includes(name));
const WITH_HOLD = SHORT_STORIES.filter(({ name }) => [...STORIES.map((story) => story.name), 'hold-by-either-side'].includes(name));

/** What is left on the gateway, and nowhere else. */
const LEFT_ON_GATEWAY = /: (10\.2\.0\.1 [^,]+(, |$))+$/;

/** The acts of the shortest story until both talk. */
const TALK = SHORT_STORIES[0]?.acts.slice(0, 4) ?? [];

/** Two telephones talk. */
function talking(more: Partial<SceneOptions> = {}): Scene {
  const scene = new Scene({ seed: 1, kinds: SETTING.kinds, gateways: 2, linesEach: 4, isAnchored: true, ...more });
  scene.start();
  const cast = scene.cast('1101', '1201', '1202');
  for (const act of TALK) {
    act.play(cast);
    expect(
      scene.until(() => isReached(cast, act), 12_000),
      act.what,
    ).not.to.equal(undefined);
    scene.run(300);
  }
  return scene;
}

/** Where the media of a telephone goes. */
function farEnd(scene: Scene, number: string): string | undefined {
  return [...scene.phone(number).media.values()].map(({ remote }) => remote?.host)[0];
}

describe('an anchored call', () => {
  it('has its media on the gateway, which knows both telephones, and leaves nothing there', () => {
    const scene = talking();
    expect([farEnd(scene, '1101'), farEnd(scene, '1201')]).to.deep.equal([scene.bridge?.host, scene.bridge?.host]);
    expect(scene.bridge?.remains.map((what) => what.replace(/ has \S+/, ''))).to.deep.equal([
      '10.2.0.1 rtpbridge/1 sendrecv',
      '10.2.0.1 rtpbridge/1 sendrecv',
    ]);
    scene.phone('1101').onHook();
    scene.run(1_000);
    scene.phone('1201').onHook();
    scene.run(1_000);
    expect(scene.remains).to.equal('');
  });

  it('whose telephones are gone with its node is over on the gateway when nobody has come back for it', () => {
    const scene = talking({ hasSharedStore: false });
    scene.stop(0, 'killed');
    // Their telephones have lost their power.
    for (const place of scene.places) place.misbehave(1);
    scene.run(100_000);
    expect(scene.bridge?.remains).to.have.length(2);
    scene.run(60_000);
    expect(scene.bridge?.remains).to.deep.equal([]);
  });

  it('goes on without a store where its telephones speak to the node that stands in', () => {
    const scene = talking({ hasSharedStore: false });
    scene.stop(0, 'killed');
    scene.run(2_000);
    scene.phone('1101').onHook();
    scene.run(40_000);
    expect(scene.bridge?.remains).to.deep.equal([]);
  });
});

describe('anchored calls whose controller stops', function () {
  this.timeout(240_000);

  for (const [what, fault, backAfterMs] of FAULTS) {
    it(`go on or end as their users wanted, and leave nothing on the gateway; the node ${what}`, () => {
      const complaints = complaintsOf(fault === 'killed' ? WITH_HOLD : STORIES, (story, act, breaths) => ({
        setting: SETTING,
        fault,
        backAfterMs,
        story,
        act,
        breaths,
      }));
      // A host that is gone with an INVITE on its way to it leaves the telephone behind, with an anchor or without.
      const ofAnchors = fault === 'gone' ? complaints.filter((complaint) => LEFT_ON_GATEWAY.test(complaint)) : complaints;
      expect(ofAnchors.join('\n')).to.equal('');
    });
  }
});

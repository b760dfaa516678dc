// The first act: two SIP phones, one death while the phone rings. It only plays and notes down; drawing and judging are
// elsewhere.
import type { IncomingCall, NetworkPhone, OutgoingCall } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { DEMO_DOMAIN, placeOf } from './nodes.js';
import { figuresOf, judge, type PhoneFacts, timesOf } from './phone-verdict.js';
import { openPhone, untilHeard } from './players.js';
import { instant, pause, remark, type Show, type Stage } from './stage.js';

const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;

export class PhoneStory implements Act {
  readonly name = 'sip';
  readonly title = 'Two SIP phones: the primary goes while one of them rings';
  readonly participants = ['alice', 'primary', 'backup', 'bob'];
  readonly #phones: NetworkPhone[] = [];
  #ends: Pick<PhoneFacts, 'aliceEnd' | 'bobEnd' | 'aliceAudio' | 'bobAudio'> = {};
  #bobRang = 0;
  #killedAt: number | undefined;
  #answeredAt: number | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {}

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const alice = await openPhone(this.stage, this.show, 'alice', 600);
    this.#phones.push(alice);
    const bob = await openPhone(this.stage, this.show, 'bob', 1_050);
    this.#phones.push(bob);
    await Promise.all([alice.register(), bob.register()]);
    remark(this.show, `alice and bob are registered; alice calls sip:bob@${DEMO_DOMAIN}`);

    const incoming = new Promise<IncomingCall>((resolve) => {
      bob.onIncoming((offered) => {
        this.#bobRang += 1;
        resolve(offered);
      });
    });
    const call = alice.call(`sip:bob@${DEMO_DOMAIN}`);
    const ringing = new Promise<void>((resolve) => call.once('ringing', () => resolve()));
    const theirs = await orEnd(incoming, call);
    theirs.ring();
    await orEnd(ringing, call);
    await pause(RING_BEFORE_FAULT_MS);
    this.#killedAt = await this.stage.strike(this.show, 'the phone rings');
    await pause(RING_AFTER_FAULT_MS);
    await this.#talk(call, theirs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#phones.map((phone) => phone.close()));
  }

  result(): ActResult {
    const facts = this.#facts();
    const { alice, bob, aliceAudio, bobAudio } = facts;
    return {
      checks: judge(facts),
      figures: figuresOf(facts),
      report: { times: timesOf(facts), audio: { alice: aliceAudio, bob: bobAudio }, messages: { alice, bob } },
    };
  }

  async #talk(call: OutgoingCall, theirs: IncomingCall): Promise<void> {
    remark(this.show, 'bob answers');
    this.#answeredAt = instant();
    await theirs.answer();
    await Promise.all([call.confirmed, theirs.confirmed]);
    await untilHeard(
      this.stage,
      () => call.audioReport(),
      () => theirs.audioReport(),
    );
    remark(this.show, 'they talk, each hears the tone of the other; alice hangs up');
    const aliceEnd = await call.hangUp();
    const bobEnd = await theirs.ended;
    this.#ends = { aliceEnd, bobEnd, aliceAudio: call.audioReport(), bobAudio: theirs.audioReport() };
  }

  #facts(): PhoneFacts {
    const { places } = this.stage;
    const messagesOf = (user: string): PhoneFacts['alice'] => this.#phones.find((phone) => phone.user === user)?.messages ?? [];
    return {
      primary: placeOf(places, 'primary').proxy,
      backup: placeOf(places, 'backup').proxy,
      alice: messagesOf('alice'),
      bob: messagesOf('bob'),
      bobRang: this.#bobRang,
      killedAt: this.#killedAt,
      answeredAt: this.#answeredAt,
      ...this.#ends,
    };
  }
}

/** What is waited for, or the call's end as an error. */
function orEnd<T>(wanted: Promise<T>, call: OutgoingCall): Promise<T> {
  const early = call.ended.then((end) => {
    throw new Error(`the call ended early: ${end.reason} ${end.status ?? ''} ${end.detail ?? ''}`.trim());
  });
  return Promise.race([wanted, early]);
}

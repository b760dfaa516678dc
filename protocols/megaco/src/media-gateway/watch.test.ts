import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import type { AmmDescriptor, ItemName, ObservedEvent, Parameter, SignalsDescriptor } from '../message/index.js';
import { singleText, word } from '../message/index.js';
import { STANDARD_PACKAGES } from '../packages/index.js';
import { actionsOf } from '../transaction/testing.js';
import { DEFAULT_DIGIT_TIMERS } from './digit-collector.js';
import { NamedDigitMaps } from './digit-maps.js';
import { Realm } from './realm.js';
import { TerminationSignals } from './signals.js';
import { digitEvent, TerminationWatch } from './watch.js';

const REALM = new Realm(STANDARD_PACKAGES, ['g', 'al', 'cg', 'dg', 'dd', 'tonegen', 'tonedet']);

/** What a Modify of these descriptors would hold. */
function descriptors(text: string): readonly AmmDescriptor[] {
  const command = actionsOf(`C=-{MF=line/1{${text}}}`)[0]?.commands[0];
  return command?.kind === 'modify' ? command.descriptors : [];
}

/** A watch and a player of one line, and what they told: `7 al/of init=off`, `+cg/dt`, `-cg/dt`. */
class Stage {
  now = 1_000;
  hook: 'on' | 'off' = 'on';
  readonly maps = new NamedDigitMaps(undefined);
  #told: string[] = [];
  readonly signals = new TerminationSignals({
    realm: REALM,
    change: ({ name }, on) => void this.#told.push(`${on ? '+' : '-'}${name}`),
    completed: (event, now) => this.watch.happened(event, now),
    touched: () => undefined,
  });
  readonly watch = new TerminationWatch(this.#owner());

  #owner(): ConstructorParameters<typeof TerminationWatch>[0] {
    const hook = (): 'on' | 'off' => this.hook;
    return {
      realm: REALM,
      get hook() {
        return hook();
      },
      timers: DEFAULT_DIGIT_TIMERS,
      findDigitMap: (name) => this.maps.find(name),
      checkSignals: (signals) => this.signals.check(signals),
      notify: ({ requestId, events }, error) => {
        const note = error === undefined ? '' : ` error ${error.code}`;
        for (const event of events) this.#told.push(`${requestId} ${eventText(event)}${note}`);
      },
      touched: () => undefined,
      interruptSignals: (now) => this.signals.interrupt(now),
      playSignals: (signals, now) => this.signals.play({ kind: 'signals', signals }, now),
    };
  }

  /** Puts descriptors in force as a command does. @returns the code why not. */
  command(text: string): number | undefined {
    const list = descriptors(text);
    const digitMap = list.find((each) => each.kind === 'digit-map');
    for (const each of list) {
      const refusal = checkOf(this, each, digitMap);
      if (refusal !== undefined) return refusal;
    }
    if (digitMap) this.maps.set(digitMap);
    for (const each of list) {
      if (each.kind === 'media') this.watch.control(each.terminationState?.eventBufferControl ?? 'off');
      if (each.kind === 'event-buffer') this.watch.buffer(each);
      if (each.kind === 'signals') this.signals.play(each, this.now);
      if (each.kind === 'events') this.watch.arm(each, this.now);
    }
    return undefined;
  }

  happens(name: ItemName, ...parameters: readonly Parameter[]): void {
    this.watch.happened({ name, parameters }, this.now);
  }

  /** The telephone is lifted, or put back. */
  lift(hook: 'on' | 'off'): void {
    this.hook = hook;
    this.happens(hook === 'off' ? 'al/of' : 'al/on', { name: 'init', value: word('off') });
  }

  dial(digits: string): void {
    for (const digit of digits) this.happens(digitEvent(digit) ?? '');
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let at = this.#deadline(); at <= end && at !== NEVER; at = this.#deadline()) {
      this.now = at;
      this.signals.tick(at);
      this.watch.tick(at);
    }
    this.now = end;
  }

  #deadline(): number {
    return Math.min(this.signals.deadline(), this.watch.deadline());
  }

  told(): readonly string[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }
}

function checkOf(
  stage: Stage,
  each: AmmDescriptor,
  digitMap: Extract<AmmDescriptor, { kind: 'digit-map' }> | undefined,
): number | undefined {
  if (each.kind === 'events') return stage.watch.check(each, { digitMap })?.code;
  if (each.kind === 'signals') return stage.signals.check(each)?.code;
  if (each.kind === 'digit-map') return stage.maps.check(each)?.code;
  return each.kind === 'event-buffer' ? stage.watch.checkBuffer(each)?.code : undefined;
}

function parameterText({ name, value }: Parameter): string {
  return `${name}=${singleText(value) ?? '?'}`;
}

function eventText(event: ObservedEvent): string {
  return [event.name, ...event.parameters.map(parameterText)].join(' ');
}

function signalsOf(stage: Stage): readonly string[] {
  const audited: SignalsDescriptor = stage.signals.audit();
  return audited.signals.map((each) => (each.kind === 'signal' ? each.name : `list ${each.id}`));
}

function staged(text: string): Stage {
  const stage = new Stage();
  expect(stage.command(text)).to.equal(undefined);
  return stage;
}

describe('what a termination watches for', () => {
  it('an event in force is told under its RequestID, again and again; others are not', () => {
    const stage = staged('E=7{al/of}');
    stage.lift('off');
    stage.lift('on');
    stage.lift('off');
    expect(stage.told()).to.deep.equal(['7 al/of init=off', '7 al/of init=off']);
  });

  it('new events replace those before, empty ones end all watching', () => {
    const stage = staged('E=7{al/of}');
    stage.command('E=8{al/on}');
    stage.lift('off');
    expect(stage.told()).to.deep.equal([]);
    stage.command('E');
    stage.lift('on');
    expect(stage.told()).to.deep.equal([]);
    expect(stage.watch.audit().events).to.deep.equal([]);
  });

  it('all events of a package may be asked for, and all of all; the exact name decides first', () => {
    const stage = staged('SG{cg/dt},E=7{al/*,al/fl{KA}}');
    stage.happens('al/fl');
    expect(stage.told()).to.deep.equal(['+cg/dt', '7 al/fl']);
    stage.lift('off');
    expect(stage.told()).to.deep.equal(['7 al/of init=off', '-cg/dt']);
    stage.command('E=9{*/*}');
    stage.dial('5');
    expect(stage.told()).to.deep.equal(['9 dd/d5']);
  });

  it('strict=state tells what is there already, with init=on, and goes on looking', () => {
    const stage = new Stage();
    stage.hook = 'off';
    stage.command('E=7{al/of{strict=state},al/on}');
    expect(stage.told()).to.deep.equal(['7 al/of init=on']);
    stage.lift('on');
    expect(stage.told()).to.deep.equal(['7 al/on init=off']);
  });

  it('strict=exact, which is also meant where nothing is said, waits for a change', () => {
    const stage = new Stage();
    stage.hook = 'off';
    stage.command('E=7{al/of}');
    stage.command('E=8{al/of{strict=exact}}');
    expect(stage.told()).to.deep.equal([]);
  });

  it('strict=failWrong refuses the command with 540 where the hook is that already', () => {
    const stage = new Stage();
    expect(stage.command('E=7{al/on{strict=failWrong}}')).to.equal(540);
    expect(stage.command('E=7{al/of{strict=failWrong}}')).to.equal(undefined);
  });

  it('an event stops what is played unless it is to be kept', () => {
    const stage = staged('SG{cg/dt},E=7{al/on,al/fl{KA}}');
    stage.happens('al/fl');
    expect(stage.told()).to.deep.equal(['+cg/dt', '7 al/fl']);
    stage.lift('on');
    expect(stage.told()).to.deep.equal(['7 al/on init=off', '-cg/dt']);
  });

  it('embedded signals replace what is played, embedded events what is watched for', () => {
    const stage = staged('SG{al/ri},E=7{al/of{EM{SG{cg/dt},E=8{al/on}}}}');
    stage.lift('off');
    expect(stage.told()).to.deep.equal(['+al/ri', '7 al/of init=off', '-al/ri', '+cg/dt']);
    stage.lift('on');
    expect(stage.told()).to.deep.equal(['8 al/on init=off', '-cg/dt']);
    expect(stage.watch.audit().requestId).to.equal(8);
  });

  const refusals: readonly [text: string, code: number, why: string][] = [
    ['E=1{zz/of}', 440, 'a package that nobody knows'],
    ['E=1{nt/netfail}', 440, 'a package that the termination has not'],
    ['E=1{al/xx}', 451, 'an event that is in no package'],
    ['E=1{zz/*}', 440, 'all events of a package that nobody knows'],
    ['E=1{al/of{foo=1}}', 446, 'a parameter that the event has not'],
    ['E=1{al/of{strict=sometimes}}', 454, 'a word that is none of the parameter'],
    ['E=1{al/fl{mindur=soon}}', 449, 'a value that is no number'],
    ['E=1{dd/ce}', 457, 'a completion event without a digit map'],
    ['E=1{dd/*}', 457, 'the same among all events of its package'],
    ['E=1{dd/ce{DM=home}}', 520, 'a digit map that nobody defined'],
    ['E=1{dd/ce{DM={(1|}}}', 449, 'a digit map that cannot be read'],
    ['E=1{al/of{EM{SG{cg/xx}}}}', 452, 'an embedded signal that is in no package'],
    ['E=1{al/of{EM{E=2{al/xx}}}}', 451, 'an embedded event that is in no package'],
    ['EB{al/xx}', 451, 'an event to be buffered that is in no package'],
  ];
  for (const [text, code, why] of refusals) it(`${code} for ${why}`, () => expect(new Stage().command(text)).to.equal(code));

  it('an extension that is not known does no harm', () => {
    expect(new Stage().command('E=1{al/of{X-why=2}}')).to.equal(undefined);
  });
});

describe('digits of a termination', () => {
  const DIALLING = 'SG{cg/dt},E=7{al/on,dd/ce{DM={T:16,S:3,L:8,(100x|9x.)}}}';

  it('are collected, not told one by one, and the first one stops the dial tone', () => {
    const stage = staged(DIALLING);
    stage.dial('10');
    expect(stage.told()).to.deep.equal(['+cg/dt', '-cg/dt']);
    stage.dial('02');
    expect(stage.told()).to.deep.equal(['7 dd/ce ds=1002 Meth=UM']);
  });

  it('are told when the short timer runs out behind a number that could go on', () => {
    const stage = staged(DIALLING);
    stage.dial('91');
    stage.run(3_000);
    expect(stage.told().at(-1)).to.equal('7 dd/ce ds=91 Meth=FM');
  });

  it('are told when no more come', () => {
    const stage = staged(DIALLING);
    stage.dial('10');
    stage.run(7_999);
    expect(stage.told().at(-1)).to.equal('-cg/dt');
    stage.run(1);
    expect(stage.told()).to.deep.equal(['7 dd/ce ds=10 Meth=PM']);
  });

  it('a digit that does not fit comes after the completion, as an event of its own', () => {
    const stage = staged('E=7{dd/ce{DM={(100x)}},dd/d7}');
    stage.dial('17');
    expect(stage.told()).to.deep.equal(['7 dd/ce ds=1 Meth=PM', '7 dd/d7']);
  });

  it('a digit that is asked for by name is told and collected', () => {
    const stage = staged('E=7{dd/ce{DM={(12)}},dd/d1}');
    stage.dial('12');
    expect(stage.told()).to.deep.equal(['7 dd/d1', '7 dd/ce ds=12 Meth=UM']);
  });

  it('all events of the package with a digit map: both', () => {
    const stage = staged('E=7{dd/*{DM={(E1|F)}}}');
    stage.dial('*1');
    expect(stage.told()).to.deep.equal(['7 dd/ds', '7 dd/d1', '7 dd/ce ds=E1 Meth=UM']);
  });

  it('a digit map is used once; what is dialled afterwards is told only where it is asked for', () => {
    const stage = staged('E=7{dd/ce{DM={(1)}}}');
    stage.dial('11');
    expect(stage.told()).to.deep.equal(['7 dd/ce ds=1 Meth=UM']);
  });

  it('signals go on where the completion keeps them', () => {
    const stage = staged('SG{cg/dt},E=7{dd/ce{KA,DM={(12)}}}');
    stage.dial('12');
    expect(stage.told()).to.deep.equal(['+cg/dt', '7 dd/ce ds=12 Meth=UM']);
  });

  it('a digit map may be named by the events of the command that defines it, and later', () => {
    const stage = staged('E=7{dd/ce{DM=Home}},DM=home{(12)}');
    stage.dial('12');
    stage.command('E=8{dd/ce{DM=home}}');
    stage.dial('12');
    expect(stage.told()).to.deep.equal(['7 dd/ce ds=12 Meth=UM', '8 dd/ce ds=12 Meth=UM']);
  });

  it('an audit shows the dial string so far, without a method', () => {
    const stage = staged('E=7{dd/ce{DM={(100x)}}}');
    stage.dial('10');
    const observed = stage.watch.observed();
    expect(observed?.requestId).to.equal(7);
    expect(observed?.events.map(eventText)).to.deep.equal(['dd/ce ds=10']);
  });

  it('new events begin with an empty dial string', () => {
    const stage = staged('E=7{dd/ce{DM={(12)}}}');
    stage.dial('1');
    stage.command('E=8{dd/ce{DM={(12)}}}');
    stage.dial('12');
    expect(stage.told()).to.deep.equal(['8 dd/ce ds=12 Meth=UM']);
  });
});

describe('lock step', () => {
  const LOCKED = 'M{TS{BF=LockStep}},EB{al/on,al/of,dd/*},E=7{al/of}';

  it('after an event the others wait in the buffer for new events, which take the first that they look for', () => {
    const stage = staged(LOCKED);
    stage.lift('off');
    stage.happens('al/fl');
    stage.lift('on');
    stage.lift('off');
    expect(stage.told()).to.deep.equal(['7 al/of init=off']);
    stage.command('E=8{al/of}');
    expect(stage.told()).to.deep.equal(['8 al/of init=off']);
    stage.command('E=9{al/on}');
    expect(stage.told()).to.deep.equal([]);
  });

  it('the time of an event is that at which it happened', () => {
    const stage = staged(LOCKED);
    stage.lift('off');
    stage.lift('on');
    expect(stage.watch.observed()?.events[0]?.time).to.equal('19700101T00000100');
    stage.now += 5_000;
    expect(stage.watch.observed()?.events[0]?.time).to.equal('19700101T00000100');
  });

  it('digits that waited fill a digit map', () => {
    const stage = staged(LOCKED);
    stage.lift('off');
    stage.dial('12');
    stage.command('E=8{dd/ce{DM={(12)}}}');
    expect(stage.told()).to.deep.equal(['7 al/of init=off', '8 dd/ce ds=12 Meth=UM']);
  });

  it('embedded events go on at once', () => {
    const stage = staged('M{TS{BF=LockStep}},EB{al/on},E=7{al/of{EM{E=8{al/on}}}}');
    stage.lift('off');
    stage.lift('on');
    expect(stage.told()).to.deep.equal(['7 al/of init=off', '8 al/on init=off']);
  });

  it('what was buffered goes when lock step ends, when the buffer is emptied, and when nothing is watched for', () => {
    for (const end of ['M{TS{BF=OFF}}', 'EB', 'E']) {
      const stage = staged(LOCKED);
      stage.lift('off');
      stage.lift('on');
      stage.told();
      stage.command(end);
      stage.command('E=8{al/on}');
      expect(stage.told(), end).to.deep.equal([]);
    }
  });

  it('what does not fit in the buffer is lost, and said to be lost', () => {
    const stage = staged(LOCKED);
    stage.lift('off');
    for (let i = 0; i < 65; i += 1) stage.dial('1');
    stage.command('E=8{dd/d1}');
    expect(stage.told()).to.deep.equal(['7 al/of init=off', '8 dd/d1 error 518']);
  });
});

describe('the signals of a termination', () => {
  it('a new descriptor replaces the one before', () => {
    const stage = staged('SG{cg/dt}');
    stage.command('SG{al/ri}');
    stage.command('SG');
    expect(stage.told()).to.deep.equal(['+cg/dt', '-cg/dt', '+al/ri', '-al/ri']);
  });

  it('a signal that is to be kept goes on, and begins not where it was not there', () => {
    const stage = staged('SG{al/ri}');
    stage.command('SG{al/ri{KA},cg/cw{KA}}');
    expect(stage.told()).to.deep.equal(['+al/ri']);
    expect(signalsOf(stage)).to.deep.equal(['al/ri']);
  });

  it('one with an end ends, and says so where it was asked to', () => {
    const stage = staged('SG{cg/bt{DR=500,NC={TO}}},E=7{g/sc}');
    stage.run(4_999);
    expect(stage.told()).to.deep.equal(['+cg/bt']);
    stage.run(1);
    expect(stage.told()).to.deep.equal(['-cg/bt', '7 g/sc SigID=cg/bt Meth=TO']);
  });

  it('says nothing of its end where it was not asked to', () => {
    const stage = staged('SG{cg/bt{DR=500}},E=7{g/sc}');
    stage.run(5_000);
    expect(stage.told()).to.deep.equal(['+cg/bt', '-cg/bt']);
  });

  it('says whether an event ended it, or another descriptor', () => {
    const stage = staged('SG{al/ri{NC={IBE,IBS}}},E=7{g/sc,al/of}');
    stage.lift('off');
    expect(stage.told()).to.deep.equal(['+al/ri', '7 al/of init=off', '-al/ri', '7 g/sc SigID=al/ri Meth=EV']);
    stage.command('SG{cg/dt{NC={IBE,IBS}}}');
    stage.command('SG');
    expect(stage.told()).to.deep.equal(['+cg/dt', '-cg/dt', '7 g/sc SigID=cg/dt Meth=SD']);
  });

  it('a type of its own goes before that of the package', () => {
    const stage = staged('SG{cg/bt{SY=OO}}');
    stage.run(600_000);
    expect(stage.told()).to.deep.equal(['+cg/bt']);
  });

  it('a brief one only begins', () => {
    const stage = staged('SG{dg/d1}');
    stage.run(1_000);
    expect(stage.told()).to.deep.equal(['+dg/d1']);
    expect(signalsOf(stage)).to.deep.equal([]);
  });

  it('a list plays one after the other, and is not begun anew by the same list', () => {
    const stage = staged('SG{SL=3{cg/sit{DR=10},cg/bt{DR=20,NC={TO}}}},E=7{g/sc}');
    stage.run(100);
    stage.command('SG{SL=3{cg/sit,cg/bt}}');
    stage.run(200);
    expect(stage.told()).to.deep.equal(['+cg/sit', '-cg/sit', '+cg/bt', '-cg/bt', '7 g/sc SigID=cg/bt Meth=TO SLID=3']);
  });

  const refusals: readonly [text: string, code: number, why: string][] = [
    ['SG{zz/ri}', 440, 'a package that nobody knows'],
    ['SG{al/xx}', 452, 'a signal that is in no package'],
    ['SG{al/*}', 452, 'a wildcard'],
    ['SG{al/ri{foo=1}}', 446, 'a parameter that the signal has not'],
    ['SG{al/ri{freq=high}}', 449, 'a value that is no number'],
    ['SG{dg/d1{SY=TO}}', 457, 'a brief signal that shall time out, without a duration'],
    ['SG{SL=1{cg/dt{SY=OO},cg/bt}}', 449, 'one that lasts for ever within a list'],
  ];
  for (const [text, code, why] of refusals) it(`${code} for ${why}`, () => expect(new Stage().command(text)).to.equal(code));
});

// A SIP telephone as somebody at its hook and keys perceives it.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import { PhoneTable } from './phone-table.fixture.js';
import type { PhoneRig } from './phone-rig.js';
import { TelephoneLine } from './telephone-line.js';

describe('a SIP telephone in the hands of a user', () => {
  let table: PhoneTable;
  let rigs: readonly PhoneRig[];
  let alice: TelephoneLine;
  let bob: TelephoneLine;
  let carol: TelephoneLine;

  beforeEach(() => {
    const clock = new SimulatedClock(0);
    const random = new Random(1);
    table = new PhoneTable({ clock, random, network: new SimulatedNetwork(clock, random) });
    rigs = ['1001', '1002', '1003'].map((user) => table.phone(user));
    const uriOf = (dialled: string): string => rigs.find(({ user }) => user === dialled)?.contact.uri ?? `sip:${dialled}@10.2.0.3:5060`;
    [alice, bob, carol] = rigs.map((rig) => new TelephoneLine(rig, { uriOf })) as [TelephoneLine, TelephoneLine, TelephoneLine];
  });

  function after(ms: number, ...acts: (() => void)[]): string {
    for (const act of acts) {
      act();
      table.run(ms);
    }
    return [alice, bob, carol].map(({ state }) => state).join(' ');
  }

  it('dials, hears ringback, talks, and hears busy tone when the other hangs up', () => {
    expect(after(100, () => alice.offHook())).to.equal('dial-tone idle idle');
    expect(after(100, () => alice.dial('10'))).to.equal('silence idle idle');
    expect(after(100, () => alice.dial('02'))).to.equal('ringback ringing idle');
    expect(bob.callerId?.number).to.equal('1001');
    expect(after(100, () => bob.offHook())).to.equal('talking talking idle');
    expect(after(100, () => bob.onHook())).to.equal('busy idle idle');
    expect(after(100, () => alice.onHook())).to.equal('idle idle idle');
    expect(alice.history.join(' ')).to.equal('idle dial-tone silence ringback talking busy idle');
    expect(bob.history.join(' ')).to.equal('idle ringing talking idle');
    expect(rigs.map(({ calls }) => calls.length)).to.deep.equal([0, 0, 0]);
  });

  it('puts on hold and takes back with the hook, either side', () => {
    after(
      100,
      () => alice.offHook(),
      () => alice.dial('1002'),
      () => bob.offHook(),
    );
    expect(after(100, () => alice.flash())).to.equal('silence silence idle');
    expect(after(100, () => alice.flash())).to.equal('talking talking idle');
    expect(after(100, () => bob.flash())).to.equal('silence silence idle');
    expect(after(100, () => bob.flash())).to.equal('talking talking idle');
    expect(
      after(
        100,
        () => alice.flash(),
        () => alice.onHook(),
      ),
    ).to.equal('idle busy idle');
  });

  it('two flashes in a row leave all as it was', () => {
    after(
      100,
      () => alice.offHook(),
      () => alice.dial('1002'),
      () => bob.offHook(),
    );
    alice.flash();
    expect(after(500, () => alice.flash())).to.equal('talking talking idle');
  });

  it('is busy while it is off-hook, rings, or talks', () => {
    after(
      100,
      () => carol.offHook(),
      () => alice.offHook(),
    );
    expect(after(100, () => alice.dial('1003'))).to.equal('busy idle dial-tone');
    expect(
      after(
        100,
        () => alice.onHook(),
        () => carol.onHook(),
        () => alice.offHook(),
        () => alice.dial('1002'),
      ),
    ).to.equal('ringback ringing idle');
    expect(
      after(
        100,
        () => carol.offHook(),
        () => carol.dial('1002'),
      ),
    ).to.equal('ringback ringing busy');
  });

  it('is given up while it rings', () => {
    after(
      100,
      () => alice.offHook(),
      () => alice.dial('1002'),
    );
    expect(after(100, () => alice.onHook())).to.equal('idle idle idle');
    expect([bob.history.join(' '), bob.callerId]).to.deep.equal(['idle ringing idle', undefined]);
  });

  it('hears reorder for what cannot be called, after a pause where the number is not whole', () => {
    rigs[2]?.onIncoming((call) => call.reject(404, 'Not Found'));
    after(100, () => alice.offHook());
    expect(after(3_900, () => alice.dial('99'))).to.equal('silence idle idle');
    expect(after(200)).to.equal('silence idle idle');
    table.run(200);
    expect(alice.state).to.equal('reorder');
    expect(after(100, () => alice.dial('1002'))).to.equal('reorder idle idle');
    expect(
      after(
        100,
        () => alice.onHook(),
        () => alice.offHook(),
      ),
    ).to.equal('dial-tone idle idle');
  });

  it('sends keys while it talks', () => {
    after(
      100,
      () => alice.offHook(),
      () => alice.dial('1002'),
      () => bob.offHook(),
      () => alice.press('7'),
    );
    expect(bob.call?.digits).to.equal('7');
  });

  it('shows its connection as an analog line does', () => {
    const shown = (line: TelephoneLine): string =>
      [...line.media.values()].map(({ mode, remote }) => `${mode} ${remote?.host ?? ''}`).join();
    after(
      100,
      () => alice.offHook(),
      () => alice.dial('1002'),
    );
    expect([shown(alice), shown(bob)]).to.deep.equal(['recvonly ', 'sendrecv 10.2.0.1']);
    after(100, () => bob.offHook());
    expect([shown(alice), shown(bob)]).to.deep.equal(['sendrecv 10.2.0.2', 'sendrecv 10.2.0.1']);
    after(100, () => bob.onHook());
    expect([shown(alice), shown(bob)]).to.deep.equal(['', '']);
  });
});

import { expect } from 'chai';
import { NEVER } from '@altpath/core';
import { INVITE, message } from '../codec/testing.js';
import { DEFAULT_SESSION_TIMER, SessionTimer } from './session-timer.js';

const NOW = 1_700_000_000_000;

function invite(...lines: string[]): ReturnType<typeof message> {
  return message([...INVITE.slice(0, -1), ...lines, 'Content-Length: 0']);
}

function response(status: string, ...lines: string[]): ReturnType<typeof message> {
  return message([`SIP/2.0 ${status}`, ...INVITE.slice(1, 2), ...INVITE.slice(3, 7), ...lines, 'Content-Length: 0']);
}

/** One line a step: what was due, and when in seconds. */
function story(timer: SessionTimer): string[] {
  const steps: string[] = [];
  for (let at = timer.deadline(); at !== NEVER && steps.length < 20; at = timer.deadline()) {
    const due = timer.due(at);
    if (due) steps.push(`${due} ${Math.round((at - NOW) / 1_000)}`);
  }
  return steps;
}

describe('a session timer, asked for by the other end', () => {
  for (const [what, lines, answer] of [
    ['nothing', [], ['Session-Expires: 90;refresher=uas']],
    ['that it knows timers', ['Supported: 100rel, Timer'], ['Session-Expires: 90;refresher=uac', 'Require: timer']],
    ['an hour', ['Supported: timer', 'x: 3600'], ['Session-Expires: 90;refresher=uac', 'Require: timer']],
    ['to be refreshed', ['k: timer', 'Session-Expires: 3600 ; Refresher=UAS'], ['Session-Expires: 90;refresher=uas', 'Require: timer']],
    ['no less than 300 s', ['k: timer', 'Session-Expires: 3600', 'Min-SE: 300'], ['Session-Expires: 300;refresher=uac', 'Require: timer']],
    [
      'less than its own least',
      ['k: timer', 'Session-Expires: 200', 'Min-SE: 300'],
      ['Session-Expires: 200;refresher=uac', 'Require: timer'],
    ],
    ['it through a proxy', ['Session-Expires: 1800'], ['Session-Expires: 90;refresher=uas']],
    ['what is no number', ['k: timer', 'Session-Expires: x'], ['Session-Expires: 90;refresher=uac', 'Require: timer']],
  ] as const) {
    it(`by ${what}, is answered ${answer.join(', ')} (RFC 4028 table 2)`, () => {
      expect(new SessionTimer().accept(invite(...lines), NOW)).to.deep.equal(answer);
    });
  }

  it('is refused with 422 when it is too short, by who can do better', () => {
    const timer = new SessionTimer({ intervalS: 300, minS: 200 });
    expect(timer.refusal(invite('Supported: timer', 'Session-Expires: 199'))).to.equal('Min-SE: 200');
    expect(timer.refusal(invite('Session-Expires: 199'))).to.equal(undefined);
    expect(timer.refusal(invite('Supported: timer', 'Session-Expires: 200'))).to.equal(undefined);
    expect(timer.refusal(invite('Supported: timer'))).to.equal(undefined);
  });

  it('ends a third, and at most 32 s, before its time where the other end refreshes', () => {
    const timer = new SessionTimer();
    timer.accept(invite('Supported: timer'), NOW);
    expect(timer.refresher).to.equal('them');
    expect(story(timer)).to.deep.equal(['expired 60']);
    const longer = new SessionTimer({ intervalS: 1_800, minS: 90 });
    longer.accept(invite('Supported: timer'), NOW);
    expect(story(longer)).to.deep.equal(['expired 1768']);
  });

  it('begins anew with each refresh', () => {
    const timer = new SessionTimer();
    timer.accept(invite('Supported: timer'), NOW);
    timer.accept(invite('Supported: timer', 'Session-Expires: 90;refresher=uac'), NOW + 45_000);
    expect(story(timer)).to.deep.equal(['expired 105']);
  });
});

describe('a session timer that we ask for', () => {
  it('leaves the refresh to the other end', () => {
    expect(new SessionTimer().requestLines()).to.deep.equal(['Session-Expires: 90;refresher=uas']);
  });

  it('is refreshed at half its time by us where nobody there knows of it, more often while that does not succeed, and ends', () => {
    const timer = new SessionTimer();
    timer.accepted(response('200 OK'), NOW);
    expect(timer.refresher).to.equal('us');
    expect(timer.requestLines()).to.deep.equal(['Session-Expires: 90;refresher=uac']);
    const steps = story(timer);
    expect(steps.slice(0, 3)).to.deep.equal(['refresh 45', 'refresh 68', 'refresh 79']);
    expect(steps.at(-1)).to.equal('expired 90');
    expect(steps.length).to.be.below(10);
  });

  it('goes on after a refresh', () => {
    const timer = new SessionTimer();
    timer.accepted(response('200 OK'), NOW);
    expect(timer.due(NOW + 45_000)).to.equal('refresh');
    timer.accepted(response('200 OK'), NOW + 45_100);
    expect([timer.due(NOW + 90_000), timer.due(NOW + 90_100)]).to.deep.equal([undefined, 'refresh']);
  });

  it('is what the 2xx says', () => {
    const timer = new SessionTimer();
    timer.accepted(response('200 OK', 'Require: timer', 'Session-Expires: 120;refresher=uas'), NOW);
    expect([timer.refresher, timer.intervalS]).to.deep.equal(['them', 120]);
    expect(timer.requestLines()).to.deep.equal(['Session-Expires: 120;refresher=uas']);
    timer.accepted(response('200 OK', 'Require: timer', 'Session-Expires: 120;refresher=uac'), NOW);
    expect(timer.refresher).to.equal('us');
  });

  it('is asked for longer after a 422, and given up when that says nothing new', () => {
    const timer = new SessionTimer();
    expect(timer.tooSmall(response('422 Session Interval Too Small', 'Min-SE: 300'))).to.equal(true);
    expect(timer.requestLines()).to.deep.equal(['Session-Expires: 300;refresher=uas', 'Min-SE: 300']);
    expect(timer.tooSmall(response('422 Session Interval Too Small', 'Min-SE: 300'))).to.equal(false);
    expect(timer.tooSmall(response('422 Session Interval Too Small'))).to.equal(false);
  });

  it('tells the least that the other end once named', () => {
    const timer = new SessionTimer();
    timer.accept(invite('Supported: timer', 'Min-SE: 120'), NOW);
    expect(timer.requestLines()).to.deep.equal(['Session-Expires: 120;refresher=uas', 'Min-SE: 120']);
  });
});

describe('a session timer without a session', () => {
  it('is never due before a 2xx, nor when it was stopped', () => {
    const timer = new SessionTimer();
    expect([timer.deadline(), timer.due(NOW)]).to.deep.equal([NEVER, undefined]);
    timer.accepted(response('200 OK'), NOW);
    timer.stop();
    expect(timer.deadline()).to.equal(NEVER);
  });
});

describe('a session timer on another node', () => {
  it('goes on from now', () => {
    const timer = new SessionTimer();
    timer.accept(invite('Supported: timer', 'Session-Expires: 300', 'Min-SE: 120'), NOW - 100_000);
    const adopted = SessionTimer.adopted(JSON.parse(JSON.stringify(timer.save())), DEFAULT_SESSION_TIMER, NOW);
    expect(adopted.requestLines()).to.deep.equal(timer.requestLines());
    expect(story(adopted)).to.deep.equal(['expired 88']);
  });

  it('of another form begins as a fresh one', () => {
    for (const bad of [undefined, null, 'x', { intervalS: 'x' }, { intervalS: 1, refresher: 'us' }]) {
      expect(SessionTimer.adopted(bad, DEFAULT_SESSION_TIMER, NOW).deadline()).to.equal(NEVER);
    }
  });

  it('waits for signs of an end that nothing else is known of', () => {
    const timer = new SessionTimer();
    timer.expectSigns(NOW);
    expect(story(timer)).to.deep.equal(['expired 60']);
  });
});

import { expect } from 'chai';
import { GatewayTrace } from './gateway-explain.js';
import { figuresOf, type GatewayFacts, judge, timesOf } from './gateway-verdict.js';
import { audio, eachFails, failed } from './verdict.fixture.js';

const PRIMARY = '10.0.0.1:2727';
const BACKUP = '10.0.0.2:2727';
const TOLD = '200 1 OK\r\nN: a@[10.0.0.1]:2727\r\nRED/NL: b@[10.0.0.2]:2727\r\n';
const DIAL_TONE = 'RQNT 2 aaln/1@gw.test MGCP 1.0\r\nX: 1\r\nR: L/hu(N)\r\nS: L/dl\r\n';
const AUDIT = 'AUEP 10 aaln/1@gw.test MGCP 1.0\r\nF: X\r\n';
const LIFTED = 'NTFY 3 aaln/1@gw.test MGCP 1.0\r\nX: 1\r\nO: L/hd\r\n';
const AWAY = 'DLCX 11 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nI: 5\r\n';
const WATCH = 'RQNT 12 aaln/1@gw.test MGCP 1.0\r\nX: 2\r\nR: L/hd(N)\r\nS:\r\n';

describe('the verdict on the gateways', () => {
  it('a call that the backup took over holds every claim', () => {
    expect(failed(judge(facts({})))).to.deep.equal([]);
    expect(timesOf(facts({}))).to.deep.equal({ reportMs: 12, answerToTalkMs: 30, hangUpMs: 6 });
    expect(figuresOf(facts({})).join('\n')).to.match(/telephone 1 heard +900 Hz in 60 packets/);
  });

  const whole = happened();
  eachFails<GatewayFacts>(judge, facts, [
    ['both gateways were told by the primary who stands in for it', { messages2: happened({ told: undefined }) }],
    ['both gateways were told by the primary who stands in for it', { backup: '10.0.0.3:2727' }],
    ["telephone 1's dial tone came from the primary", { messages1: happened({ tone: [BACKUP, DIAL_TONE] }) }],
    ['the primary was gone while telephone 2 rang', { killedAt: undefined }],
    ['telephone 2 rang once', { states2: ['idle', 'ringing', 'idle', 'ringing', 'talking', 'busy', 'idle'] }],
    ['the backup took the report that telephone 2 was lifted', { messages2: happened({ answer: [PRIMARY, '200 3 OK\r\n'] }) }],
    ['the backup audited each gateway before it touched it', { messages1: happened({ audit: undefined }) }],
    ['telephone 1 heard telephone 2', { audio2: undefined }],
    ['the primary came back and touched nothing', { messages1: [...whole, ...happened({ told: undefined }, 900)] }],
    ['the primary came back and touched nothing', { backAt: undefined }],
    ['nobody heard a tone of failure', { states1: ['idle', 'dial-tone', 'ringback', 'reorder', 'idle'] }],
    ['the backup took both connections away', { messages2: happened({ away: undefined }) }],
    ['no connection is left on the gateways', { left: ['connection 5 on gateway 2'] }],
    ['both telephones wait for the next call', { messages2: happened({ watch: [BACKUP, DIAL_TONE] }) }],
    ['both telephones wait for the next call', { states1: ['idle', 'talking', 'busy'] }],
  ]);
});

type Arrival = readonly [from: string, text: string];
type Arrivals = Readonly<Partial<Record<'told' | 'tone' | 'audit' | 'answer' | 'away' | 'watch', Arrival | undefined>>>;

/** What one gateway saw in a good call; each arrival may be another, or missing. Instants count from `since`. */
function happened(over: Arrivals = {}, since = 0): GatewayFacts['messages1'] {
  const good = { told: [PRIMARY, TOLD], tone: [PRIMARY, DIAL_TONE], audit: [BACKUP, AUDIT], answer: [BACKUP, '200 3 OK\r\n'] } as const;
  const end = { away: [BACKUP, AWAY], watch: [BACKUP, WATCH] } as const;
  const arrivals: Arrivals = { ...good, ...end, ...over };
  const names: Readonly<Record<string, string>> = { [PRIMARY]: 'primary', [BACKUP]: 'backup', '10.0.0.3:2727': 'third' };
  const trace = new GatewayTrace('gateway 1', { nameOf: (peer) => names[peer], isLost: () => false });
  const come = (what: keyof Arrivals, at: number): void => {
    const arrival = arrivals[what];
    if (arrival) trace.take('in', arrival[1], arrival[0], since + at);
  };
  come('told', 10);
  come('tone', 20);
  trace.take('out', LIFTED, BACKUP, since + 101);
  come('audit', 105);
  come('answer', 112);
  come('away', 210);
  come('watch', 212);
  return trace.messages;
}

function facts(over: Partial<GatewayFacts>): GatewayFacts {
  return {
    primary: PRIMARY,
    backup: BACKUP,
    messages1: happened(),
    messages2: happened(),
    states1: ['idle', 'dial-tone', 'silence', 'ringback', 'talking', 'idle'],
    states2: ['idle', 'ringing', 'talking', 'busy', 'idle'],
    left: [],
    killedAt: 50,
    answeredAt: 100,
    talkingAt: 130,
    backAt: 150,
    hungUpAt: 205,
    clearedAt: 211,
    audio1: audio(500, 900),
    audio2: audio(900, 500),
    ...over,
  };
}

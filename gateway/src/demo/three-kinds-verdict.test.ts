import type { PhoneMessage } from '@altpath/simulators';
import { expect } from 'chai';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { telephoneTimes } from './telephones-verdict.js';
import { figuresOf, judge, type ThreeKindsFacts } from './three-kinds-verdict.js';
import { audio, eachFails, failed } from './verdict.fixture.js';

const PRIMARY = { controller: '10.0.0.1:2944', agent: '10.0.0.1:2727', proxy: '10.0.0.1:5060' };
const BACKUP = { controller: '10.0.0.2:2944', agent: '10.0.0.2:2727', proxy: '10.0.0.2:5060' };
const CAST = { nameOf: () => 'backup', isLost: () => false };

describe('the verdict on the three kinds of telephones', () => {
  it('calls that outlived both nodes hold every claim', () => {
    expect(failed(judge(facts({})))).to.deep.equal([]);
    expect(telephoneTimes(facts({}))).to.deep.equal({ hangUpMs: 20, answerToTalkMs: 30 });
    expect(figuresOf(facts({})).join('\n')).to.match(/alice heard +900 Hz in 60 packets/);
  });

  eachFails<ThreeKindsFacts>(judge, facts, [
    ["telephone 1 rang alice's phone, through the primary", { messages: heard({ first: BACKUP.proxy }) }],
    ['alice was busy, and telephone 2 rang', { messages: heard({ refusal: '480 Temporarily Unavailable (INVITE)' }) }],
    ['alice was busy, and telephone 2 rang', { states2: ['idle', 'talking', 'idle'] }],
    [
      'telephone 1 heard both ring, and no busy tone',
      { states1: ['idle', 'dial-tone', 'ringback', 'busy', 'ringback', 'talking', 'idle'] },
    ],
    ['the primary was gone while they talked', { killedAt: undefined }],
    ['telephone 1 heard telephone 2', { audio1: audio(500, 500) }],
    ['telephone 2 heard telephone 1', { audio1: undefined }],
    ['neither of them noticed', { audio2: audio(900, 500, 1_400) }],
    ['the backup cleared both gateways', { transactions: cleared(PRIMARY.controller) }],
    ['the backup cleared both gateways', { commands: deleted(PRIMARY.agent) }],
    ['nothing was left of the first call', { leftBetween: ['context 3 on gateway 1'] }],
    ['nothing was left of the first call', { clearedAt: undefined, leftBetween: undefined }],
    ["telephone 2 rang alice's phone, through the backup", { messages: heard({ second: PRIMARY.proxy }) }],
    ['the backup was gone while she was being rung', { killedAgainAt: undefined }],
    ['her phone rang once in each call', { rings: [1, 2] }],
    ['her phone rang once in each call', { rings: [1, 1, 1] }],
    ['the primary acknowledged her answer', { messages: heard({ ack: BACKUP.proxy }) }],
    ['alice heard telephone 2', { aliceAudio: audio(700, 500) }],
    ['telephone 2 heard alice', { audio2Again: undefined }],
    ['nobody heard a tone of failure', { states2: ['idle', 'ringing', 'talking', 'busy', 'idle', 'dial-tone', 'reorder', 'idle'] }],
    ['alice hung up cleanly', { aliceEnd: { reason: 'hung up', clean: false } }],
    ['no context, no connection and no call is left', { left: ['a call of alice'] }],
    ['both telephones wait for the next call', { states2: ['idle', 'ringing', 'talking', 'busy'] }],
  ]);
});

/** Gateway 1 is cleared by this controller. */
function cleared(controller: string): ThreeKindsFacts['transactions'] {
  const trace = new MegacoTrace('gateway 1', CAST);
  trace.take('in', Buffer.from('!/1 [10.0.0.9]:2944 T=30{C=1{S=*}}'), controller, 110);
  return trace.transactions;
}

/** Gateway 2 is cleared by this call agent. */
function deleted(agent: string): ThreeKindsFacts['commands'] {
  const trace = new GatewayTrace('gateway 2', CAST);
  trace.take('in', 'DLCX 11 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nI: 5\r\n', agent, 112);
  return trace.messages;
}

/** What alice heard and said; each may be of another, or another. */
function heard({ first = PRIMARY.proxy, refusal = '486 Busy Here (INVITE)', second = BACKUP.proxy, ack = PRIMARY.proxy }): PhoneMessage[] {
  const message = (at: number, direction: 'in' | 'out', peer: string, summary: string): PhoneMessage => ({
    at,
    direction,
    peer,
    summary,
    text: '',
  });
  return [
    message(10, 'in', first, 'INVITE'),
    message(20, 'out', PRIMARY.proxy, refusal),
    message(21, 'in', PRIMARY.proxy, 'ACK'),
    message(160, 'in', second, 'INVITE'),
    message(200, 'out', PRIMARY.proxy, '200 OK (INVITE)'),
    message(205, 'in', ack, 'ACK'),
  ];
}

function facts(over: Partial<ThreeKindsFacts>): ThreeKindsFacts {
  return {
    primary: PRIMARY,
    backup: BACKUP,
    transactions: cleared(BACKUP.controller),
    commands: deleted(BACKUP.agent),
    messages: heard({}),
    states1: ['idle', 'dial-tone', 'silence', 'ringback', 'listening', 'ringback', 'talking', 'idle'],
    states2: ['idle', 'ringing', 'talking', 'busy', 'idle', 'dial-tone', 'ringback', 'talking', 'busy', 'idle'],
    rings: [1, 1],
    leftBetween: [],
    left: [],
    killedAt: 50,
    hungUpAt: 100,
    clearedAt: 120,
    backAt: 150,
    killedAgainAt: 180,
    answeredAt: 200,
    talkingAt: 230,
    audio1: audio(500, 900),
    audio2: audio(900, 500),
    aliceAudio: audio(700, 900),
    audio2Again: audio(900, 700),
    aliceEnd: { reason: 'hung up', clean: true },
    ...over,
  };
}

import { expect } from 'chai';
import { type ControllerFacts, figuresOf, judge, timesOf } from './controller-verdict.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { audio, eachFails, failed } from './verdict.fixture.js';

const PRIMARY = { controller: '10.0.0.1:2944', agent: '10.0.0.1:2727', proxy: '10.0.0.1:5060' };
const BACKUP = { controller: '10.0.0.2:2944', agent: '10.0.0.2:2727', proxy: '10.0.0.2:5060' };
const NAMES: Readonly<Record<string, string>> = {
  [PRIMARY.controller]: 'primary',
  [PRIMARY.agent]: 'primary',
  [BACKUP.controller]: 'backup',
  [BACKUP.agent]: 'backup',
};
const CAST = { nameOf: (peer: string) => NAMES[peer], isLost: () => false };

const AUDIT = 'T=20{C=*{AV=line/1{AT{M,E,SG}}}}';
const CLEAR = 'T=30{C=1{S=*}}';
const WATCH = 'T=31{C=-{MF=line/1{E=5{al/of{strict=state}}}}}';
const MGCP_WATCH = 'RQNT 12 aaln/1@gw.test MGCP 1.0\r\nX: 2\r\nR: L/hd(N)\r\nS:\r\n';

describe('the verdict on the two controllers', () => {
  it('a call that outlived both of them holds every claim', () => {
    expect(failed(judge(facts({})))).to.deep.equal([]);
    expect(timesOf(facts({}))).to.deep.equal({ registeredMs: 12, answerToTalkMs: 30, hangUpMs: 20 });
    expect(figuresOf(facts({})).join('\n')).to.match(/telephone 1 heard +900 Hz in 60 packets/);
  });

  eachFails<ControllerFacts>(judge, facts, [
    ['gateway 1 registered with the primary', { transactions: said({ taken: 'P=1{C=-{SC=ROOT{SV{MG=[10.0.0.2]:2944}}}}' }) }],
    ["both telephones' lines were the primary's", { messages: [] }],
    ['the primary was gone while telephone 2 rang', { killedAt: undefined }],
    ['telephone 2 rang once', { states2: ['idle', 'ringing', 'idle', 'ringing', 'talking', 'busy', 'idle'] }],
    ['gateway 1 went to the backup by itself: Failover', { transactions: said({ method: 'RS' }) }],
    ['the backup audited each gateway before it touched it', { transactions: said({ audit: CLEAR }) }],
    ['the backup audited each gateway before it touched it', { messages: told({ audit: undefined }) }],
    ['telephone 1 heard telephone 2', { audio2: undefined }],
    ['the primary came back and touched nothing', { transactions: said({ meddling: CLEAR }) }],
    ['the primary came back and touched nothing', { backAt: undefined }],
    ['the backup was gone while they talked', { killedAgainAt: undefined }],
    ['neither of them noticed', { audio1: audio(500, 900, 1_400) }],
    ['nobody heard a tone of failure', { states1: ['idle', 'dial-tone', 'ringback', 'reorder', 'idle'] }],
    ['the primary cleared both gateways', { transactions: said({ clear: undefined }) }],
    ['the primary cleared both gateways', { messages: told({ away: undefined }) }],
    ['no context and no connection is left', { left: ['context 3 on gateway 1'] }],
    ['both telephones wait for the next call', { transactions: said({ watch: undefined }) }],
    ['both telephones wait for the next call', { states1: ['idle', 'talking', 'busy'] }],
  ]);
});

interface Sayings {
  readonly taken?: string | undefined;
  readonly method?: string | undefined;
  readonly audit?: string | undefined;
  readonly meddling?: string | undefined;
  readonly clear?: string | undefined;
  readonly watch?: string | undefined;
}

/** What gateway 1 said and heard in a good call; each may be another, or missing. */
function said(over: Sayings = {}): ControllerFacts['transactions'] {
  const { taken, method, audit, meddling, clear, watch } = {
    taken: 'P=1{C=-{SC=ROOT{SV{V=1}}}}',
    method: 'FL',
    audit: AUDIT,
    clear: CLEAR,
    watch: WATCH,
    ...over,
  };
  const trace = new MegacoTrace('gateway 1', CAST);
  const say = (direction: 'in' | 'out', body: string | undefined, peer: string, at: number): void => {
    if (body !== undefined) trace.take(direction, Buffer.from(`!/1 [10.0.0.9]:2944 ${body}`), peer, at);
  };
  say('out', 'T=1{C=-{SC=ROOT{SV{MT=RS,RE="901"}}}}', PRIMARY.controller, 1);
  say('in', taken, PRIMARY.controller, 2);
  say('in', 'T=10{C=-{MF=line/1{SG{cg/dt}}}}', PRIMARY.controller, 5);
  say('out', `T=2{C=-{SC=ROOT{SV{MT=${method},RE="909"}}}}`, BACKUP.controller, 60);
  say('in', 'P=2{C=-{SC=ROOT{SV{V=1}}}}', BACKUP.controller, 62);
  say('in', audit, BACKUP.controller, 63);
  say('in', meddling, PRIMARY.controller, 155);
  say('in', clear, PRIMARY.controller, 210);
  say('in', watch, PRIMARY.controller, 212);
  return trace.transactions;
}

/** The same of gateway 2. */
function told(over: { readonly audit?: string | undefined; readonly away?: string | undefined } = {}): ControllerFacts['messages'] {
  const { audit, away } = {
    audit: 'AUEP 10 aaln/1@gw.test MGCP 1.0\r\nF: X\r\n',
    away: 'DLCX 11 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nI: 5\r\n',
    ...over,
  };
  const trace = new GatewayTrace('gateway 2', CAST);
  const hear = (text: string | undefined, peer: string, at: number): void => {
    if (text !== undefined) trace.take('in', text, peer, at);
  };
  hear('RQNT 2 aaln/1@gw.test MGCP 1.0\r\nX: 1\r\nR: L/hd(N)\r\nS:\r\n', PRIMARY.agent, 3);
  hear(audit, BACKUP.agent, 70);
  hear('MDCX 3 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nI: 5\r\nM: sendrecv\r\n', BACKUP.agent, 110);
  hear(away, PRIMARY.agent, 211);
  hear(MGCP_WATCH, PRIMARY.agent, 212);
  return trace.messages;
}

function facts(over: Partial<ControllerFacts>): ControllerFacts {
  return {
    primary: PRIMARY,
    backup: BACKUP,
    transactions: said(),
    messages: told(),
    states1: ['idle', 'dial-tone', 'silence', 'ringback', 'talking', 'idle'],
    states2: ['idle', 'ringing', 'talking', 'busy', 'idle'],
    left: [],
    killedAt: 50,
    answeredAt: 100,
    talkingAt: 130,
    backAt: 150,
    killedAgainAt: 180,
    hungUpAt: 205,
    clearedAt: 225,
    audio1: audio(500, 900),
    audio2: audio(900, 500),
    ...over,
  };
}

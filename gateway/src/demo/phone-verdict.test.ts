import type { PhoneMessage } from '@altpath/simulators';
import { expect } from 'chai';
import { judge, type PhoneFacts, timesOf } from './phone-verdict.js';
import { audio, eachFails, failed } from './verdict.fixture.js';

const ANSWER = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;alternatepath=10.0.0.2%3A5060',
  'Record-Route:  <sip:10.0.0.2;lr;alternatePath=10.0.0.1>',
  '',
  '',
].join('\r\n');

describe('the verdict on the phones', () => {
  it('a call through the backup with tones on both sides holds every claim', () => {
    expect(failed(judge(facts({})))).to.deep.equal([]);
    expect(timesOf(facts({}))).to.deep.equal({ killToAnswerMs: 15, answerToCallerMs: 5, ackMs: 1, byeMs: 2 });
  });

  eachFails<PhoneFacts>(judge, facts, [
    ['the phone rang once', { bobRang: 2 }],
    ['the caller heard the callee', { bobAudio: undefined }],
    ['both hung up cleanly', { bobEnd: undefined }],
    ['the 200 reached the caller through the backup', { backup: '10.0.0.3:5060' }],
  ]);
});

function message(over: Partial<PhoneMessage>): PhoneMessage {
  return { at: 0, direction: 'out', peer: '10.0.0.2:5060', summary: '200 OK (INVITE)', text: ANSWER, ...over };
}

function facts(over: Partial<PhoneFacts>): PhoneFacts {
  const end = { reason: 'hung up', clean: true } as const;
  return {
    primary: '10.0.0.1:5060',
    backup: '10.0.0.2:5060',
    alice: [
      message({ direction: 'in', at: 115 }),
      message({ at: 200, summary: 'BYE' }),
      message({ direction: 'in', at: 202, summary: '200 OK (BYE)' }),
    ],
    bob: [
      message({ direction: 'in', peer: '10.0.0.1:5060', summary: 'INVITE' }),
      message({ direction: 'in', at: 116, summary: 'ACK' }),
      message({ direction: 'in', at: 201, summary: 'BYE' }),
    ],
    bobRang: 1,
    killedAt: 100,
    answeredAt: 110,
    aliceEnd: end,
    bobEnd: end,
    aliceAudio: audio(600, 1_050),
    bobAudio: audio(1_050, 600),
    ...over,
  };
}

// Does the token of a Via hold for the message that it stands in?
import type { Millis } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Via } from '../message/via.js';
import { ALTERNATE_PATH, PATH_TOKEN } from '../path/spelling.js';
import { readViaToken, type TokenVerdict } from '../path/token.js';

/** Reads and checks the token of one Via of ours; the Via below it is what it binds to. */
export function viaVerdict(environment: Environment, message: SipMessage, index: number, now: Millis): TokenVerdict {
  const via = message.vias[index] as Via;
  const next = message.vias[index + 1];
  return readViaToken(
    environment.signer,
    via.parameters.get(PATH_TOKEN),
    {
      branch: via.branch,
      nextBranch: next?.branch ?? '',
      nextSentBy: next?.sentBy ?? '',
      nextReceived: next?.received ?? '',
      nextRport: typeof next?.rport === 'number' ? next.rport : undefined,
      nextTransport: next?.transport ?? '',
      alternates: via.parameters.get(ALTERNATE_PATH) ?? '',
      callId: message.callId,
      cseq: message.cseq,
    },
    now,
  );
}

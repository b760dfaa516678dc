import { expect } from 'chai';
import { CALL_ID, Desk, FAR, OFFER } from './testing.js';

const LINE = 'aaln/1@gw2';

describe('a call for a line of another node', () => {
  it('goes to that node with the line in its URI and a signature, and is believed there', () => {
    const here = new Desk();
    const order = {
      phase: 'ringing',
      called: { kind: 'line-at-node', node: 1, line: LINE },
      media: { mode: 'sendrecv', remote: FAR },
    } as const;
    here.order('sip/o1', { ...order, callId: CALL_ID, dialled: '200', caller: { number: '100' } }, 'terminating');
    const [sent] = here.sentTo();
    expect(sent?.to).to.equal('10.0.0.2:5060');
    expect(sent?.message.requestUri).to.equal('sip:200@10.0.0.2:5060;line=aaln%2F1%40gw2');
    const there = new Desk();
    there.hear(sent?.message.bytes.toString('latin1') ?? '', '10.0.0.1:5060');
    const [setUp] = there.events();
    expect(setUp).to.deep.include({
      kind: 'set-up',
      dialled: '200',
      line: LINE,
      recordId: CALL_ID,
      caller: { number: '100', name: undefined },
    });
  });

  it('is refused where the signature is of another call, or of another line', () => {
    const here = new Desk();
    const order = { phase: 'ringing', called: { kind: 'line-at-node', node: 1, line: LINE } } as const;
    here.order('sip/o1', { ...order, callId: CALL_ID }, 'terminating');
    const invite = here.one().bytes.toString('latin1');
    for (const forged of [
      invite.replace(/^Call-ID: .*$/m, 'Call-ID: other'),
      invite.replace('aaln%2F1', 'aaln%2F2'),
      invite.replace(/^(Altpath-Home: .*\.)0/m, '$1F'),
      invite.replace(';line=aaln%2F1%40gw2', ''),
    ]) {
      const there = new Desk();
      there.hear(forged, '10.0.0.1:5060');
      expect(there.summary()).to.deep.equal(['403']);
      expect(there.told).to.deep.equal([]);
    }
  });

  it('is an ordinary one without the header', () => {
    const there = new Desk();
    there.hear(there.request('INVITE', { uri: 'sip:200@10.0.0.1;line=aaln%2F1%40gw2', body: OFFER }));
    expect(there.events()[0]).to.deep.include({ kind: 'set-up', line: undefined });
  });
});

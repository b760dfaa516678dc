import { expect } from 'chai';
import { type GatewayMessage, GatewayTrace } from './gateway-explain.js';
import type { LadderStep } from './ladder.js';

const PRIMARY = '10.0.0.1:2727';
const BACKUP = '10.0.0.2:2727';
const LIFTED = 'NTFY 7 aaln/1@gw.test MGCP 1.0\r\nX: 1F\r\nO: L/hd\r\n';

describe('a gateway explained', () => {
  let lost: string | undefined;
  let trace: GatewayTrace;

  beforeEach(() => {
    lost = undefined;
    trace = new GatewayTrace('gateway 1', {
      nameOf: (peer) => ({ [PRIMARY]: 'primary', [BACKUP]: 'backup' })[peer],
      isLost: (name) => name === lost,
    });
  });

  const sends = (text: string, peer = PRIMARY): LadderStep[] => trace.take('out', text, peer, 0);
  const hears = (text: string, peer = PRIMARY): LadderStep[] => trace.take('in', text, peer, 0);
  const noteOf = ([step]: readonly LadderStep[]): string | undefined => (step?.kind === 'message' ? step.note : undefined);
  const summaries = (): string[] => trace.messages.map(({ summary }: GatewayMessage) => summary);

  it('a label has the verb and what tells the command from others of its kind', () => {
    sends('RSIP 1 aaln/*@gw.test MGCP 1.0\r\nRM: restart\r\n');
    sends('NTFY 2 aaln/1@gw.test MGCP 1.0\r\nX: 1\r\nO: D/2, D/0, D/0, D/2\r\n');
    hears('RQNT 3 aaln/1@gw.test MGCP 1.0\r\nX: 2\r\nR: L/hd(N)\r\nS:\r\n');
    hears('CRCX 4 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nM: sendrecv\r\nX: 3\r\nR: L/hd(N)\r\nS: L/rg\r\n');
    sends('200 4 OK\r\nI: 5\r\n');
    hears('000 2\r\n');
    expect(summaries()).to.deep.equal(['RSIP restart', 'NTFY D/2002', 'RQNT R:L/hd', 'CRCX sendrecv L/rg', '200 CRCX', '000 NTFY']);
  });

  it('messages in one datagram are messages of their own', () => {
    const steps = hears('200 7 OK\r\n.\r\nRQNT 8 aaln/1@gw.test MGCP 1.0\r\nX: 2\r\nR: L/hu(N)\r\nS: L/dl\r\n');
    expect(steps.map((step) => (step.kind === 'message' ? [step.from, step.to, step.label] : step.kind))).to.deep.equal([
      ['primary', 'gateway 1', '200'],
      ['primary', 'gateway 1', 'RQNT L/dl'],
    ]);
  });

  it('the same report elsewhere says why, and one to the dead ends in the dead', () => {
    lost = 'primary';
    expect(sends(LIFTED)[0]).to.deep.include({ to: 'primary', lost: true, note: undefined });
    expect(noteOf(sends(LIFTED))).to.equal('gateway 1: no answer yet, so the same bytes again');
    const moved = sends(LIFTED, BACKUP);
    expect(moved[0]).to.deep.include({ to: 'backup', lost: false });
    expect(noteOf(moved)).to.equal('gateway 1: the primary does not answer, so the same NTFY goes to the backup, named by RED/NL');
  });

  it('who is named as stand-in, and who shall be told, is pointed out', () => {
    expect(noteOf(hears('200 1 OK\r\nN: a@[10.0.0.1]:2727\r\nRED/NL: b@[10.0.0.2]:2727\r\n'))).to.match(/RED\/NL, the backup$/);
    expect(noteOf(hears('521 1 Redirect\r\nN: b@[10.0.0.2]:2727\r\n'))).to.match(/^the primary .* N, the backup$/);
    expect(noteOf(hears('MDCX 2 aaln/1@gw.test MGCP 1.0\r\nC: A\r\nI: 5\r\nN: b@[10.0.0.2]:2727\r\n', BACKUP))).to.match(/ N, itself$/);
  });

  it('an audit is pointed out as the first word of one who stands in, not of the one who was there', () => {
    const audit = 'AUEP 9 aaln/1@gw.test MGCP 1.0\r\nF: X\r\n';
    expect(noteOf(hears(audit))).to.equal(undefined);
    expect(noteOf(hears(audit, BACKUP))).to.equal('the backup asks what it finds before it touches anything');
    expect(noteOf(hears(audit, BACKUP))).to.equal(undefined);
  });

  it('a stranger is not on the ladder, and what cannot be read is', () => {
    expect(hears(LIFTED, '10.0.0.9:2727')).to.deep.equal([]);
    expect(hears('nonsense\r\n')[0]).to.deep.include({ label: 'unreadable' });
  });
});

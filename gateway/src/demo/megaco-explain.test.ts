import { expect } from 'chai';
import { BINARY, readMessage } from '@altpath/megaco';
import type { LadderStep } from './ladder.js';
import { MegacoTrace } from './megaco-explain.js';

const PRIMARY = '10.0.0.1:2944';
const BACKUP = '10.0.0.2:2944';
const LIFTED = '!/1 mg1 T=7{C=-{N=line/1{OE=3{20261122T14240618:al/of{init=off}}}}}';

describe('an H.248 gateway explained', () => {
  let lost: string | undefined;
  let trace: MegacoTrace;

  beforeEach(() => {
    lost = undefined;
    trace = new MegacoTrace('gateway 1', {
      nameOf: (peer) => ({ [PRIMARY]: 'primary', [BACKUP]: 'backup' })[peer],
      isLost: (name) => name === lost,
    });
  });

  const sends = (text: string, peer = PRIMARY): LadderStep[] => trace.take('out', Buffer.from(text), peer, 0);
  const hears = (text: string, peer = PRIMARY): LadderStep[] => trace.take('in', Buffer.from(text), peer, 0);
  const noteOf = ([step]: readonly LadderStep[]): string | undefined => (step?.kind === 'message' ? step.note : undefined);
  const summaries = (): string[] => trace.transactions.map(({ summary }) => summary);

  it('a label has the command and what tells it from others of its kind', () => {
    sends('!/1 mg1 T=1{C=-{SC=root{SV{MT=RS,V=1,RE="901 Cold Boot",20261122T14240565}}}}');
    hears('!/1 [10.0.0.1]:2944 P=1{C=-{SC=root{SV{V=1}}}}');
    hears('!/1 [10.0.0.1]:2944 T=5{C=-{MF=line/1{SG{cg/dt},E=67{al/on,dd/ce{DM={x.}}}}}}');
    sends('!/1 mg1 P=5{C=-{MF=line/1}}K{1}');
    sends('!/1 mg1 T=3{C=-{N=line/1{OE=67{20261122T14240618:dd/ce{ds="1002",Meth=UM}}}}}');
    hears('!/1 [10.0.0.1]:2944 T=6{C=${A=line/1{M{ST=1{O{MO=RC}}}},A=${M{ST=1{O{MO=RC}}}}}}');
    hears('!/1 [10.0.0.1]:2944 T=8{C=-{MF=line/1{E=4{al/of}}}}T=9{C=1{S=*}}');
    sends('!/1 mg1 P=8{ER=430{""}}');
    expect(summaries()).to.deep.equal([
      'ServiceChange restart',
      'reply ServiceChange',
      'Modify cg/dt',
      'reply Modify',
      'ack',
      'Notify dd/ce 1002',
      'Add receive-only',
      'Modify E:al/of',
      'Subtract *',
      'error 430 Modify',
    ]);
  });

  it('what came in binary is shown as the same in text', () => {
    const { decoded } = readMessage(Buffer.from(LIFTED));
    if (!decoded.ok) throw new Error(decoded.fault.hint);
    const binary = BINARY.encode(decoded.value);
    if (!binary.ok) throw new Error(binary.fault.hint);
    trace.take('out', binary.value, PRIMARY, 0);
    expect(trace.transactions[0]).to.include({ summary: 'Notify al/of', command: 'notify', role: 'request', transactionId: 7 });
    expect(trace.transactions[0]?.text).to.contain('al/of{init=off}');
  });

  it('the same report elsewhere says why, and one to the dead ends in the dead', () => {
    lost = 'primary';
    expect(sends(LIFTED)[0]).to.deep.include({ to: 'primary', lost: true, note: undefined });
    expect(noteOf(sends(LIFTED))).to.equal('gateway 1: no answer yet, so the same again');
    const moved = sends(LIFTED, BACKUP);
    expect(moved[0]).to.deep.include({ to: 'backup', lost: false });
    expect(noteOf(moved)).to.equal('gateway 1: the primary never answered this, so it goes to the backup');
  });

  it('who registers with another controller says why', () => {
    const change = (method: string, reason: string): string => `!/1 mg1 T=9{C=-{SC=ROOT{SV{MT=${method},RE="${reason}"}}}}`;
    expect(noteOf(sends(change('FL', '909 MGC Impending Failure'), BACKUP))).to.match(/goes to the backup, the next .*\(909 /);
    trace.transactions.length = 0;
    expect(noteOf(sends(change('DC', '900 Service Restored')))).to.match(/comes back to the primary/);
    trace.transactions.length = 0;
    expect(noteOf(sends(change('HO', '903 MGC Directed Change'), BACKUP))).to.match(/asked to go to the backup/);
  });

  it('who sends a gateway elsewhere, and where, is pointed out', () => {
    sends('!/1 mg1 T=1{C=-{SC=ROOT{SV{MT=RS,RE="901"}}}}');
    expect(noteOf(hears('!/1 [10.0.0.1]:2944 P=1{C=-{SC=ROOT{SV{MG=[10.0.0.2]:2944}}}}'))).to.match(/not me, try the backup first$/);
    const farewell = '!/1 [10.0.0.1]:2944 T=4{C=-{SC=ROOT{SV{MT=HO,RE="903",MG=[10.0.0.2]:2944}}}}';
    expect(noteOf(hears(farewell))).to.equal('the primary asks the gateway to go to the backup');
  });

  it('an audit is pointed out as the first word of one who stands in, not of the one who was there', () => {
    const audit = '!/1 mgc T=9{C=-{AV=line/1{AT{M,E,SG}}}}';
    expect(noteOf(hears(audit))).to.equal(undefined);
    expect(noteOf(hears(audit, BACKUP))).to.equal('the backup asks what it finds before it touches anything');
    expect(noteOf(hears(audit, BACKUP))).to.equal(undefined);
  });

  it('a stranger is not on the ladder, and what cannot be read is', () => {
    expect(hears(LIFTED, '10.0.0.9:2944')).to.deep.equal([]);
    expect(hears('nonsense')[0]).to.deep.include({ label: 'unreadable' });
    expect(hears('!/1 mgc ER=400{"what?"}')[0]).to.deep.include({ label: 'error 400' });
  });
});

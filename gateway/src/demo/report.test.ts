import { expect } from 'chai';
import { runDemo } from './index.js';
import { checksOf, endLine, type PlayedAct, reportOf, succeeded } from './report.js';

describe('the end of the demo', () => {
  it('an act succeeds when its own checks hold, nothing is left and nothing went wrong', () => {
    expect(succeeded(played({}))).to.equal(true);
    expect(succeeded(played({}, false))).to.equal(false);
    expect(succeeded(played({ left: ['port 10.0.0.1:5060'] }))).to.equal(false);
    expect(succeeded(played({ trouble: 'stopped by SIGINT' }))).to.equal(false);
  });

  it('what is left and what went wrong is said', () => {
    const failed = checksOf(played({ left: ['port 10.0.0.1:5060'], trouble: 'stopped by SIGINT' })).filter(({ holds }) => !holds);
    expect(failed.map(({ detail }) => detail)).to.deep.equal(['port 10.0.0.1:5060', 'stopped by SIGINT']);
  });

  it('programs get every act with its checks, its figures and its ladder', () => {
    const report = JSON.parse(JSON.stringify(reportOf(true, [played({})]))) as Record<string, unknown>;
    expect(report).to.deep.equal({
      ok: true,
      acts: [
        {
          name: 'sip',
          ok: true,
          fault: 'SIGKILL',
          places: { primary: '10.0.0.1' },
          checks: [
            { claim: 'it rang', holds: true },
            { claim: 'no process, port or folder was left behind', holds: true },
          ],
          times: { rangMs: 1 },
          ladder: [{ atMs: 2.3, kind: 'remark', text: 'ring' }],
        },
      ],
    });
  });

  it('the last line says how it went', () => {
    expect([endLine(true), endLine(false)]).to.deep.equal(['Every call outlived the node that carried it.', 'The demo failed.']);
  });

  it('an act that does not exist is a wrong option', async () => {
    const complaints: string[] = [];
    const output = { write: () => undefined, complain: (text: string) => void complaints.push(text), colours: false };
    expect(await runDemo(['--only', 'h323'], output)).to.equal(2);
    expect(complaints.join('')).to.match(/--only takes sip, mgcp, megaco, controller, not h323/);
  });
});

function played(over: Partial<PlayedAct>, rang = true): PlayedAct {
  const nothing = async (): Promise<void> => undefined;
  const result = { checks: [{ claim: 'it rang', holds: rang }], figures: [], report: { times: { rangMs: 1 } } };
  return {
    act: { name: 'sip', title: '', participants: [], play: nothing, close: nothing, result: () => result },
    stage: { fault: 'SIGKILL', places: { primary: '10.0.0.1' } as PlayedAct['stage']['places'] },
    startedAt: 1_000,
    steps: [{ kind: 'remark', at: 1_002.26, text: 'ring' }],
    left: [],
    trouble: undefined,
    ...over,
  };
}

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { callDiagram, callStatesDocument, lineDiagram } from './diagram.js';

const DOCUMENT = new URL('../../../docs/call-states.md', import.meta.url);

describe('the drawing of the states', () => {
  it('is the one in docs/call-states.md, which says how to write it anew', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).to.equal(callStatesDocument());
  });

  it('shows an event on the way that it opens', () => {
    expect(lineDiagram()).to.contain('  idle --> dialling : off-hook');
    expect(callDiagram()).to.contain('  alerting --> talking : terminating off-hook');
  });

  it('begins and ends', () => {
    expect(callDiagram().split('\n').slice(0, 2)).to.deep.equal(['stateDiagram-v2', '  [*] --> routing']);
    expect(callDiagram().split('\n').at(-1)).to.equal('  releasing --> [*]');
  });
});

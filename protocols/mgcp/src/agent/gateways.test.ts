import { SILENT } from '@altpath/core';
import { CallControl, ControllerEnvironment } from '@altpath/call-control';
import { expect } from 'chai';
import { parseEndpoint } from '../message/endpoint-name.js';
import type { MgcpGatewaySettings } from '../settings.js';
import { Gateways } from './gateways.js';

const NODES = ['10.0.0.11', '10.0.0.12', '10.0.0.13'].map((host, index) => ({
  name: `n${index + 1}`,
  index,
  self: index === 1,
  addresses: [{ host, port: 2727, scheme: 'mgcp+udp', transport: 'udp' as const }],
}));

function gatewaysOf(...settings: readonly Partial<MgcpGatewaySettings>[]): Gateways {
  const gateways = settings.map((each, at): MgcpGatewaySettings => ({
    name: `gw${at + 1}`,
    domain: `gw${at + 1}.test`,
    addresses: ['10.1.0.1'],
    lines: ['aaln/1', 'AALN/2', 'ds/1'],
    nodes: [0, 1, 2],
    alternates: 'list',
    red: 'auto',
    ...each,
  }));
  const calls = new CallControl({ slot: 1, lines: [], numbers: { '1xx': 'aaln/1@gw1' } }, { order: () => undefined }, SILENT, 0);
  const peers = { self: NODES[1] as (typeof NODES)[number], nodes: NODES, state: () => 'up' as const, isFresh: () => true, joining: false };
  const environment = new ControllerEnvironment(
    { listeners: [], gateways, timers: {}, joiningMs: 0 },
    { peers, observer: SILENT, calls, random: () => 0 },
  );
  return new Gateways(environment, { event: () => undefined, touched: () => undefined, observer: SILENT }, 0);
}

describe('the gateways of the file', () => {
  it('are found by domain, whatever its case', () => {
    const gateways = gatewaysOf({}, {});
    expect(gateways.of({ local: 'aaln/1', domain: 'GW2.Test' })?.name).to.equal('gw2');
    expect(gateways.of({ local: 'aaln/1', domain: 'gw3.test' })).to.equal(undefined);
  });

  it('may have an address for a domain, in brackets or not', () => {
    for (const domain of ['10.1.0.1', '[10.1.0.1]']) {
      const endpoint = parseEndpoint('aaln/1@[10.1.0.1]');
      expect(endpoint && gatewaysOf({ domain }).of(endpoint)?.name, domain).to.equal('gw1');
    }
  });

  it('are where the file says, be it one address, several or a range', () => {
    const gateway = gatewaysOf({ addresses: ['10.1.0.1:2428', '10.2.0.0/16'] }).named('gw1');
    expect(gateway?.isAt('10.1.0.1')).to.equal(true);
    expect(gateway?.isAt('10.2.7.7')).to.equal(true);
    expect(gateway?.isAt('10.3.0.1')).to.equal(false);
    expect(gateway?.destination.names).to.deep.equal([{ host: '10.1.0.1', port: 2428 }]);
  });

  it('give the lines that a pattern names', () => {
    const gateway = gatewaysOf({}).named('gw1');
    const named = (local: string): readonly string[] => (gateway?.linesOf(local) ?? []).map(({ name }) => name);
    expect(named('aaln/*')).to.deep.equal(['aaln/1@gw1', 'AALN/2@gw1']);
    expect(named('*')).to.have.length(3);
    expect(named('AALN/1')).to.deep.equal(['aaln/1@gw1']);
    expect(named('aaln/9')).to.deep.equal([]);
  });

  it('are told of the nodes that follow this one first, then of those before it', () => {
    const path = gatewaysOf({}).named('gw1')?.path;
    expect(path?.primary.identity).to.equal('n2');
    expect(path?.alternates.map(({ identity }) => identity)).to.deep.equal(['n3', 'n1']);
  });

  it('collect digits by the number plan, or by what the file writes', () => {
    expect(gatewaysOf({}).named('gw1')?.facts.dialPlan.digitMap).to.equal('(1xx)');
    expect(gatewaysOf({ digitMap: '(0T|9x.T)' }).named('gw1')?.facts.dialPlan.digitMap).to.equal('(0T|9x.T)');
  });
});

// Path attributes and rewrites are plain data: what goes through JSON comes out equal, for each protocol that would use
// them (docs/neutral-model.md).
import { expect } from 'chai';
import type { PathAttribute } from './path-attribute.js';
import type { RoutingRewrite } from './routing-rewrite.js';

const ATTRIBUTES: Readonly<Record<string, PathAttribute>> = {
  SIP: {
    primary: { host: '10.0.0.1', port: 5060 },
    alternates: [{ host: '10.0.0.2', port: 5060 }, { host: '2001:db8::2' }],
    ordered: true,
    persistence: 'dialog',
    token: 'k1.mac',
  },
  MGCP: {
    primary: { host: 'ca.example.test' },
    alternates: [{ host: 'ca2.example.test', port: 2727 }],
    ordered: true,
    persistence: 'association',
  },
  MEGACO: {
    primary: { host: '10.0.0.1', port: 2944 },
    alternates: [{ host: '10.0.0.2', port: 2944, identity: '[10.0.0.2]:2944', needsRegistration: true }],
    ordered: true,
    persistence: 'association',
  },
  'H.323 RAS': {
    primary: { host: '10.0.0.1', port: 1719 },
    alternates: [{ host: '10.0.0.2', port: 1719, priority: 1, needsRegistration: true, identity: 'gk2' }],
    ordered: false,
    persistence: 'association',
  },
  Diameter: {
    primary: { host: 'a.example.test' },
    alternates: [{ host: 'b.example.test', identity: 'b.example.test' }],
    ordered: false,
    persistence: 'message',
    opaque: 'Redirect-Host-Usage=ALL_SESSION',
  },
};

describe('a path attribute', () => {
  for (const [protocol, attribute] of Object.entries(ATTRIBUTES)) {
    it(`of ${protocol} goes through JSON`, () => {
      expect(JSON.parse(JSON.stringify(attribute))).to.deep.equal(attribute);
    });
  }

  it('with nothing optional in it goes through JSON', () => {
    const bare: PathAttribute = { primary: { host: 'x' }, alternates: [], ordered: true, persistence: 'message' };
    expect(JSON.parse(JSON.stringify(bare))).to.deep.equal(bare);
  });
});

describe('a routing rewrite', () => {
  it('goes through JSON', () => {
    const rewrite: RoutingRewrite = {
      field: 'Record-Route',
      replace: { host: '10.0.0.1', port: 5060 },
      with: { host: '10.0.0.2' },
      reason: 'primary-down',
    };
    expect(JSON.parse(JSON.stringify(rewrite))).to.deep.equal(rewrite);
  });
});

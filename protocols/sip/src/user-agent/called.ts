// Whom a called party stands for, as SIP targets: every contact of a registered user, a URI, the members of a group, another
// node of ours.
import { type CalledParty, type Cause } from '@altpath/call-control';
import type { Millis, RouteTarget } from '@altpath/core';
import type { Environment } from '../environment.js';
import { addressOfRecord, parseUri } from '../message/uri.js';
import { routeTargetOf } from '../registrar/targets.js';
import { userText } from './caller-identity.js';
import { homeTarget } from './home.js';

/** Where an INVITE goes. */
export interface Called {
  /** Value of To. */
  readonly to: string;
  readonly targets: readonly RouteTarget[];
  /** One after the other, not all at once. */
  readonly serial: boolean;
}

/** @returns where to call, or why nobody can be. @param dialled  What the caller dialled, where it is known. */
export function calledOf(environment: Environment, called: CalledParty, dialled: string | undefined, now: Millis): Called | Cause {
  const { settings } = environment;
  const serial = settings.proxy.fork === 'serial';
  switch (called.kind) {
    case 'registrar': {
      const uri = `sip:${userText(called.user)}@${settings.domains[0] ?? ''}`;
      return registered(environment, uri, uri, serial, now);
    }
    case 'sip': {
      const uri = parseUri(called.uri);
      if (!uri.ok) return 'invalid-number-format';
      if (environment.identity.isOurs(uri.value)) return registered(environment, called.uri, addressOfRecord(uri.value), serial, now);
      return { to: `<${called.uri}>`, targets: [{ address: called.uri }], serial };
    }
    case 'group': {
      const members = settings.groups?.get(called.name) ?? [];
      const targets = members.map((uri) => ({ address: withUser(uri, called.user) }));
      if (targets.length === 0) return 'no-circuit';
      return { to: `<sip:${userText(called.user)}@${settings.domains[0] ?? ''}>`, targets, serial: true };
    }
    case 'line-at-node': {
      const target = homeTarget(environment, called.node, called.line, dialled);
      return target ? { to: `<${target.address}>`, targets: [target], serial } : 'destination-out-of-order';
    }
    default:
      return called satisfies never;
  }
}

/** One text for whom a party stands, on every node. */
export function nameOf(called: CalledParty): string {
  switch (called.kind) {
    case 'registrar':
      return `user ${called.user}`;
    case 'sip':
      return called.uri;
    case 'group':
      return `group ${called.name} ${called.user}`;
    case 'line-at-node':
      return `line ${called.line} ${called.node}`;
    default:
      return called satisfies never;
  }
}

function registered(environment: Environment, to: string, aor: string, serial: boolean, now: Millis): Called | Cause {
  const bindings = environment.store.lookup(aor, now);
  // Known and away is another answer than never heard of.
  if (bindings.length === 0) return environment.store.read(aor) ? 'no-answer' : 'unallocated-number';
  return { to: `<${to}>`, targets: bindings.map(routeTargetOf), serial };
}

/** A member of a group stands without a user part, or with one that counts for every call. */
function withUser(uri: string, user: string): string {
  return uri.includes('@') ? uri : uri.replace(/^(sips?:)/i, `$1${userText(user)}@`);
}

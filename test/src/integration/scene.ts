// The usual company: two nodes a and b, a caller, and telephones of bob that have registered.
import { expect } from 'chai';
import type { SipMessage, SipSettings } from '@altpath/sip';
import { register } from './messages.js';
import { type Endpoint, type NodeOptions, Simulation, type SimulatedNode } from './simulation.js';

export const A = '10.0.0.1:5060';
export const B = '10.0.0.2:5060';

export interface SceneOptions extends NodeOptions {
  readonly nodes?: readonly string[];
  /** Telephones of bob, with their q values; one without q by default. */
  readonly bobs?: readonly (string | undefined)[];
}

export interface Scene {
  readonly net: Simulation;
  /** 10.1.0.1: inside the trust group. */
  readonly caller: Endpoint;
  /** The first telephone of bob, 10.1.0.11. */
  readonly bob: Endpoint;
  /** All telephones of bob, 10.1.0.11 and on. */
  readonly bobs: readonly Endpoint[];
  readonly a: SimulatedNode;
  readonly b: SimulatedNode;
}

export function scene(options: SceneOptions = {}): Scene {
  const net = new Simulation(options.nodes ?? ['a', 'b'], options);
  const bobs = (options.bobs ?? [undefined]).map((q, index) => {
    const phone = net.endpoint(`10.1.0.${11 + index}:5060`);
    phone.send(A, register(phone, 'bob', q === undefined ? {} : { q }));
    net.run(20);
    return phone;
  });
  net.run(50);
  for (const phone of bobs) phone.response(200, 'REGISTER');
  net.crossed.length = 0;
  const [a, b] = net.nodes as [SimulatedNode, SimulatedNode];
  return { net, caller: net.endpoint('10.1.0.1:5060'), bob: bobs[0] as Endpoint, bobs, a, b };
}

/** Settings with a part of them replaced. */
export function withSettings(change: { [K in keyof SipSettings]?: Partial<SipSettings[K]> }): (defaults: SipSettings) => SipSettings {
  return (defaults) => {
    const changed = Object.entries(change).map(([key, value]): [string, unknown] => {
      const before = defaults[key as keyof SipSettings];
      return [key, typeof value === 'object' && !Array.isArray(value) && typeof before === 'object' ? { ...before, ...value } : value];
    });
    return { ...defaults, ...Object.fromEntries(changed) };
  };
}

/** All timers from this T1, as the configuration derives them. */
export function timersOf(t1: number): SipSettings['timers'] {
  return { t1, t2: 8 * t1, t4: 10 * t1, c: 180_000 };
}

/** The header fields of a message by name, in order, as `Name: value`. */
export function headerNames(message: SipMessage): string[] {
  const head = message.bytes.toString('latin1', 0, message.bodyStart).split('\r\n').slice(1);
  return head.filter((line) => line !== '').map((line) => line.slice(0, line.indexOf(':')));
}

/** Exactly these statuses were heard for the method, in this order. */
export function expectStatuses(phone: Endpoint, method: string, statuses: readonly number[]): void {
  expect(phone.statuses(method), `${method} statuses at ${phone.address}`).to.deep.equal(statuses);
}

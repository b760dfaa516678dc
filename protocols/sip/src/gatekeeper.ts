// Who is not listened to: sources that keep sending what cannot be read, and scanners that say their name. Bounded
// memory, whatever is sent; nodes, gateways and trust ranges are exempt.
import { CidrSet, type Millis } from '@altpath/core';
import type { SipMessage } from './codec/sip-message.js';
import type { Environment } from './environment.js';

interface Record {
  bad: number;
  since: Millis;
  bannedUntil: Millis;
}

const SOURCES_LIMIT = 50_000;

export class Gatekeeper {
  readonly #sources = new Map<string, Record>();
  readonly #exempt: CidrSet;
  readonly #userAgents: readonly string[];

  constructor(private readonly environment: Environment) {
    this.#exempt = new CidrSet(environment.settings.limits.exempt);
    this.#userAgents = environment.settings.limits.userAgents.map((each) => each.toLowerCase());
  }

  isBanned(host: string, now: Millis): boolean {
    if (this.#sources.size === 0) return false;
    const record = this.#sources.get(host);
    return record !== undefined && record.bannedUntil > now;
  }

  isUnwanted(request: SipMessage): boolean {
    if (this.#userAgents.length === 0) return false;
    const name = request.header('User-Agent')?.toLowerCase();
    return name !== undefined && this.#userAgents.some((each) => name.includes(each));
  }

  /** The source sent something unreadable. `bans.bad` of these within `bans.withinMs` ban it. */
  misbehaved(host: string, now: Millis): void {
    const { bans } = this.environment.settings.limits;
    if (!bans || this.#exempt.has(host)) return;
    let record = this.#sources.get(host);
    if (!record) {
      record = { bad: 0, since: now, bannedUntil: 0 };
      this.#sources.set(host, record);
      if (this.#sources.size > SOURCES_LIMIT) this.#sources.delete(this.#sources.keys().next().value as string);
    }
    if (now - record.since > bans.withinMs) {
      record.bad = 0;
      record.since = now;
    }
    record.bad += 1;
    if (record.bad < bans.bad) return;
    record.bannedUntil = now + bans.forMs;
    record.bad = 0;
    this.environment.observer.count('sip.source.banned');
    this.environment.observer.log('warn', 'a source keeps sending what cannot be read and is not listened to for a while', {
      host,
      forMs: bans.forMs,
    });
  }

  sweep(now: Millis): void {
    const { bans } = this.environment.settings.limits;
    if (!bans) return;
    let looked = 0;
    for (const [host, record] of this.#sources) {
      if (record.bannedUntil < now && now - record.since > bans.withinMs) this.#sources.delete(host);
      looked += 1;
      if (looked === 1_000) return;
    }
  }
}

// The descriptors of an Add, Move or Modify on one termination, in two steps: all are checked, then all are put in force
// in the order in which they stand (RFC 3525 §7.2; §8: a command that fails leaves everything as it was).
import type { Millis } from '@altpath/core';
import type { AmmDescriptor, AuditDescriptor, AuditReturn, DigitMapDescriptor, MediaDescriptor, MuxDescriptor } from '../message/index.js';
import { auditValue, checkAudit } from './audit.js';
import type { AuditGround } from './media-desk.js';
import type { MediaDesk } from './media-desk.js';
import { type MediaPlan, planMedia } from './media.js';
import { type Checked, ErrorCode, type Refusal, refuse } from './refusal.js';
import type { CommandGround, Termination } from './termination.js';

/** What is left to do once all is checked. */
export interface DescriptorPlan {
  readonly mux: MuxDescriptor | undefined;
  /** Takes what may not be there: 510. To be called last of all checks. */
  reserve(line: Termination | undefined): Refusal | undefined;
  /** Puts it in force. @returns what was chosen for the controller. */
  apply(now: Millis): readonly AuditReturn[];
  /** What the command's own Audit asks for, once it is in force. */
  audit(ground: AuditGround): readonly AuditReturn[];
}

/** A descriptor's deed; what it has to tell. */
type Deed = (now: Millis) => readonly AuditReturn[];

/** Descriptors that ROOT does not take: it has no streams, and signals are not appropriate for it (§6.2.5). */
const NOT_OF_ROOT: ReadonlySet<AmmDescriptor['kind']> = new Set(['signals', 'modem', 'mux']);
const MUX_TYPES: ReadonlySet<string> = new Set(['h221', 'h223', 'h226', 'v76', 'nx64k']);

export function planDescriptors(termination: Termination, descriptors: readonly AmmDescriptor[], desk: MediaDesk): Checked<DescriptorPlan> {
  const ground: CommandGround = { digitMap: descriptors.find((each): each is DigitMapDescriptor => each.kind === 'digit-map') };
  const deeds: Deed[] = [];
  const seen = new Set<string>();
  let media: MediaPlan | undefined;
  for (const descriptor of descriptors) {
    if (seen.has(descriptor.kind)) return { ok: false, refusal: refuse(ErrorCode.descriptorTwice, descriptor.kind) };
    seen.add(descriptor.kind);
    if (descriptor.kind === 'media') {
      const plan = planMedia(termination, descriptor, desk);
      if (!plan.ok) return plan;
      media = plan.value;
      deeds.push((now) => listOf(plan.value.apply(now)));
      continue;
    }
    const refusal = checkDescriptor(termination, descriptor, ground);
    if (refusal) return { ok: false, refusal };
    deeds.push((now) => {
      applyDescriptor(termination, descriptor, now);
      return [];
    });
  }
  const audit = descriptors.find((each): each is AuditDescriptor => each.kind === 'audit');
  return {
    ok: true,
    value: {
      mux: descriptors.find((each): each is MuxDescriptor => each.kind === 'mux'),
      reserve: (line) => media?.reserve(line),
      apply: (now) => deeds.flatMap((deed) => deed(now)),
      audit: (at) => (audit ? auditValue(termination, audit, at) : []),
    },
  };
}

function listOf(media: MediaDescriptor | undefined): readonly AuditReturn[] {
  return media ? [media] : [];
}

function checkDescriptor(
  termination: Termination,
  descriptor: Exclude<AmmDescriptor, MediaDescriptor>,
  ground: CommandGround,
): Refusal | undefined {
  const { kind, watch, signals, digitMaps, realm } = termination;
  if (kind === 'root' && NOT_OF_ROOT.has(descriptor.kind)) return refuse(ErrorCode.illegalDescriptor, `${descriptor.kind} of ROOT`);
  switch (descriptor.kind) {
    case 'events':
      return watch.check(descriptor, ground);
    case 'event-buffer':
      return watch.checkBuffer(descriptor);
    case 'signals':
      return signals.check(descriptor);
    case 'digit-map':
      return digitMaps.check(descriptor);
    case 'audit':
      return checkAudit(termination, descriptor);
    case 'statistics':
      for (const { name } of descriptor.statistics) {
        const found = realm.find('statistic', name);
        if (!found.ok) return found.refusal;
      }
      return undefined;
    // An analog line and an RTP stream have no modem.
    case 'modem':
      return refuse(ErrorCode.unknownDescriptor, 'Modem');
    case 'mux':
      return MUX_TYPES.has(descriptor.type.toLowerCase()) ? undefined : refuse(ErrorCode.unknownValue, `Mux ${descriptor.type}`);
    default:
      return descriptor satisfies never;
  }
}

function applyDescriptor(termination: Termination, descriptor: Exclude<AmmDescriptor, MediaDescriptor>, now: Millis): void {
  switch (descriptor.kind) {
    case 'events':
      termination.watch.arm(descriptor, now);
      return;
    case 'event-buffer':
      termination.watch.buffer(descriptor, now);
      return;
    case 'signals':
      termination.signals.play(descriptor, now);
      return;
    case 'digit-map':
      termination.digitMaps.set(descriptor);
      return;
    case 'mux':
      termination.mux = descriptor;
      return;
    // Statistics are always kept here; an audit changes nothing.
    case 'modem':
    case 'statistics':
    case 'audit':
      return;
    default:
      descriptor satisfies never;
  }
}

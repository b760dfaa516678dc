// What a Media descriptor does to a termination, in steps: it is planned against what there is, its ports are taken once
// nothing else of the command can fail, then it is put in force (RFC 3525 §7.1.4 to §7.1.8).
import type { Millis } from '@altpath/core';
import type { LocalControl, MediaDescriptor, Property, Stream, StreamId, StreamMode, TerminationState } from '../message/index.js';
import type { MediaDesk } from './media-desk.js';
import { chooseLocal, chooseRemote, type LocalChoice, type RemoteChoice } from './negotiation.js';
import { chooseProperties } from './property-values.js';
import { type Checked, ErrorCode, type Refusal, refuse, refused } from './refusal.js';
import { DEFAULT_CONTROL, type StreamControl, type StreamState } from './stream.js';
import type { Termination } from './termination.js';

/** §7.1.6: LocalControl, Local and Remote without a stream around them are of stream 1. */
const ONLY_STREAM: StreamId = 1;
/** A telephone cannot loop back what it says; a stream of the network can. */
const LINE_MODES: ReadonlySet<StreamMode> = new Set(['send-only', 'receive-only', 'send-receive', 'inactive']);

/** A descriptor that can be put in force. */
export interface MediaPlan {
  /** Takes the ports that it needs: 510. On a refusal none is kept. */
  reserve(line: Termination | undefined): Refusal | undefined;
  /** Gives the ports back that `reserve` took: the command is not carried out after all. */
  cancel(): void;
  /** @returns what was chosen for the controller, to be told to it (§7.1.1); undefined where it left no choice. */
  apply(now: Millis): MediaDescriptor | undefined;
}

/** One Local or Remote of a command: not there, empty (release), or chosen. */
type Given<Choice> = { readonly kind: 'absent' } | { readonly kind: 'empty' } | { readonly kind: 'chosen'; readonly choice: Choice };

interface StreamPlan {
  readonly given: Stream;
  readonly id: StreamId;
  readonly before: StreamState | undefined;
  readonly control: StreamControl;
  readonly isControlChosen: boolean;
  readonly local: Given<LocalChoice>;
  readonly remote: Given<RemoteChoice>;
  port: number | undefined;
}

export function planMedia(termination: Termination, { terminationState, streams }: MediaDescriptor, desk: MediaDesk): Checked<MediaPlan> {
  const state = planState(termination, terminationState);
  if (!state.ok) return state;
  if (termination.kind === 'root' && streams.length > 0) return refused(ErrorCode.illegalDescriptor, 'a stream of ROOT');
  const plans: StreamPlan[] = [];
  for (const given of streams) {
    const plan = planStream(termination, given);
    if (!plan.ok) return plan;
    if (plans.some(({ id }) => id === plan.value.id)) return refused(ErrorCode.descriptorTwice, `stream ${plan.value.id}`);
    plans.push(plan.value);
  }
  const taken: StreamPlan[] = [];
  const cancel = (): void => {
    for (const plan of taken) if (plan.port !== undefined) desk.giveBack(plan.port);
  };
  return {
    ok: true,
    value: {
      reserve(line) {
        for (const plan of plans) {
          if (plan.local.kind !== 'chosen' || plan.local.choice.taken.length === 0 || plan.port !== undefined) continue;
          plan.port = desk.take(line);
          if (plan.port === undefined) {
            cancel();
            return refuse(ErrorCode.noResources, 'no port');
          }
          taken.push(plan);
        }
        return undefined;
      },
      cancel,
      apply(now) {
        const told = applyState(termination, terminationState, state.value, now);
        const toldStreams = plans.flatMap((plan) => applyStream(termination, plan, desk) ?? []);
        if (!told && toldStreams.length === 0) return undefined;
        return { kind: 'media', ...(told && { terminationState: told }), streams: toldStreams };
      },
    },
  };
}

// --- TerminationState --------------------------------------------------------------------------------------------

interface StatePlan {
  readonly properties: readonly Property[];
  readonly isChosen: boolean;
}

function planState(termination: Termination, state: TerminationState | undefined): Checked<StatePlan> {
  const chosen = chooseProperties(termination.realm, state?.properties ?? [], 'termination-state');
  if (!chosen.ok) return chosen;
  if (termination.kind === 'root' && state?.serviceState !== undefined) return refused(ErrorCode.propertyIllegal, 'ServiceStates of ROOT');
  return chosen;
}

/**
 * Puts it in force; what it leaves out has its default (§6.2.4). The service state is kept: a descriptor that does not
 * name it does not bring back what its operator took out.
 */
function applyState(
  termination: Termination,
  given: TerminationState | undefined,
  plan: StatePlan,
  now: Millis,
): TerminationState | undefined {
  if (!given) return undefined;
  termination.properties = withProvisioned(termination.realm.provisionedIn('termination-state'), plan.properties);
  termination.watch.control(given.eventBufferControl ?? 'off', now);
  // Deviation: what is left out has its default (RFC 3525 §6.2.4); here that would bring back what an operator took out.
  if (given.serviceState !== undefined) termination.serviceState = given.serviceState;
  return plan.isChosen ? { properties: plan.properties } : undefined;
}

function withProvisioned(provisioned: readonly Property[], set: readonly Property[]): readonly Property[] {
  const names = new Set(set.map(({ name }) => name.toLowerCase()));
  return [...provisioned.filter(({ name }) => !names.has(name.toLowerCase())), ...set];
}

// --- streams -----------------------------------------------------------------------------------------------------

function planStream(termination: Termination, given: Stream): Checked<StreamPlan> {
  const id = given.id ?? ONLY_STREAM;
  const before = termination.streams.get(id);
  const control = planControl(termination, given.localControl, before);
  if (!control.ok) return control;
  if (termination.kind !== 'ephemeral') {
    // What a telephone says has no session; there is nothing to be chosen for it.
    if (hasText(given.local?.sdp) || hasText(given.remote?.sdp))
      return refused(ErrorCode.unsupportedMedia, `a session of ${termination.id}`);
    if (!LINE_MODES.has(control.value.control.mode)) return refused(ErrorCode.unsupportedMode, control.value.control.mode);
  }
  const remote = planRemote(given.remote?.sdp, control.value.control);
  if (!remote.ok) return remote;
  const local = planLocal(termination, given.local?.sdp, control.value.control, before, remoteText(remote.value, before));
  if (!local.ok) return local;
  const plan: StreamPlan = { given, id, before, ...control.value, local: local.value, remote: remote.value, port: before?.localPort };
  const isSilent = control.value.control.mode === 'inactive' || termination.kind !== 'ephemeral';
  if (!isSilent && !hasLocal(plan) && !hasText(remoteText(remote.value, before)))
    return refused(ErrorCode.missingRemoteOrLocal, `stream ${id}`);
  return { ok: true, value: plan };
}

function planControl(
  termination: Termination,
  given: LocalControl | undefined,
  before: StreamState | undefined,
): Checked<{ readonly control: StreamControl; readonly isControlChosen: boolean }> {
  if (!given) return { ok: true, value: { control: before?.control ?? defaultControl(termination), isControlChosen: false } };
  const chosen = chooseProperties(termination.realm, given.properties, 'local-control');
  if (!chosen.ok) return chosen;
  const control: StreamControl = {
    mode: given.mode ?? DEFAULT_CONTROL.mode,
    reserveValue: given.reserveValue ?? false,
    reserveGroup: given.reserveGroup ?? false,
    properties: withProvisioned(termination.realm.provisionedIn('local-control'), chosen.value.properties),
  };
  return { ok: true, value: { control, isControlChosen: chosen.value.isChosen } };
}

/** What a stream is before anybody says anything of it. */
export function defaultControl(termination: Termination): StreamControl {
  return { ...DEFAULT_CONTROL, properties: termination.realm.provisionedIn('local-control') };
}

function planRemote(sdp: string | undefined, control: StreamControl): Checked<Given<RemoteChoice>> {
  if (sdp === undefined) return { ok: true, value: { kind: 'absent' } };
  if (!hasText(sdp)) return { ok: true, value: { kind: 'empty' } };
  const choice = chooseRemote(sdp, control);
  return choice.ok ? { ok: true, value: { kind: 'chosen', choice: choice.value } } : choice;
}

function planLocal(
  termination: Termination,
  sdp: string | undefined,
  control: StreamControl,
  before: StreamState | undefined,
  remote: string | undefined,
): Checked<Given<LocalChoice>> {
  if (sdp === undefined) return { ok: true, value: { kind: 'absent' } };
  if (!hasText(sdp)) return { ok: true, value: { kind: 'empty' } };
  const own = { address: termination.around.settings.mediaAddress, port: before?.localPort };
  const choice = chooseLocal(sdp, control, own, hasText(remote) ? remote : undefined);
  return choice.ok ? { ok: true, value: { kind: 'chosen', choice: choice.value } } : choice;
}

function remoteText(remote: Given<RemoteChoice>, before: StreamState | undefined): string | undefined {
  if (remote.kind === 'absent') return before?.remote;
  return remote.kind === 'empty' ? '' : remote.choice.text;
}

function hasLocal({ local, before }: StreamPlan): boolean {
  return local.kind === 'absent' ? hasText(before?.local) : local.kind === 'chosen';
}

function hasText(sdp: string | undefined): boolean {
  return sdp !== undefined && sdp.trim() !== '';
}

/** @returns what of the stream is told to the controller. */
function applyStream(termination: Termination, plan: StreamPlan, desk: MediaDesk): Stream | undefined {
  const { id, given, before, control, remote } = plan;
  const text = localText(plan);
  const keepsPort = hasText(text);
  if (!keepsPort && before?.localPort !== undefined) desk.giveBack(before.localPort);
  const state: StreamState = {
    id,
    control,
    local: text,
    remote: remoteText(remote, before),
    remoteEnd: remote.kind === 'absent' ? before?.remoteEnd : remote.kind === 'chosen' ? remote.choice.end : undefined,
    localPort: keepsPort ? plan.port : undefined,
  };
  if (isDeleted(state)) termination.streams.delete(id);
  else termination.streams.set(id, state);
  return toldOf(given, plan, state);
}

function localText({ local, before, port }: StreamPlan): string | undefined {
  if (local.kind === 'absent') return before?.local;
  return local.kind === 'chosen' && port !== undefined ? local.choice.write(port) : '';
}

/** §7.1.6: both descriptions empty, and nothing reserved. */
function isDeleted({ local, remote, control }: StreamState): boolean {
  return local === '' && remote === '' && !control.reserveGroup && !control.reserveValue;
}

/** §7.1.1: descriptors that left a choice, with what was chosen. */
function toldOf(given: Stream, { control, isControlChosen, local, remote }: StreamPlan, state: StreamState): Stream | undefined {
  const toldLocal = local.kind === 'chosen' && !isSameText(given.local?.sdp, state.local);
  const toldRemote = remote.kind === 'chosen' && !isSameText(given.remote?.sdp, state.remote);
  if (!isControlChosen && !toldLocal && !toldRemote) return undefined;
  return {
    ...(given.id !== undefined && { id: given.id }),
    ...(isControlChosen && { localControl: { properties: control.properties } }),
    ...(toldLocal && { local: { sdp: state.local ?? '' } }),
    ...(toldRemote && { remote: { sdp: state.remote ?? '' } }),
  };
}

function isSameText(a: string | undefined, b: string | undefined): boolean {
  const lines = (text: string | undefined): string =>
    (text ?? '')
      .split(/\r\n|\n|\r/)
      .map((line) => line.trim())
      .join('\n');
  return lines(a) === lines(b);
}

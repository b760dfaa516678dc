// Carries out a command on all the lines that it names, or on none of them, and makes the one response (RFC 3435 §2.1.2,
// §4.4.3, §4.4.5).
import { canonicalHost, type Hop, type Millis } from '@altpath/core';
import { checkCommand } from '../codec/index.js';
import { type EndpointName, isAllOf, isAnyOf, matches } from '../message/endpoint-name.js';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import { ReturnCode } from '../message/return-codes.js';
import { auditConnection, auditEndpoint, auditGateway, auditNames, type ServiceReport } from './audit.js';
import { CHECKS, type Deed } from './commands.js';
import { checkLists, checkPackageParameters, linesOfLists, VIRTUAL_ENDPOINT } from './configure.js';
import type { GatewayLine, LineSurroundings } from './line.js';
import { type Checked, refused } from './refusal.js';

/** What became of a command. */
export interface Execution {
  readonly response: ResponseDraft;
  /** The lines that it names, whether or not it was refused; none where that cannot be said. */
  readonly lines: readonly GatewayLine[];
  /** Those of them whose call agents are others now. */
  readonly redirected: readonly GatewayLine[];
  /** It was for the gateway's virtual endpoint, which no procedure holds back. */
  readonly isVirtual: boolean;
}

/** What commands are carried out on. */
export interface ExecutionGround {
  readonly around: LineSurroundings;
  /** By local name in lower case. */
  readonly byName: ReadonlyMap<string, GatewayLine>;
  readonly lines: readonly GatewayLine[];
  serviceOf(line: GatewayLine, now: Millis): ServiceReport;
}

const AUDITS: ReadonlySet<string> = new Set(['AUEP', 'AUCX']);
/** What a gateway obeys; the rest of the protocol's verbs is for call agents. */
const OBEYED: ReadonlySet<string> = new Set(['EPCF', 'CRCX', 'MDCX', 'DLCX', 'RQNT', 'AUEP', 'AUCX']);

export function isAudit(command: MgcpCommand): boolean {
  return AUDITS.has(command.verb);
}

/** Whether the gateway has a line, or more, of that name: else 500. */
export function targetsOf(ground: ExecutionGround, endpoint: EndpointName): Checked<readonly GatewayLine[]> {
  if (canonicalHost(endpoint.domain) !== canonicalHost(ground.around.settings.domain)) return refused(ReturnCode.unknownEndpoint);
  if (isAnyOf(endpoint)) {
    const free = ground.lines.find((line) => matches(endpoint.local, line.name) && line.service !== 'out' && line.connections.size === 0);
    return free ? { ok: true, value: [free] } : refused(ReturnCode.noEndpointAvailable);
  }
  if (isAllOf(endpoint)) {
    const all = ground.lines.filter((line) => matches(endpoint.local, line.name));
    return all.length > 0 ? { ok: true, value: all } : refused(ReturnCode.unknownEndpoint);
  }
  const line = ground.byName.get(endpoint.local.toLowerCase());
  return line ? { ok: true, value: [line] } : refused(ReturnCode.unknownEndpoint);
}

/** Carries a command out, or refuses it and leaves everything as it was. */
export function execute(ground: ExecutionGround, command: MgcpCommand, source: Hop, now: Millis): Execution {
  const { around } = ground;
  if (!OBEYED.has(command.verb)) return refusal({ code: ReturnCode.unknownCommand });
  const wrong = checkCommand(command);
  if (wrong) return refusal({ code: wrong.code, comment: wrong.fault.hint });
  const isVirtual = around.settings.red && command.endpoint.local.toLowerCase() === VIRTUAL_ENDPOINT;
  const misused = checkPackageParameters(command.parameters, around) ?? checkLists(command, isVirtual);
  if (misused) return refusal(misused);
  if (isVirtual) return executeVirtual(ground, command);
  const targets = targetsOf(ground, command.endpoint);
  if (!targets.ok) return refusal(targets.refusal);
  if (isAudit(command)) return { response: audit(ground, command, targets.value, now), lines: targets.value, redirected: [], isVirtual };
  if (targets.value.some(({ service }) => service === 'out')) return refusal({ code: ReturnCode.notReady }, targets.value);
  return change(around, command, targets.value, source, now);
}

function refusal(response: ResponseDraft, lines: readonly GatewayLine[] = []): Execution {
  return { response, lines, redirected: [], isVirtual: false };
}

function audit(ground: ExecutionGround, command: MgcpCommand, lines: readonly GatewayLine[], now: Millis): ResponseDraft {
  const [line] = lines;
  if (!line || isAllOf(command.endpoint)) return auditNames(lines);
  if (command.verb === 'AUCX') return auditConnection(line, command, ground.around);
  return auditEndpoint(line, command, ground.around, ground.serviceOf(line, now));
}

/** Every line is asked first; what they all agree to is then done. */
function change(around: LineSurroundings, command: MgcpCommand, lines: readonly GatewayLine[], source: Hop, now: Millis): Execution {
  const check = CHECKS[command.verb];
  const deeds: Deed[] = [];
  for (const line of lines) {
    const checked = check?.(line, command, around);
    if (checked && !checked.ok) return refusal(checked.refusal, lines);
    if (checked) deeds.push(checked.value);
  }
  const responses = deeds.map((deed) => deed(now));
  const redirected = lines.filter((line) => configure(line, command));
  for (const line of lines) line.heardFrom(source);
  const response = lines.length === 1 ? responses[0] : { code: responses[0]?.code ?? ReturnCode.ok };
  const named = isAnyOf(command.endpoint) && lines[0] ? withName(response, lines[0]) : response;
  return { response: named ?? { code: ReturnCode.ok }, lines, redirected, isVirtual: false };
}

function withName(response: ResponseDraft | undefined, line: GatewayLine): ResponseDraft {
  return { code: ReturnCode.ok, ...response, parameters: { ...response?.parameters, specificEndpointId: line.endpoint } };
}

/** The configuration that a command brings along, whichever it is. @returns true when the line has other call agents. */
function configure(line: GatewayLine, { parameters }: MgcpCommand): boolean {
  if (parameters.bearerInformation) line.bearer = { ...line.bearer, ...parameters.bearerInformation };
  if (parameters.reset) line.reset();
  return line.notified.set(parameters);
}

/** RFC 3991 §2.2.2: by lists, and whatever the service state of who stands in them. */
function executeVirtual(ground: ExecutionGround, command: MgcpCommand): Execution {
  if (command.verb === 'AUEP') {
    const response = auditGateway(command, ground.around.settings, ground.around);
    return { response, lines: [], redirected: [], isVirtual: true };
  }
  if (command.verb !== 'EPCF') return refusal({ code: ReturnCode.unsupportedFunctionality });
  const chosen = linesOfLists(command, ground.lines);
  if (!chosen.ok) return refusal(chosen.refusal);
  const redirected = chosen.value.filter((line) => configure(line, command));
  return { response: { code: ReturnCode.ok }, lines: chosen.value, redirected, isVirtual: true };
}

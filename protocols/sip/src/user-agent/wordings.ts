// What the user agent's messages say of itself: Contact with its token and the stand-ins, what it can do, and the plans of
// its requests.
import { type Hop, isReliable, type Millis, type RouteTarget } from '@altpath/core';
import type { Environment } from '../environment.js';
import { parseUri, uriKey } from '../message/uri.js';
import { alternatesParameter } from '../path-mapping.js';
import { isBehindNat, routeTargetOf } from '../registrar/targets.js';
import { fromOf, identityLines } from './caller-identity.js';
import type { Dialog, DialogRequest } from './dialog.js';
import type { InDialog, InviteWords, Leg, LegWordings } from './leg-view.js';
import { writeLegToken } from './leg-token.js';
import type { OwnRequestPlan } from './own-request.js';
import type { ServerRequest } from './server-request.js';
import { ALLOW, DIALOG_PARAMETER, LEG_PARAMETER, SUPPORTED } from './words.js';

export class Wordings implements LegWordings {
  constructor(private readonly environment: Environment) {}

  /** @param told  The reader may be told our stand-ins. */
  contact(leg: Leg, sipCallId: string, hop: Hop, told: boolean): string {
    const { identity, settings } = this.environment;
    const host = identity.recordRouteHost(hop.transport, hop.host);
    const transport = hop.transport === 'udp' ? '' : `;transport=${hop.transport}`;
    const inUri = told && settings.path.carrier === 'parameter';
    const alternates = inUri ? alternatesParameter(identity.alternates(hop.transport, hop.host)) : '';
    return `Contact: <sip:${this.#token(leg, sipCallId)}@${host}${transport}${alternates}>`;
  }

  #token(leg: Leg, sipCallId: string): string {
    const { callId = '', role = leg.role, farLine } = leg.order ?? {};
    return writeLegToken(this.environment.signer, { callId, role, line: farLine }, sipCallId);
  }

  /** A response brings nothing of ours back but the Via: a stand-in reads there of whose call it is. */
  #viaParameter(name: string, leg: Leg, sipCallId: string): string {
    return `;${name}=${this.#token(leg, sipCallId)}`;
  }

  /** Of a response that forms or refreshes a dialog. */
  responseLines(leg: Leg, server: ServerRequest, now: Millis): readonly string[] {
    return [this.contact(leg, server.request.callId, server.hop, server.isTold(now)), ALLOW, SUPPORTED];
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  invite(leg: Leg, target: RouteTarget, words: InviteWords): OwnRequestPlan {
    const { environment } = this;
    const [domain = ''] = environment.settings.domains;
    const next = target.via?.[0];
    return {
      method: 'INVITE',
      callId: words.callId,
      cseq: words.cseq,
      tag: words.tag,
      uri: target.address,
      target,
      giver: '',
      viaParameter: this.#viaParameter(LEG_PARAMETER, leg, words.callId),
      lines: [
        ...(next === undefined ? [] : [`Route: ${(target.via ?? []).join(', ')}`]),
        `Max-Forwards: ${words.hops}`,
        `From: ${fromOf(words.caller, domain)};tag=${words.tag}`,
        `To: ${words.to}`,
        `Call-ID: ${words.callId}`,
        `CSeq: ${words.cseq} INVITE`,
        ALLOW,
        ...words.lines,
      ],
      write: (hop, told) => ({
        lines: [
          this.contact(leg, words.callId, hop, told),
          ...identityLines(
            words.caller,
            domain,
            environment.trust.isNeighbour(hop.host) || environment.identity.nodeAt(hop.host, hop.port) >= 0,
          ),
          ...(words.body === undefined ? [] : ['Content-Type: application/sdp']),
        ],
        body: words.body,
      }),
    };
  }

  inDialog(leg: Leg, dialog: Dialog, method: string, words: InDialog, now: Millis): OwnRequestPlan {
    return this.#ofDialog(leg, dialog, dialog.request(method), words, now);
  }

  /** @param cseq  Of the INVITE. */
  ack(leg: Leg, dialog: Dialog, cseq: number, body: string | undefined, now: Millis): OwnRequestPlan {
    return this.#ofDialog(leg, dialog, dialog.ack(cseq), { body }, now);
  }

  #ofDialog(leg: Leg, dialog: Dialog, request: DialogRequest, words: InDialog, now: Millis): OwnRequestPlan {
    const { method, cseq, uri, headers, next } = request;
    const hasType = words.lines?.some((line) => line.startsWith('Content-Type:')) === true;
    const type = words.body === undefined || words.body === '' || hasType ? [] : ['Content-Type: application/sdp'];
    return {
      method,
      callId: dialog.callId,
      cseq,
      tag: dialog.state.localTag,
      uri,
      target: this.#way(leg, dialog, next, now),
      giver: leg.source?.host ?? '',
      told: leg.isTold,
      viaParameter: method === 'INVITE' ? this.#viaParameter(DIALOG_PARAMETER, leg, dialog.callId) : undefined,
      lines: [...headers, ...(words.lines ?? []), ...type],
      write: (hop, told) => ({
        lines: words.contact === true ? [this.contact(leg, dialog.callId, hop, told), ALLOW, SUPPORTED] : [],
        body: words.body,
      }),
    };
  }

  /** As its user registered; else the connection that it called over, or the far side of its NAT; else what the URI says. */
  #way(leg: Leg, dialog: Dialog, next: string, now: Millis): RouteTarget {
    const plain = { address: next };
    if (dialog.state.routes.length > 0) return plain;
    const uri = parseUri(next);
    if (!uri.ok) return plain;
    const known = this.environment.store.byContact(uriKey(uri.value), now);
    if (known) return { ...routeTargetOf(known.binding), address: next };
    const { source } = leg;
    if (!source) return plain;
    if (isReliable(source.transport)) return { ...plain, hop: source, registered: true };
    return isBehindNat(next, source) ? { ...plain, hop: source } : plain;
  }
}

// Who may ask: whoever has the token; without one, whoever is on this host and is no web page.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIpLiteral, parseHostPort } from '@altpath/core';
import { AdminRefusal } from './reply.js';

export class Access {
  readonly #token: Buffer | undefined;

  /** @param token  Undefined: none is asked for. */
  constructor(token: string | undefined) {
    this.#token = token === undefined ? undefined : digest(token);
  }

  /** @throws AdminRefusal 401 `admin.token`, or 403 `admin.foreign-page`. */
  check(request: IncomingMessage): void {
    if (this.#token) this.#checkToken(this.#token, request.headers.authorization);
    else refusePages(request);
  }

  /** Digests have one length, so the comparison's time says nothing. */
  #checkToken(token: Buffer, authorization: string | undefined): void {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(token, digest(given))) return;
    const message = given === undefined ? 'a bearer token is needed' : 'the bearer token is not the one of this node';
    throw new AdminRefusal(401, 'admin.token', message, { 'www-authenticate': 'Bearer realm="altpath"' });
  }
}

/**
 * A browser on this host reaches loopback, and a page from anywhere can make it post to /drain, or read by giving its own
 * name our address. Pages show themselves by Origin, such names by a Host that is neither an address nor `localhost`.
 */
function refusePages({ headers }: IncomingMessage): void {
  const host = parseHostPort(headers.host ?? '')?.host ?? '';
  if (!isIpLiteral(host) && host.toLowerCase() !== 'localhost') {
    throw new AdminRefusal(403, 'admin.foreign-page', 'without a token this API is asked by address or as localhost');
  }
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
    throw new AdminRefusal(403, 'admin.foreign-page', 'without a token this API does not answer pages of other origins');
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

// Why a listener could not be opened, in one plain sentence each.
import { type Fault, formatHostPort, SignalingError, type TransportName } from '@altpath/core';

/** @returns the error number's name (`EADDRINUSE`), or the empty text. */
export function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/**
 * What the operator reads when a listener cannot be opened: `transport.address-in-use`,
 * `transport.address-not-available`, `transport.permission`, and `transport.listen` for everything else.
 */
export function listenError(transport: TransportName, host: string, port: number, cause: unknown): SignalingError {
  const where = `${transport} ${formatHostPort({ host, port })}`;
  return new SignalingError(faultOf(errnoOf(cause), where, cause), cause);
}

function faultOf(errno: string, where: string, cause: unknown): Fault {
  const fault = (code: string, hint: string): Fault => ({ code: `transport.${code}`, blame: 'local', hint });
  switch (errno) {
    case 'EADDRINUSE':
      return fault('address-in-use', `${where} is in use by another program`);
    case 'EADDRNOTAVAIL':
      return fault('address-not-available', `${where} cannot be opened because this host does not have that address`);
    case 'EACCES':
    case 'EPERM':
      return fault('permission', `${where} cannot be opened because this user may not listen there`);
    default:
      return fault('listen', `${where} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

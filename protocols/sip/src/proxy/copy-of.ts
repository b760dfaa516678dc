// The server transaction of a request that came: where its answers go.
import { ALTERNATE_PATH } from '../path/spelling.js';
import { answerHop } from './derive.js';
import type { Passage } from './forward.js';
import { Inbound, inboundKey } from './inbound.js';
import { waysBack } from './relay.js';
import type { Transactions } from './transactions.js';

const NO_WAYS = { hops: [], trusted: 0 };

/** Makes the transaction and enters it into the table. */
export function copyOf(transactions: Transactions, passage: Passage): Inbound {
  const { request, hop, via } = passage;
  const top = request.topVia;
  const back = answerHop(top, hop);
  const elsewhere = hop.transport !== 'udp' || top.host !== hop.host || top.parameters.has(ALTERNATE_PATH);
  const { hops, trusted } = elsewhere ? waysBack(transactions.environment, top, back) : NO_WAYS;
  const { method } = request;
  return new Inbound(transactions, {
    key: inboundKey(request, method),
    method,
    request,
    topVia: via.text,
    hop: back,
    others: hops,
    trusted,
  });
}

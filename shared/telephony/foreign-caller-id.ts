import * as z from 'zod';
import { AppError } from '../errors.ts';
import type { PeerAddress } from './outbound-proxy.ts';
import { isSamePeer, type HostSharing, type SharingRequest } from './shared-host.ts';

/**
 * Whether the peer of a gateway or trunk accepts caller numbers that are not the organization's
 * (functions/telephony/sip-gateways/README.md, "Caller numbers of others").
 */

/** Stored field of gateways and trunks. Absent in earlier versions: false. */
export type ForeignCallerId = { readonly foreign_caller_id?: boolean };

/** What the seller says of the host of a gateway or trunk, as it is stored. */
export type PeerConsents = HostSharing & ForeignCallerId;

/** Request field of gateways and trunks. */
export const foreignCallerIdField = {
  foreign_caller_id: z
    .boolean()
    .describe(
      'Whether the peer accepts caller numbers that are not the organization’s: calls that are sent on with ' +
        '`original` present the number of their caller. Only the seller changes it. Ends when host, port, transport, ' +
        'outbound proxy or trunk change; default false. A gateway with `trunk_id` has the value of its trunk',
    )
    .meta({ example: false }),
};

/**
 * Whether a peer accepts them after a change: what was agreed with one peer says nothing of another one.
 * @param before the peer before; undefined: it is new, or had no peer of its own
 * @throws AppError NOT_THE_SELLER if another caller than the seller changes it, as the calls are in the seller's name
 */
export function foreignCallerIdAfter(
  before: (PeerAddress & ForeignCallerId) | undefined,
  after: PeerAddress,
  { wanted, seller }: Pick<SharingRequest, 'wanted' | 'seller'>,
): Required<ForeignCallerId> {
  const current = before !== undefined && isSamePeer(before, after) && before.foreign_caller_id === true;
  if (wanted === undefined || wanted === current) return { foreign_caller_id: current };
  if (seller === null)
    throw new AppError('NOT_THE_SELLER', 'Only the seller may declare that a peer accepts caller numbers of others', {
      details: [{ path: 'foreign_caller_id', message: 'may be changed by the seller only' }],
    });
  return { foreign_caller_id: wanted };
}

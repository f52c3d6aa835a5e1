import * as z from 'zod';
import { AppError } from '../errors.ts';
import type { PeerAddress } from './outbound-proxy.ts';
import { isSamePeer, type Consent } from './shared-host.ts';

/** Whether claims of a trunk about its callers count (functions/sip-sidecar/calls/identity/README.md, "Claims"). */

/** Stored field of trunks. Absent in earlier versions: false. */
export type VerstatTrust = { readonly trusts_verstat?: boolean };

/** Request field of trunks. */
export const verstatTrustField = {
  trusts_verstat: z
    .boolean()
    .describe(
      'Whether `verstat` and attestation of its calls count without a signature, from trusted and proven addresses. ' +
        'Only the seller changes it. A change of host, port, transport, outbound proxy, type, credentials or ' +
        'addresses ends it, unless the seller makes the change; default false',
    )
    .meta({ example: false }),
};

/** Fields by which another party than the one that the seller trusts might call. */
const credentials = ['type', 'username', 'sealed_password', 'realm', 'inbound_username'] as const;

/** A trunk, as far as it says who calls. */
type CallingPeer = PeerAddress & { readonly [F in (typeof credentials)[number]]?: string | null };

/** @param isRotated whether the calling party gets another password */
const isSameParty = (before: CallingPeer, after: CallingPeer, isRotated: boolean): boolean =>
  !isRotated &&
  isSamePeer(before, after) &&
  credentials.every((field) => (before[field] ?? null) === (after[field] ?? null));

/** Who asks for what. `isRotated`: the password with which the trunk calls is made again. */
type TrustRequest = {
  readonly wanted: boolean | undefined;
  readonly seller: Consent | null;
  readonly isRotated: boolean;
};

/**
 * Whether the claims of a trunk count after a change.
 * @param before undefined: the trunk is new
 * @throws AppError NOT_THE_SELLER if another caller than the seller changes it
 */
export function verstatTrustAfter(
  before: (CallingPeer & VerstatTrust) | undefined,
  after: CallingPeer,
  { wanted, seller, isRotated }: TrustRequest,
): Required<VerstatTrust> {
  const agreed = before?.trusts_verstat === true;
  if (seller !== null) return { trusts_verstat: wanted ?? agreed };
  const current = agreed && isSameParty(before, after, isRotated);
  if (wanted === undefined || wanted === current) return { trusts_verstat: current };
  throw new AppError('NOT_THE_SELLER', 'Only the seller may declare that the claims of a trunk count', {
    details: [{ path: 'trusts_verstat', message: 'may be changed by the seller only' }],
  });
}

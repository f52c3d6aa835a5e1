/** The rank of the producers of CDRs (functions/billing/README.md, "CDRs"). */

/**
 * Who filed a CDR, by rank: the charged organization itself, an organization above it that is not the operator, or the
 * operator and the producers of the queue.
 */
export const cdrOrigins = ['tenant', 'seller', 'platform'] as const;
export type CdrOrigin = (typeof cdrOrigins)[number];

const outranks = (one: CdrOrigin, other: CdrOrigin): boolean => cdrOrigins.indexOf(one) > cdrOrigins.indexOf(other);

/** Of records of the same rank, `record_revision` decides. */
type Version = { readonly content_hash: string; readonly origin: CdrOrigin; readonly record_revision: number };

/**
 * How a record relates to the stored CDR of its identity: rank decides before revision, and revision before content. A
 * record of a higher rank replaces other content, and raises the rank of the same content (`promotion`), so that no
 * organization blocks its own bill. One of the same rank replaces a lower revision. Otherwise the stored CDR stays.
 */
export function classifyRepeat(
  stored: Version,
  repeat: Version,
): 'duplicate' | 'conflict' | 'superseded' | 'replacement' | 'promotion' {
  const isSame = stored.content_hash === repeat.content_hash;
  if (outranks(repeat.origin, stored.origin)) return isSame ? 'promotion' : 'replacement';
  if (repeat.origin === stored.origin && repeat.record_revision !== stored.record_revision)
    return repeat.record_revision > stored.record_revision ? 'replacement' : 'superseded';
  return isSame ? 'duplicate' : 'conflict';
}

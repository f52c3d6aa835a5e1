/** The rank of the producers of CDRs (functions/billing/README.md, "CDRs"). */

/**
 * Who filed a CDR, by rank: the charged organization itself, an organization above it that is not the operator, or the
 * operator and the producers of the queue.
 */
export const cdrOrigins = ['tenant', 'seller', 'platform'] as const;
export type CdrOrigin = (typeof cdrOrigins)[number];

const outranks = (one: CdrOrigin, other: CdrOrigin): boolean => cdrOrigins.indexOf(one) > cdrOrigins.indexOf(other);

type Version = { readonly content_hash: string; readonly origin: CdrOrigin };

/**
 * How a record relates to the stored CDR of its identity. A record of a higher rank replaces other content, and raises
 * the rank of the same content (`promotion`), so that no organization blocks its own bill. Otherwise the stored CDR
 * stays.
 */
export function classifyRepeat(
  stored: Version,
  repeat: Version,
): 'duplicate' | 'conflict' | 'replacement' | 'promotion' {
  const isHigher = outranks(repeat.origin, stored.origin);
  if (stored.content_hash === repeat.content_hash) return isHigher ? 'promotion' : 'duplicate';
  return isHigher ? 'replacement' : 'conflict';
}

import { AppError } from '#errors.ts';
import { domainErrors } from './errors.ts';

/** Proof that an organization controls a domain: a TXT record (functions/accounts/README.md, "Domains"). */

const prefix = 'voiceplatform-verify=';

/** The record of a new claim. @param random 24 characters */
export const verificationRecord = (random: string): string => `${prefix}${random}`;

/** The names at which the record may be. */
export const recordNames = (domain: string): readonly [string, string] => [domain, `_voiceplatform.${domain}`];

/** What the DNS answered: the TXT records of both names, or that no server answered for one of them. */
export type TxtAnswer = { readonly records: readonly string[]; readonly isComplete: boolean };

/** Records that an error names, and characters of each. */
const shown = { records: 10, characters: 255 } as const;
/** What a person cannot see, or that changes how the rest is shown. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** @throws AppError DOMAIN_NOT_VERIFIED with the records that were found, DNS_UNAVAILABLE if there may be others */
export function assertVerified(domain: string, expected: string, { records, isComplete }: TxtAnswer): void {
  if (records.includes(expected)) return;
  if (!isComplete)
    throw new AppError(domainErrors.DNS_UNAVAILABLE, `The name servers of ${domain} do not answer; try again`, {
      retryAfter: 30,
    });
  const [own, below] = recordNames(domain);
  throw new AppError(domainErrors.DOMAIN_NOT_VERIFIED, `Neither ${own} nor ${below} has the TXT record ${expected}`, {
    details: [
      { path: 'expected', message: expected },
      ...records.slice(0, shown.records).map((record) => ({
        path: 'found',
        message: record.slice(0, shown.characters).replaceAll(invisible, '\ufffd'),
      })),
    ],
  });
}

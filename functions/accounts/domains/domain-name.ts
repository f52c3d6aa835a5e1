import * as z from 'zod';
import { AppError } from '#errors.ts';
import { domainErrors } from './errors.ts';

/** Names of domains (functions/accounts/README.md, "Domains"). */

// RFC 1123 §2.1. The last label begins with a letter, so that no form of an IP address is a name (RFC 3696 §2).
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const lastLabel = '[a-z](?:[a-z0-9-]{0,61}[a-z0-9])';
const form = new RegExp(`^(?:${label}\\.)+${lastLabel}$`);
const maxLength = 253;

const isDomainName = (name: string): boolean => name.length <= maxLength && form.test(name);

/** A domain name, converted to lower case. */
export const DomainName = z
  .string()
  .trim()
  .transform((name) => name.toLowerCase())
  .pipe(
    z.string().refine(isDomainName, {
      message:
        'must be a host name of at least two labels, such as voice.example.com, in A-labels (xn--) if it has others',
      params: domainErrors.INVALID_DOMAIN,
    }),
  );

const liesIn = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/**
 * The platform's own domains, and those below them, belong to the operator.
 * @param platform the platform's own domains
 * @throws AppError RESERVED_DOMAIN
 */
export function assertNotReserved(host: string, platform: readonly string[], isOperator: boolean): void {
  if (isOperator || !platform.some((domain) => liesIn(host, domain))) return;
  throw new AppError(domainErrors.RESERVED_DOMAIN, `${host} belongs to the platform`, {
    details: [{ path: 'domain', message: 'is reserved for the operator' }],
  });
}

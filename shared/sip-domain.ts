/**
 * The domain of organizations that have none of their own: it stands in SIP addresses, and is the realm of their
 * accounts.
 */
export const platformDomain = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['SIP_DOMAIN'] ?? new URL(environment['PUBLIC_URL'] ?? 'http://localhost').hostname;

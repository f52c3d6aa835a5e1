/** The SIP domain, and realm of SIP accounts, of organizations without a domain of their own. */
export const platformDomain = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['SIP_DOMAIN'] ?? new URL(environment['PUBLIC_URL'] ?? 'http://localhost').hostname;

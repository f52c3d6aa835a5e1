import type { PhoneLine } from '#schema/phone.ts';
import { ha1Of } from '#telephony/ha1.ts';

/**
 * The SIP account of a line. Its password is kept as HA1 values only: that of its realm, and those of the realms that
 * may take the place of a deleted domain.
 * @param realms the domains of the organization, and that of the platform
 */
export function accountOf(line: PhoneLine, password: string, realms: readonly string[]) {
  const { username, domain } = line;
  const inRealm = (realm: string) => ha1Of({ username, realm, password });
  return {
    sip_username: username,
    org_id: line.org_id,
    kind: 'line' as const,
    user_id: line.user_id,
    domain,
    ha1: [inRealm(domain)],
    other_ha1: realms.filter((realm) => realm !== domain).map(inRealm),
    allow_features: line.allow_features,
    expires_at: line.expires_at,
    ...(line.event_callback === null ? {} : { event_callback: line.event_callback }),
    version: 1,
  };
}

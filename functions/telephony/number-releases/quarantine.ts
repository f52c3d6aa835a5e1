import type { PhoneNumber } from '#telephony/phone-number.ts';

/**
 * The number after its quarantine: available, without holder and settings.
 * @param now ISO 8601
 * @returns undefined if the quarantine has not ended, or if the number was activated again
 */
export function endQuarantine(number: PhoneNumber, now: string): PhoneNumber | undefined {
  if (number.state !== 'released' || number.quarantine_until === null || number.quarantine_until > now)
    return undefined;
  return {
    ...number,
    state: 'available',
    org_id: null,
    label: null,
    route: null,
    record: false,
    capabilities: number.offered,
    max_channels: null,
    max_inbound: null,
    max_outbound: null,
    activated_at: null,
    released_at: null,
    quarantine_until: null,
    updated_at: now,
    version: number.version + 1,
  };
}

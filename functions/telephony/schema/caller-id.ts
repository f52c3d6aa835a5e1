import type { PhoneNumber } from '#telephony/phone-number.ts';

/**
 * Warnings about a caller ID that is not an active number of the organization: it is stored, but calls do not present
 * it.
 * @param callerId E.164
 * @param found the number with these digits, of any organization
 */
export const callerIdWarnings = (
  callerId: string | null,
  found: Pick<PhoneNumber, 'state' | 'org_id'> | undefined,
  organization: number,
): string[] =>
  callerId === null || (found?.state === 'active' && found.org_id === organization)
    ? []
    : [
        `caller_id_number ${callerId} is not an active number of the organization; ` +
          'calls do not present it until it is',
      ];

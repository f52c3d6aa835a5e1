import type { PhoneNumber } from './phone-number.ts';

/**
 * A caller id that is no active number of the organization is kept, but not presented on calls until it is one. @param
 * found the number that it names, whoever holds it
 */
export const callerIdWarnings = (
  shown: string | null,
  found: Pick<PhoneNumber, 'state' | 'org_id'> | undefined,
  organization: number,
): string[] =>
  shown === null || (found?.state === 'active' && found.org_id === organization)
    ? []
    : [`caller_id_number ${shown} is no active number of the organization and is not presented on calls until it is`];

import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { releasedNumber } from '../../telephony/numbers/number.ts';

/** What becomes of a number whose organization is closed: its quarantine is as any other's. */
export const givenUp = (number: PhoneNumber, now: string): PhoneNumber & { readonly quarantine_until: string } =>
  releasedNumber(number, now);

import * as z from 'zod';
import { commonErrors } from '#errors.ts';

/** A dialed string. SIP user names and URIs can be dialed too. Rejected with 400, as it is not a rule of the body. */
export const DialedString = z
  .string()
  .trim()
  .refine((dialed) => /^[0-9A-Za-z*#+._@-]{1,64}$/.test(dialed), {
    message: 'must be 1 to 64 characters of 0-9 * # + letters - . _ @',
    params: commonErrors.INVALID_PARAMETER,
  });

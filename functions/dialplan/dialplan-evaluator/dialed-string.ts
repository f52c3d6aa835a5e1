import * as z from 'zod';

/** SIP user names and URIs can be dialed too. A broken dialed string is 400 (dialplan.md, Patterns). */
export const DialedString = z
  .string()
  .trim()
  .refine((dialed) => /^[0-9A-Za-z*#+._@-]{1,64}$/.test(dialed), {
    message: 'must be 1 to 64 of 0-9 * # + letters - . _ @',
    params: { code: 'INVALID_PARAMETER' },
  });

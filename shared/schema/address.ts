import * as z from 'zod';
import { commonErrors } from '../errors.ts';
import { canonicalAddress } from './ip-address.ts';

/** An IPv4 or IPv6 address in its canonical form; anything else is `INVALID_IP_ADDRESS`. */
export const IpAddress = z
  .string()
  .trim()
  .transform((value, context) => {
    const address = canonicalAddress(value);
    if (address !== undefined) return address;
    context.addIssue({
      code: 'custom',
      message: 'must be an IPv4 or IPv6 address',
      params: commonErrors.INVALID_IP_ADDRESS,
    });
    return z.NEVER;
  });

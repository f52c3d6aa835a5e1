import * as z from 'zod';

/** What a new password of a person does not end (functions/accounts/auth/README.md, "Ways in"). */
export const RemainingAccess = z
  .object({
    access_keys: z.int().describe('Number of access keys of the user'),
    devices: z.int().describe('Number of devices of the user, whose phones register and fetch their files'),
    phone_lines: z.int().describe('Number of live phone lines of the user'),
  })
  .meta({ id: 'RemainingAccess', example: { access_keys: 1, devices: 2, phone_lines: 0 } });
export type RemainingAccess = z.output<typeof RemainingAccess>;

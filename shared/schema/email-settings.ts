import * as z from 'zod';

/** `settings.email` of an organization (functions/messaging/README.md, "Who may be written to"). */

/** Recipients of notices in a UTC day, unless the settings say otherwise. */
const defaultNoticeLimit = 1_000;

export const EmailSettings = z
  .object({
    notice_limit: z.int().min(0).max(100_000).describe('Recipients of notices in a UTC day; 1,000 by default'),
  })
  .partial()
  .meta({ id: 'EmailSettings', example: { notice_limit: 5_000 } });
export type EmailSettings = z.output<typeof EmailSettings>;

/** Recipients of notices that an organization may have in a UTC day. */
export const noticeLimitOf = (
  organization: { readonly settings: { readonly email?: EmailSettings | undefined } } | undefined,
): number => organization?.settings.email?.notice_limit ?? defaultNoticeLimit;

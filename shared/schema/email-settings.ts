import * as z from 'zod';
import { Email as Address, text } from './values.ts';

/** `settings.email` of an organization (functions/messaging/README.md, "Senders"). */

/** Recipients of notices in a UTC day, unless the settings say otherwise. */
const defaultNoticeLimit = 1_000;

/** Templates of the platform that an organization may be allowed to send from. */
const openableTemplates = ['balance_low', 'voicemail_notification', 'welcome_email'] as const;

export const emailSettingFields = {
  enabled: z
    .boolean()
    .describe('Whether `PUT /email` sends; default true. Otherwise it is 403 `EMAIL_DISABLED`. Notices go on'),
  notice_limit: z
    .int()
    .min(0)
    .max(100_000)
    .describe('Recipients of notices in a UTC day; 1,000 by default. Only the parent sets it'),
  default_from: Address.describe('Sender of e-mails that name none; in a domain that is verified for e-mail'),
  default_from_name: text(128, 1).describe('Name of the sender of e-mails that name none'),
  platform_templates: z
    .array(z.enum(openableTemplates))
    .max(openableTemplates.length)
    .describe(
      'Templates of the platform that the organization may send from; none by default. Only the parent sets them',
    ),
};

export const EmailSettings = z
  .object(emailSettingFields)
  .partial()
  .meta({ id: 'EmailSettings', example: { notice_limit: 5_000, default_from: 'hello@acme.example' } });
export type EmailSettings = z.output<typeof EmailSettings>;

/** Recipients of notices that an organization may have in a UTC day. */
export const noticeLimitOf = (
  organization: { readonly settings: { readonly email?: EmailSettings | undefined } } | undefined,
): number => organization?.settings.email?.notice_limit ?? defaultNoticeLimit;

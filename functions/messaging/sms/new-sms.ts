/** The body of `PUT /sms` (functions/messaging/README.md, "SMS"). */
import * as z from 'zod';
import { errorKinds } from '#errors.ts';
import { smsCategories } from '#schema/sms.ts';
import { Instant } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';

export const smsErrors = errorKinds({
  INVALID_SENDER: [
    400,
    'The sender is neither an active number of the organization with capability `sms` nor one of its sender ids.',
  ],
  MESSAGE_TOO_LONG: [400, 'The text has more than 10 segments.'],
  SMS_DISABLED: [403, 'The organization may not send SMS (`settings.sms.enabled`).'],
  ALREADY_SENT: [409, 'None of its messages is queued any more.'],
  INVALID_SCHEDULE: [422, 'The time is in the past, more than 30 days ahead, or no ISO 8601 time with an offset.'],
  RECIPIENT_OPTED_OUT: [422, 'The recipient opted out of messages of this organization.'],
});

/** Recipients of one request. */
const maxRecipients = 100;
/** Minutes. */
const maxValidity = 2_880;
const defaultValidity = 1_440;

const Recipient = z
  .string()
  .trim()
  .refine((number) => /^\+[1-9][0-9]{1,14}$/.test(number), {
    message: 'must be an E.164 number such as +14155550100',
    params: messagingErrors.INVALID_PHONE_NUMBER,
  });

/** Control characters other than blanks: phones show them as nothing, or as something else. */
const isUnsendable = (character: string): boolean => /\p{Cc}/u.test(character) && !'\n\r\f\t'.includes(character);

export const NewSms = z
  .object({
    to: z
      .union([Recipient, z.array(Recipient).min(1).max(maxRecipients)])
      .describe('Recipient (E.164), or 1 to 100 of them; duplicates are sent once'),
    from: z
      .string()
      .trim()
      .min(1)
      .max(16)
      .describe('An active number of the organization with capability `sms`, or one of `settings.sms.sender_ids`'),
    message: z
      .string()
      .min(1)
      .refine((text) => !Array.from(text).some(isUnsendable), 'must not contain control characters')
      .describe(
        'Text, up to 10 segments; sent as it is. Control characters other than tabs and line ends are rejected',
      ),
    userId: z
      .union([z.int().min(1), z.string().regex(/^(usr|svc)_[0-9A-Za-z_-]{1,64}$/, 'must be the id of a user')])
      .transform((id) => (typeof id === 'number' ? `usr_${id}` : id))
      .nullish()
      .describe('User that sends it; default: the caller'),
    callback_url: z
      .string()
      .max(2_048)
      .nullish()
      .describe('URL that gets each event of a state by POST, signed with the secrets of the webhook `default`'),
    reference: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .nullish()
      .describe('Text by which the caller finds it again; need not be unique'),
    schedule: z
      .string()
      .refine((time) => Instant.safeParse(time).success, {
        message: 'must be an ISO 8601 time with an offset',
        params: smsErrors.INVALID_SCHEDULE,
      })
      .transform((time) => new Date(time).toISOString())
      .nullish()
      .describe('When it is sent: up to 30 days ahead (ISO 8601 with offset); default: now'),
    category: z
      .enum(smsCategories)
      .nullish()
      .transform((category) => category ?? 'transactional')
      .describe('`marketing` waits for `settings.sms.window`; default: `transactional`'),
    validity_minutes: z
      .int()
      .min(1)
      .max(maxValidity)
      .nullish()
      .transform((minutes) => minutes ?? defaultValidity)
      .describe('Minutes after which it expires unless the provider has it; default 1,440. The window does not count'),
  })
  .meta({ id: 'NewSms' });
export type NewSms = z.output<typeof NewSms>;

/** The recipients, each once. */
export const recipientsOf = ({ to }: Pick<NewSms, 'to'>): string[] => [...new Set(typeof to === 'string' ? [to] : to)];

/** The body of `PUT /sms` (functions/messaging/README.md, "SMS"). */
import * as z from 'zod';
import { smsCategories } from '../../../shared/schema/sms.ts';
import { Instant } from '../../../shared/schema/values.ts';

/** Recipients of one request. */
const maxRecipients = 100;
/** Minutes. */
const maxValidity = 2_880;
const defaultValidity = 1_440;

const withCode = (code: string, message: string) => ({ message, params: { code } });

const Recipient = z
  .string()
  .trim()
  .refine(
    (number) => /^\+[1-9][0-9]{1,14}$/.test(number),
    withCode('INVALID_PHONE_NUMBER', 'must be an E.164 number such as +14155550100'),
  );

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
      .describe('Text, up to 10 segments'),
    userId: z
      .union([z.int().min(1), z.string().regex(/^(usr|svc)_[0-9A-Za-z_-]{1,64}$/, 'must be the id of a user')])
      .transform((id) => (typeof id === 'number' ? `usr_${id}` : id))
      .nullish()
      .describe('User that sends it; default: the caller'),
    callback_url: z.string().max(2_048).nullish().describe('URL that gets each state by a signed POST'),
    reference: z.string().trim().min(1).max(128).nullish().describe('Name of the caller for it; need not be unique'),
    schedule: z
      .string()
      .refine(
        (time) => Instant.safeParse(time).success,
        withCode('INVALID_SCHEDULE', 'must be an ISO 8601 time with an offset'),
      )
      .transform((time) => new Date(time).toISOString())
      .nullish()
      .describe('When it is sent: up to 30 days ahead (ISO 8601 with offset); default: now'),
    category: z
      .enum(smsCategories)
      .nullish()
      .transform((category) => category ?? 'transactional')
      .describe('`marketing` waits for the window of the organization; default: `transactional`'),
    validity_minutes: z
      .int()
      .min(1)
      .max(maxValidity)
      .nullish()
      .transform((minutes) => minutes ?? defaultValidity)
      .describe('Minutes after which it expires if it was not handed over; default 1,440'),
  })
  .meta({ id: 'NewSms' });
export type NewSms = z.output<typeof NewSms>;

/** The recipients, each once. */
export const recipientsOf = ({ to }: Pick<NewSms, 'to'>): string[] => [...new Set(typeof to === 'string' ? [to] : to)];

import * as z from 'zod';
import { SendingWindow } from './sending-window.ts';
import { windowDays } from './wall-clock.ts';
import { Country, text } from './values.ts';

/** `settings.sms` of an organization (functions/messaging/README.md, "SMS"). */

const answerText = text(160, 1);

/** The fields that an organization may set for itself, and `sender_ids`, which only its parent sets. */
export const smsSettingFields = {
  enabled: z.boolean().describe('Whether it may send SMS; true by default. Otherwise `PUT /sms` is 403 `SMS_DISABLED`'),
  sender_ids: z
    .array(
      z
        .string()
        .regex(/^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/, 'must have 1 to 11 letters, digits and blanks, with a letter'),
    )
    .max(100)
    .describe('Alphanumeric senders, up to 100; none by default. Only the parent of the organization sets them'),
  countries: z.array(Country).max(250).describe('Countries that it may send to (ISO 3166-1 alpha-2); all by default'),
  flow_countries: z
    .array(Country)
    .max(250)
    .describe('Countries that call flows may send to (ISO 3166-1 alpha-2); that of the organization by default'),
  daily_limit: z
    .int()
    .min(0)
    .max(10_000_000)
    .describe('Recipients in a UTC day; 10,000 by default. More are 429 `RATE_LIMIT_EXCEEDED`'),
  window: SendingWindow.describe('When SMS of category `marketing` are sent; at any time by default'),
  help_text: answerText.describe('Answer to HELP, up to 160 characters; a built-in text by default'),
  stop_text: answerText.describe('Answer to STOP, up to 160 characters; a built-in text by default'),
  stop_words: z
    .array(z.string().regex(/^[\p{L}\p{M}\p{N}]{2,32}$/u, 'must be one word of 2 to 32 letters and digits'))
    .max(20)
    .describe('Words besides STOP that opt out, such as those of other languages, up to 20; none by default'),
} as const;

/** A window as it is stored: its defaults are filled in. */
const StoredWindow = z.object({
  start: z.string().describe('First minute of the window, `HH:MM`'),
  end: z.string().describe('Minute at which the window ends'),
  days: z.array(z.enum(windowDays)).describe('Days on which the window begins'),
  timezone: z.string().describe('IANA time zone, or `recipient`'),
});

export const SmsSettings = z
  .object({ ...smsSettingFields, window: StoredWindow.describe('When marketing SMS are sent') })
  .partial()
  .meta({ id: 'SmsSettings', example: { sender_ids: ['Acme'], daily_limit: 20_000 } });
export type SmsSettings = z.output<typeof SmsSettings>;

/** Recipients in a UTC day, unless the settings say otherwise. */
const defaultDailyLimit = 10_000;

type WithSettings = { readonly settings: { readonly sms?: SmsSettings | undefined } };

/**
 * The settings of an organization with their defaults; null: no limit, for flows the country of the organization, no
 * window, the built-in texts.
 */
export const smsSettingsOf = ({ settings: { sms = {} } }: WithSettings) => ({
  enabled: sms.enabled ?? true,
  senderIds: sms.sender_ids ?? [],
  countries: sms.countries ?? null,
  flowCountries: sms.flow_countries ?? null,
  dailyLimit: sms.daily_limit ?? defaultDailyLimit,
  window: sms.window ?? null,
  helpText: sms.help_text ?? null,
  stopText: sms.stop_text ?? null,
});

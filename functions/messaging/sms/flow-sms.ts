import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { segmentsOf } from '#schema/sms-segments.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';
import { hour, minute, second } from '#schema/time.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { readTextedNumber } from '#telephony/texted-number.ts';
import { renderText, type TextTemplate, type Values } from '../email-templates/text-part.ts';
import { batchId, messageIdOf } from './batch.ts';
import { recipientError } from './submission.ts';

/** Which text messages of call flows are sent (functions/telephony/call-flows/README.md, "Text messages of flows"). */

/** Messages of an organization in an hour: who calls decides how many there are. */
export const maxInHour = 60;
/** Milliseconds between two messages to a number. */
const pause = 10 * minute;
/** Minutes for which a message may wait for the provider. */
const validity = 60;

type Texting = Parameters<typeof numberOriginOf>[0] &
  Parameters<typeof recipientError>[2] & { readonly status: 'active' | 'suspended' | 'closed' };

/** Where a message goes (E.164), or why it is not sent. */
export type Destination = { readonly number: string } | { readonly problem: string };

/** @param to as the flow, the caller or a server has written it */
export function destinationOf(to: string, organization: Texting): Destination {
  if (organization.status !== 'active') return { problem: 'the organization is not active' };
  const { enabled, flowCountries } = smsSettingsOf(organization);
  if (!enabled) return { problem: 'the organization may not send SMS' };
  const number = readTextedNumber(to, numberOriginOf(organization));
  if (number === null) return { problem: 'the destination is no number of a mobile phone' };
  const country = parsePhoneNumberFromString(number)?.country;
  const countries: readonly string[] = flowCountries ?? [organization.country];
  if (country === undefined || !countries.includes(country))
    return { problem: 'settings.sms.flow_countries does not list the country of the number' };
  return { number };
}

/** Why nothing is sent to a number; undefined if it may be. */
export const recipientProblem = (number: string, isOptedOut: boolean, organization: Texting): string | undefined =>
  recipientError(number, new Set(isOptedOut ? [number] : []), organization)?.message;

/** The id of the message of a question, which a repetition finds. @param id of the question */
export const smsIdOf = (id: string): string => messageIdOf(batchId(id), 0);

/** A message, without its price. */
export function draftOf(
  { id, call_id, text }: { readonly id: string; readonly call_id: string; readonly text: string },
  from: string,
  now: Date,
) {
  const { encoding, segments } = segmentsOf(text);
  return {
    id: batchId(id),
    from,
    message: text,
    encoding,
    segments,
    category: 'transactional' as const,
    reference: call_id,
    user_id: null,
    callback_url: null,
    scheduled_at: null,
    validity_minutes: validity,
    created_at: now.toISOString(),
  };
}

/** Variables of a call as values of a template: `header.x_order` is `x_order` of `header`. */
export function nestedValues(variables: Readonly<Record<string, string>>): Values {
  const [plain, headers] = [new Map<string, string>(), new Map<string, string>()];
  for (const [name, value] of Object.entries(variables)) {
    const header = /^header\.(.+)$/.exec(name)?.[1];
    if (header === undefined) plain.set(name, value);
    else headers.set(header, value);
  }
  return { header: Object.fromEntries(headers), ...Object.fromEntries(plain) };
}

/** The text of a message that a template has, with the variables of a call. @throws AppError as renderText */
export const textOfTemplate = (template: TextTemplate, variables: Readonly<Record<string, string>>): string =>
  renderText(template, nestedValues(variables));

/** What counts at an instant: the hour and its end, and the pause of a number (Unix hours and seconds). */
export function flowSmsLimits(now: Date) {
  const at = now.getTime();
  const window = Math.floor(at / hour);
  const seconds = Math.floor(at / second);
  return {
    hour: { window, ends: ((window + 1) * hour) / second, limit: maxInHour },
    pause: { from: seconds, until: seconds + pause / second },
  };
}

import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import * as z from 'zod';
import { AppError, errorKinds, invalid, missingField } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { Amount, zeroAmount } from '#schema/money.ts';
import { day } from '#schema/time.ts';
import { Country, E164, IdInUrl, OrganizationId, text } from '#schema/values.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { trunkPrefixesOf } from '#telephony/written-number.ts';
import { telephonyErrors } from '../schema/errors.ts';

/** Telephone numbers (`functions/telephony/README.md`, "Numbers"). */

export const numberErrors = errorKinds({
  NUMBER_NOT_FOUND: [404, 'The phone number does not exist.'],
  NUMBER_TAKEN: [409, 'The phone number is not available.'],
  NUMBER_QUARANTINED: [409, 'The phone number was released recently and is not available yet.'],
  NUMBER_IN_USE: [409, 'The number has active calls, or is the caller id of trunks or gateways; `details` lists them.'],
  ROUTE_TARGET_NOT_FOUND: [422, 'The target of the route does not exist.'],
});

export const numberTypes = ['geographic', 'mobile', 'toll_free', 'national', 'shared_cost', 'premium'] as const;
export const numberStates = ['available', 'active', 'released'] as const;
export const routeTypes = [
  ...(['trunk', 'device', 'user', 'policy_group', 'flow', 'ring_group', 'voicemail', 'mailbox'] as const),
] as const;
const capabilities = ['voice', 'sms', 'mms', 'fax'] as const;

const maxChannels = 10_000;
const Channels = z.number().int().min(1).max(maxChannels).nullable();
const Capabilities = z
  .array(z.enum(capabilities))
  .max(capabilities.length)
  .refine((list) => new Set(list).size === list.length, 'must not contain duplicates');
const Route = z.object({
  type: z.enum(routeTypes).describe('Type of the target'),
  id: z
    .string()
    .min(1)
    .max(81)
    .describe(
      'Id of the target; for `voicemail`, which takes messages, the name of the mailbox; for `mailbox`, which lets ' +
        'callers hear them, its name, or `*`: callers type it',
    ),
});

const holderFields = {
  label: text(64).nullable().describe('Text of the holder'),
  route: Route.nullable().describe('Target of inbound calls, which must exist; null: none'),
  record: z.boolean().describe('Whether calls to the number are recorded; default false'),
  capabilities: Capabilities.describe(
    'What the holder uses it for, of what the number can do; `voice` by default in the inventory',
  ),
} as const;

/** Body of `PUT /numbers/{id}`: the settings of its holder, or, by the operator, of a number in the inventory. */
export const WantedNumber = z
  .object({
    ...holderFields,
    max_channels: Channels.describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    organization_id: OrganizationId,
    state: z.enum(['available', 'active']).describe('`available` (operator only) adds the number to the inventory'),
    country: Country.describe(
      'Country (ISO 3166-1 alpha-2), whose calling code the number has; required for a new number',
    ),
    type: z.enum(numberTypes).describe('Type of the number; required for a new number'),
    monthly_fee: Amount(6).describe('Monthly fee in the currency of the operator; default 0'),
  })
  .partial()
  .meta({ id: 'NewPhoneNumber' });
export type WantedNumber = z.output<typeof WantedNumber>;

/** Body of `POST /numbers/{id}`. */
export const NumberChange = z.object(holderFields).partial().meta({ id: 'PhoneNumberChange' });
export type NumberChange = z.output<typeof NumberChange>;

/** Body of `PUT /numbers/{id}/channels`. */
export const WantedChannels = z
  .object({
    max_channels: Channels.describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    max_inbound: Channels.describe('Maximum number of inbound calls, at most `max_channels`'),
    max_outbound: Channels.describe('Maximum number of outbound calls that present the number, at most `max_channels`'),
  })
  .partial()
  .meta({ id: 'NumberChannelsChange' });

export type Route = z.output<typeof Route>;

/** Milliseconds in which only its last holder can activate a released number. */
const quarantine = 30 * day;

/** Digits in a path. A blank is a `+` that was decoded as in a query string. */
const DigitsInUrl = z
  .string()
  .regex(/^[+ ]?[1-9][0-9]{1,14}$/)
  .transform((value) => `+${value.replace(/^[+ ]/, '')}`);

/** A number in a path: its id, or its digits. */
export const NumberInUrl = z
  .union([IdInUrl, DigitsInUrl], 'must be the id of a number, or a number')
  .meta({ description: 'Id of the number, or the number (E.164, with or without +)' });

/** Whether a path names the number by its digits, not by its id. */
export const isNumber = (value: string): boolean => E164.safeParse(value).success;

/** The E.164 form of a number that is written with a trunk prefix, as in +44 0…; undefined: it has none. */
function bareForm(number: string): string | undefined {
  const read = parsePhoneNumberFromString(number, { extract: false });
  if (read?.isPossible() !== true) return undefined;
  const { countryCallingCode: code, nationalNumber } = read;
  return trunkPrefixesOf(code).some((prefix) => number === `+${code}${prefix}${nationalNumber}`)
    ? read.number
    : undefined;
}

type Stamp = { readonly id: string; readonly number: string; readonly now: string };

/**
 * A new number of the inventory.
 * @throws AppError MISSING_FIELD without country or type, VALIDATION_FAILED if it does not belong to the country
 */
export function newInventoryNumber(wanted: WantedNumber, { id, number, now }: Stamp): PhoneNumber {
  const { country, type } = wanted;
  if (country === undefined) throw type === undefined ? missingField('country', 'type') : missingField('country');
  if (type === undefined) throw missingField('type');
  if (!isSupportedCountry(country) || !number.startsWith(`+${getCountryCallingCode(country)}`))
    throw invalid('country', `${number} is not a number of this country`);
  const bare = bareForm(number);
  if (bare !== undefined) throw invalid('id', `must be ${bare}, without the trunk prefix, which no call has`);
  const offered = wanted.capabilities ?? ['voice'];
  return {
    id,
    number,
    country,
    type,
    offered,
    capabilities: offered,
    state: 'available',
    org_id: null,
    label: null,
    route: null,
    max_channels: null,
    max_inbound: null,
    max_outbound: null,
    monthly_fee: wanted.monthly_fee ?? zeroAmount,
    activated_at: null,
    released_at: null,
    quarantine_until: null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** The capabilities that the holder uses. @throws AppError VALIDATION_FAILED for one that the number does not have */
function usedCapabilities(wanted: readonly string[] | undefined, { offered }: PhoneNumber): readonly string[] {
  const lacking = (wanted ?? []).filter((each) => !offered.includes(each));
  if (lacking.length > 0) throw invalid('capabilities', `the number does not have ${lacking.join(', ')}`);
  return wanted ?? offered;
}

type Assignment = { readonly organization: number; readonly now: string };

/** @throws AppError NUMBER_TAKEN, NUMBER_QUARANTINED if the organization cannot activate the number */
export function assertTakable(number: PhoneNumber, { organization, now }: Assignment): void {
  if (number.state === 'active' && number.org_id !== organization)
    throw new AppError(numberErrors.NUMBER_TAKEN, 'Another organization holds the number');
  const isQuarantined =
    number.state === 'released' &&
    number.org_id !== organization &&
    number.quarantine_until !== null &&
    number.quarantine_until > now;
  if (isQuarantined)
    throw new AppError(numberErrors.NUMBER_QUARANTINED, 'The number was released less than 30 days ago');
}

/**
 * The number after a PUT of its holder: absent fields get their defaults.
 * @throws AppError NUMBER_TAKEN, NUMBER_QUARANTINED, VALIDATION_FAILED
 */
export function assignNumber(number: PhoneNumber, wanted: WantedNumber, assignment: Assignment): PhoneNumber {
  assertTakable(number, assignment);
  const { organization, now } = assignment;
  const isHeld = number.state === 'active';
  return {
    ...number,
    state: 'active',
    org_id: organization,
    label: wanted.label ?? null,
    route: wanted.route ?? null,
    record: wanted.record ?? false,
    capabilities: usedCapabilities(wanted.capabilities, number),
    max_channels: wanted.max_channels ?? null,
    max_inbound: null,
    max_outbound: null,
    activated_at: isHeld ? number.activated_at : now,
    released_at: null,
    quarantine_until: null,
    updated_at: now,
    version: number.version + 1,
  };
}

/** @throws AppError INVALID_STATE */
function assertActive({ state }: PhoneNumber): void {
  if (state !== 'active') throw new AppError(telephonyErrors.INVALID_STATE, `The number is ${state}`);
}

/** The number after a POST. @throws AppError INVALID_STATE, VALIDATION_FAILED */
export function changeNumber(number: PhoneNumber, wanted: NumberChange, now: string): PhoneNumber {
  assertActive(number);
  return {
    ...number,
    label: wanted.label === undefined ? number.label : wanted.label,
    route: wanted.route === undefined ? number.route : wanted.route,
    record: wanted.record ?? number.record ?? false,
    capabilities:
      wanted.capabilities === undefined ? number.capabilities : usedCapabilities(wanted.capabilities, number),
    updated_at: now,
    version: number.version + 1,
  };
}

/** The number after its holder releases it. @throws AppError INVALID_STATE */
export function quarantineNumber(
  number: PhoneNumber,
  now: string,
): PhoneNumber & { readonly quarantine_until: string } {
  assertActive(number);
  const quarantine_until = new Date(new Date(now).getTime() + quarantine).toISOString();
  return {
    ...number,
    state: 'released',
    route: null,
    record: false,
    released_at: now,
    quarantine_until,
    updated_at: now,
    version: number.version + 1,
  };
}

/** The number with new channel limits. @throws AppError INVALID_STATE, VALIDATION_FAILED */
export function setChannels(number: PhoneNumber, wanted: z.output<typeof WantedChannels>, now: string): PhoneNumber {
  assertActive(number);
  const kept = {
    max_channels: number.max_channels,
    max_inbound: number.max_inbound,
    max_outbound: number.max_outbound,
  };
  const next = { ...kept, ...definedFields(wanted) };
  for (const name of ['max_inbound', 'max_outbound'] as const) {
    if (next.max_channels !== null && (next[name] ?? 0) > next.max_channels)
      throw invalid(name, 'must be at most max_channels');
  }
  return { ...number, ...next, updated_at: now, version: number.version + 1 };
}

/** What presents a number as its caller ID. */
type Presenter = { readonly kind: 'trunk' | 'gateway'; readonly id: string; readonly name: string };

/** @throws AppError NUMBER_IN_USE, with details of up to 20 trunks and gateways */
export function assertNotCallerId(presenters: readonly Presenter[]): void {
  if (presenters.length === 0) return;
  throw new AppError(numberErrors.NUMBER_IN_USE, 'Trunks or gateways present the number as their caller ID', {
    details: presenters
      .slice(0, 20)
      .map(({ kind, id, name }) => ({ path: id, message: `${kind} ${name} presents it` })),
  });
}

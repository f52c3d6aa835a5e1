import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import * as z from 'zod';
import { AppError, invalid, notYetSupported } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { Amount, decimalNumber, money, NOTHING, storedMoney } from '../../../shared/schema/money.ts';
import {
  Country,
  E164,
  Id,
  IdInUrl,
  OrganizationId,
  organizationText,
  text,
  Timestamp,
} from '../../../shared/schema/values.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';

/** Telephone numbers: available, active, released. */

export const numberTypes = ['geographic', 'mobile', 'toll_free', 'national', 'shared_cost', 'premium'] as const;
export const numberStates = ['available', 'active', 'released'] as const;
export const routeTypes = ['trunk', 'device', 'user', 'policy_group', 'voicemail'] as const;
const capabilities = ['voice', 'sms', 'mms', 'fax'] as const;

const maxChannels = 10_000;
const Channels = z.number().int().min(1).max(maxChannels).nullable();
const Capabilities = z
  .array(z.enum(capabilities))
  .max(capabilities.length)
  .refine((list) => new Set(list).size === list.length, 'names one twice');
const Route = z.object({ type: z.enum(routeTypes), id: z.string().min(1).max(81) });

const held = { label: text(64).nullable(), route: Route.nullable(), capabilities: Capabilities } as const;

/** Body of `PUT /numbers/{id}`: what its holder wants, or (the operator's) what the stock gets. */
export const WantedNumber = z
  .object({
    ...held,
    max_channels: Channels,
    organization_id: OrganizationId,
    /** `active` is what a number that is taken becomes; only the operator puts one into the stock. */
    state: z.enum(['available', 'active']),
    country: Country,
    type: z.enum(numberTypes),
    monthly_fee: Amount(6),
  })
  .partial()
  .meta({ id: 'NewPhoneNumber' });
export type WantedNumber = z.output<typeof WantedNumber>;

/** Body of `POST /numbers/{id}`. */
export const NumberChange = z.object(held).partial().meta({ id: 'PhoneNumberChange' });
export type NumberChange = z.output<typeof NumberChange>;

/** Body of `PUT /numbers/{id}/channels`; null: as many as the organization may have. */
export const WantedChannels = z
  .object({ max_channels: Channels, max_inbound: Channels, max_outbound: Channels })
  .partial()
  .meta({ id: 'NumberChannelsChange' });

/** What anybody sees of a number that is available. */
export const Offer = z
  .object({
    id: Id('num'),
    number: z.string(),
    country: z.string(),
    type: z.enum(numberTypes),
    state: z.literal('available'),
    capabilities: z.array(z.string()),
    monthly_fee: z.number(),
  })
  .meta({ id: 'NumberOffer' });

export const HeldNumber = z
  .object({
    id: Id('num'),
    number: z.string(),
    organization_id: z.string(),
    country: z.string(),
    type: z.enum(numberTypes),
    state: z.enum(numberStates),
    capabilities: z.array(z.string()),
    label: z.string().nullable(),
    route: z.object({ type: z.enum(routeTypes), id: z.string() }).nullable(),
    max_channels: z.number().int().nullable(),
    monthly_fee: z.number(),
    activated_at: Timestamp.nullable(),
    released_at: Timestamp.nullable(),
    quarantine_until: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'PhoneNumber' });

export const ChannelUse = z
  .object({
    number_id: z.string(),
    number: z.string(),
    max_channels: z.number().int().nullable(),
    max_inbound: z.number().int().nullable(),
    max_outbound: z.number().int().nullable(),
    in_use: z.object({ inbound: z.number().int(), outbound: z.number().int(), total: z.number().int() }),
  })
  .meta({ id: 'NumberChannels' });

export type Route = z.output<typeof Route>;

/** Days in which only who had a number may take it back. */
const quarantineDays = 30;
const day = 24 * 3_600_000;

/** In a path; a blank is a `+` that a query's rules took away. */
const DigitsInUrl = z
  .string()
  .regex(/^[+ ]?[1-9][0-9]{1,14}$/)
  .transform((value) => `+${value.replace(/^[+ ]/, '')}`);

/** A path names a number by its id, or by itself. */
export const NumberInUrl = z
  .union([IdInUrl, DigitsInUrl], 'is neither the id of a number nor a number')
  .meta({ description: 'The id of a number, or the number (E.164)' });

export const isNumber = (value: string): boolean => E164.safeParse(value).success;

type Stamp = { readonly id: string; readonly number: string; readonly now: string };

/** A number that comes into the stock. @throws AppError MISSING_FIELD, 422 */
export function stockedNumber(wanted: WantedNumber, { id, number, now }: Stamp): PhoneNumber {
  const { country, type } = wanted;
  const missing = [...(country === undefined ? ['country'] : []), ...(type === undefined ? ['type'] : [])];
  if (country === undefined || type === undefined)
    throw new AppError('MISSING_FIELD', `Required: ${missing.join(', ')}`, {
      details: missing.map((path) => ({ path, message: 'is required' })),
    });
  if (!isSupportedCountry(country) || !number.startsWith(`+${getCountryCallingCode(country)}`))
    throw invalid('country', `is not where ${number} belongs`);
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
    monthly_fee: wanted.monthly_fee ?? NOTHING,
    activated_at: null,
    released_at: null,
    quarantine_until: null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** @throws AppError 422: what the number does not offer */
function usable(wanted: readonly string[] | undefined, { offered }: PhoneNumber): readonly string[] {
  const lacking = (wanted ?? []).filter((each) => !offered.includes(each));
  if (lacking.length > 0) throw invalid('capabilities', `the number has no ${lacking.join(', ')}`);
  return wanted ?? offered;
}

/** Mailboxes come with voicemail. @throws AppError NOT_YET_SUPPORTED */
function checkRoute(route: Route | null | undefined): void {
  if (route?.type === 'voicemail') throw notYetSupported('route.type');
}

type Taking = { readonly organization: number; readonly now: string };

/** Whether an organization may take a number. @throws AppError NUMBER_TAKEN, NUMBER_QUARANTINED */
export function checkTakable(number: PhoneNumber, { organization, now }: Taking): void {
  if (number.state === 'active' && number.org_id !== organization)
    throw new AppError('NUMBER_TAKEN', 'The number is taken');
  const isKept =
    number.state === 'released' &&
    number.org_id !== organization &&
    number.quarantine_until !== null &&
    number.quarantine_until > now;
  if (isKept) throw new AppError('NUMBER_QUARANTINED', 'The number was released a short while ago');
}

/** The number as its holder wants it: what was left out is as of a new one. @throws AppError 409, 422 */
export function takenNumber(number: PhoneNumber, wanted: WantedNumber, taking: Taking): PhoneNumber {
  checkTakable(number, taking);
  checkRoute(wanted.route);
  const { organization, now } = taking;
  const isHeld = number.state === 'active';
  return {
    ...number,
    state: 'active',
    org_id: organization,
    label: wanted.label ?? null,
    route: wanted.route ?? null,
    capabilities: usable(wanted.capabilities, number),
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

const wrongState = ({ state }: PhoneNumber): AppError => new AppError('INVALID_STATE', `The number is ${state}`);

/** @throws AppError INVALID_STATE, 422 */
export function changedNumber(number: PhoneNumber, wanted: NumberChange, now: string): PhoneNumber {
  if (number.state !== 'active') throw wrongState(number);
  checkRoute(wanted.route);
  return {
    ...number,
    label: wanted.label === undefined ? number.label : wanted.label,
    route: wanted.route === undefined ? number.route : wanted.route,
    capabilities: wanted.capabilities === undefined ? number.capabilities : usable(wanted.capabilities, number),
    updated_at: now,
    version: number.version + 1,
  };
}

/** The number that its holder gives up: nobody else's for a while. @throws AppError INVALID_STATE */
export function releasedNumber(number: PhoneNumber, now: string): PhoneNumber & { readonly quarantine_until: string } {
  if (number.state !== 'active') throw wrongState(number);
  const quarantine_until = new Date(new Date(now).getTime() + quarantineDays * day).toISOString();
  return {
    ...number,
    state: 'released',
    route: null,
    released_at: now,
    quarantine_until,
    updated_at: now,
    version: number.version + 1,
  };
}

/** @throws AppError INVALID_STATE, 422 */
export function withChannels(number: PhoneNumber, wanted: z.output<typeof WantedChannels>, now: string): PhoneNumber {
  if (number.state !== 'active') throw wrongState(number);
  const kept = {
    max_channels: number.max_channels,
    max_inbound: number.max_inbound,
    max_outbound: number.max_outbound,
  };
  const next = { ...kept, ...given(wanted) };
  for (const name of ['max_inbound', 'max_outbound'] as const) {
    if (next.max_channels !== null && (next[name] ?? 0) > next.max_channels)
      throw invalid(name, 'must be at most max_channels');
  }
  return { ...number, ...next, updated_at: now, version: number.version + 1 };
}

const feeText = ({ monthly_fee: fee }: PhoneNumber): number => decimalNumber(money(storedMoney(fee)));

export const presentOffer = (number: PhoneNumber): z.input<typeof Offer> => ({
  id: number.id,
  number: number.number,
  country: number.country,
  type: number.type,
  state: 'available',
  capabilities: [...number.offered],
  monthly_fee: feeText(number),
});

export function presentHeld(number: PhoneNumber, organization: number): z.input<typeof HeldNumber> {
  const { org_id: _, offered: __, max_inbound: ___, max_outbound: ____, version: _____, ...shown } = number;
  return {
    ...shown,
    capabilities: [...number.capabilities],
    organization_id: organizationText(organization),
    monthly_fee: feeText(number),
  };
}

/** No calls pass yet, so that no channel is in use. */
export const presentChannels = (number: PhoneNumber): z.input<typeof ChannelUse> => ({
  number_id: number.id,
  number: number.number,
  max_channels: number.max_channels,
  max_inbound: number.max_inbound,
  max_outbound: number.max_outbound,
  in_use: { inbound: 0, outbound: 0, total: 0 },
});

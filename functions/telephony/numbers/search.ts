import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import * as z from 'zod';
import { Country } from '../../../shared/schema/values.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { numberStates, numberTypes, routeTypes } from './number.ts';

/** Searching numbers: one's own, or those that are available. */

const Digits = z
  .string()
  .regex(/^\+?[0-9]{1,15}$/, 'must be digits')
  .transform((digits) => digits.replace('+', ''));

/** Body of `POST /numbers/search`; what pages a list stands in it too. */
export const NumberSearch = z
  .object({
    scope: z.enum(['own', 'available']).default('own'),
    country: Country.optional(),
    type: z.enum(numberTypes).optional(),
    prefix: Digits.optional(),
    contains: Digits.optional(),
    capabilities: z.array(z.string().max(32)).max(16).optional(),
    state: z.enum(numberStates).optional(),
    route_type: z.enum(routeTypes).optional(),
    label: z.string().max(64).optional(),
    sort: z.enum(['number', 'activated_at']).default('number'),
    limit: z.number().int().min(1).max(500).optional(),
    per_page: z.number().int().min(1).max(500).optional(),
    offset: z.number().int().min(0).max(10_000).optional(),
    page: z.number().int().min(1).max(10_000).optional(),
    page_token: z.string().max(2_000).optional(),
    count: z.boolean().optional(),
  })
  .meta({ id: 'NumberSearch' });
export type NumberSearch = z.output<typeof NumberSearch>;

/** With what the numbers begin that may match: nothing else is read. */
export function beginning({ prefix, country }: NumberSearch): string {
  const code = country !== undefined && isSupportedCountry(country) ? getCountryCallingCode(country) : '';
  // One of the two contains the other, or nothing matches both.
  return `+${prefix !== undefined && prefix.length >= code.length ? prefix : code}`;
}

const holds = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value;

const hasLabel = (part: string | undefined, { label }: PhoneNumber): boolean =>
  part === undefined || label?.toLowerCase().includes(part.toLowerCase()) === true;

const isNamed = ({ prefix = '', contains = '', label }: NumberSearch, number: PhoneNumber): boolean =>
  number.number.startsWith(`+${prefix}`) && number.number.includes(contains) && hasLabel(label, number);

export const matches =
  (search: NumberSearch) =>
  (number: PhoneNumber): boolean =>
    holds(search.country, number.country) &&
    holds(search.type, number.type) &&
    holds(search.state, number.state) &&
    holds(search.route_type, number.route?.type) &&
    isNamed(search, number) &&
    (search.capabilities ?? []).every((each) => number.capabilities.includes(each));

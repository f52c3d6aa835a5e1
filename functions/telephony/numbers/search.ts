import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import * as z from 'zod';
import { omit } from '#schema/omit.ts';
import { Country } from '#schema/values.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { numberStates, numberTypes, routeTypes } from './number.ts';

/** Searches of numbers: those of the organization, or available ones. */

const Digits = z
  .string()
  .regex(/^\+?[0-9]{1,15}$/, 'must have 1 to 15 digits')
  .transform((digits) => digits.replace('+', ''));

/** Body of `POST /numbers/search`, with the list parameters. */
export const NumberSearch = z
  .object({
    scope: z.enum(['own', 'available']).default('own').describe('Your numbers, or those available to activate'),
    country: Country.optional().describe('Only numbers of this country (ISO 3166-1 alpha-2)'),
    type: z.enum(numberTypes).optional().describe('Only numbers of this type'),
    prefix: Digits.optional().describe('Only numbers that begin with these digits, with or without +'),
    contains: Digits.optional().describe('Only numbers that contain these digits'),
    capabilities: z.array(z.string().max(32)).max(16).optional().describe('Only numbers with all of these'),
    state: z.enum(numberStates).optional().describe('Only numbers in this state'),
    route_type: z.enum(routeTypes).optional().describe('Only numbers that route to targets of this type'),
    label: z.string().max(64).optional().describe('Only numbers whose label contains this text, in any case'),
    sort: z
      .enum(['number', 'activated_at'])
      .default('number')
      .describe('`number`: ascending; `activated_at`: newest first'),
    limit: z.number().int().min(1).max(500).optional().describe('Number of items of a page'),
    per_page: z.number().int().min(1).max(500).optional().describe('The same as `limit`'),
    offset: z.number().int().min(0).max(10_000).optional().describe('Number of items before the page'),
    page: z.number().int().min(1).max(10_000).optional().describe('Number of the page, from 1'),
    page_token: z.string().max(2_000).optional().describe('`next_page_token` of the page before'),
    count: z.boolean().optional().describe('Whether to count all items'),
  })
  .meta({ id: 'NumberSearch' });
export type NumberSearch = z.output<typeof NumberSearch>;

/** The longest prefix that all matching numbers have: only those are read. */
export function commonPrefix({ prefix, country }: NumberSearch): string {
  const code = country !== undefined && isSupportedCountry(country) ? getCountryCallingCode(country) : '';
  // If neither begins with the other, no number matches, whichever is read.
  return `+${prefix !== undefined && prefix.length >= code.length ? prefix : code}`;
}

const equals = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value;

const hasLabel = (part: string | undefined, { label }: PhoneNumber): boolean =>
  part === undefined || label?.toLowerCase().includes(part.toLowerCase()) === true;

const hasText = ({ prefix = '', contains = '', label }: NumberSearch, number: PhoneNumber): boolean =>
  number.number.startsWith(`+${prefix}`) && number.number.includes(contains) && hasLabel(label, number);

/** Whether a number matches a search. */
export const matchesSearch =
  (search: NumberSearch) =>
  (number: PhoneNumber): boolean =>
    equals(search.country, number.country) &&
    equals(search.type, number.type) &&
    equals(search.state, number.state) &&
    equals(search.route_type, number.route?.type) &&
    hasText(search, number) &&
    (search.capabilities ?? []).every((each) => number.capabilities.includes(each));

/** The filters of a search, without its page: a page token is valid for the same filters only. */
export const filtersOf = (search: NumberSearch) =>
  omit(search, 'page_token', 'limit', 'per_page', 'offset', 'page', 'count');

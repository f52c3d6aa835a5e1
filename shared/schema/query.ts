import * as z from 'zod';
import { Instant } from './values.ts';

/** Query parameters, which are always text (shared/http/README.md, "Values" and "Lists"). */

/** `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** An integer within inclusive bounds. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });

/** A comma-separated list of known words: `a,b`. */
export const listOfWords = <const W extends string>(words: readonly [W, ...W[]]) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .pipe(z.array(z.enum(words)));

const LastOfDay = z.iso.date().transform((day) => `${day}T23:59:59.999Z`);

const notInstant = 'must be an instant such as 2026-01-31T12:00:00Z or a day such as 2026-01-31';

/** The start of a time range: an instant, or the first instant of a day (UTC). */
export const rangeStart = z
  .union([Instant, z.iso.date().transform((day) => `${day}T00:00:00.000Z`)], notInstant)
  .describe('Start of the time range (inclusive): an instant or a day (UTC)');
/** The last millisecond of a time range that ends before an instant, or with a day (UTC). */
export const rangeEnd = z
  .union([Instant.transform((at) => new Date(Date.parse(at) - 1).toISOString()), LastOfDay], notInstant)
  .describe('End of the time range: an instant (exclusive) or a day (UTC, inclusive)');
/** The last millisecond of a time range that includes an instant, or ends with a day (UTC). */
export const rangeLast = z
  .union([Instant, LastOfDay], notInstant)
  .describe('End of the time range (inclusive): an instant or a day (UTC)');

const maxOffset = 10_000;

/** `limit` with another default than 50. */
export const limitWithDefault = (defaultLimit: number) =>
  wholeNumber(1, 500)
    .optional()
    .transform((limit) => limit ?? defaultLimit)
    .describe(`Largest number of items on a page; default ${defaultLimit}`);

/** The query parameters of every list. */
export const pageQuery = {
  limit: wholeNumber(1, 500).optional().describe('Largest number of items on a page; default 50'),
  per_page: wholeNumber(1, 500).optional().describe('The same as `limit`'),
  offset: wholeNumber(0, maxOffset).optional().describe('Number of matches to skip; default 0. Not with `page`'),
  page: wholeNumber(1, maxOffset).optional().describe('Number of the page, from 1. Not with `offset`'),
  page_token: z.string().max(2_000).optional().describe('`next_page_token` of the previous page'),
  count: flag.optional().describe('Whether `total` counts up to 10,000 matches instead of 1,000'),
} as const;

export type PageQuery = { [K in keyof typeof pageQuery]?: z.output<(typeof pageQuery)[K]> | undefined };

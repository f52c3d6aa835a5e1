import * as z from 'zod';
import { Instant } from './values.ts';

/** Values of the query string: always text, converted here (auth.md, "Formats" and "Lists"). */

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^[0-9]{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .meta({ override: { type: 'integer', minimum: least, maximum: most } });

/** `a,b`: each word one of the given; an unknown word is refused. */
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

const noTime = 'must be an instant such as 2026-01-31T12:00:00Z or a day such as 2026-01-31';

/** Where a range of time begins: at an instant, or with a whole day (UTC). */
export const rangeStart = z.union([Instant, z.iso.date().transform((day) => `${day}T00:00:00.000Z`)], noTime);
/**
 * The last millisecond of a range of time: before an instant, which is its end and not in it, or of a whole day
 * (auth.md, "Formats").
 */
export const rangeEnd = z.union(
  [Instant.transform((at) => new Date(Date.parse(at) - 1).toISOString()), LastOfDay],
  noTime,
);
/** The same of a range that includes its end. */
export const rangeLast = z.union([Instant, LastOfDay], noTime);

const largestOffset = 10_000;

/** The length of a page, of a list whose usual one is another. */
export const limitWithDefault = (usual: number) =>
  wholeNumber(1, 500)
    .optional()
    .transform((limit) => limit ?? usual);

/** The query parameters of every list. */
export const pageQuery = {
  limit: wholeNumber(1, 500).optional(),
  per_page: wholeNumber(1, 500).optional(),
  offset: wholeNumber(0, largestOffset).optional(),
  page: wholeNumber(1, largestOffset).optional(),
  page_token: z.string().max(2_000).optional(),
  count: flag.optional(),
} as const;

export type PageQuery = { [K in keyof typeof pageQuery]?: z.output<(typeof pageQuery)[K]> | undefined };

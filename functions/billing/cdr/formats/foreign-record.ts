/** What readers of foreign CDRs have in common (README.md, "Formats"). */
import { createHash } from 'node:crypto';
import type { RejectionReason } from '../../cdr-ingest/rejection-reason.ts';
import type { CdrMapping } from '../../schema/cdr-mapping.ts';

/** Records of a batch. Readers return at most one more. */
export const maxRecords = 1_000;

/** Which leg of a bridged call becomes its CDR. */
export const legChoices = ['a', 'b'] as const;

export type ReadOptions = {
  /** IANA name of the zone of local times; undefined if the format has none. */
  readonly zone: string | undefined;
  /** Names of the columns of lines, in their order; undefined for those that the switch writes by default. */
  readonly columns: readonly string[] | undefined;
  readonly legs: (typeof legChoices)[number];
  /** What the columns of `csv` mean. */
  readonly mapping?: CdrMapping | undefined;
};

/**
 * A record as its switch has written it (`given`), and what it becomes: a record of `cdr.v1`, a rejection, or nothing
 * because another record has the same call (`skipped`: which one).
 */
export type ForeignRecord = { readonly given: unknown } & (
  | { readonly record: Readonly<Record<string, unknown>> }
  | { readonly rejection: RejectionReason }
  | { readonly skipped: string }
);

/** Reads a whole text. It does not throw: what it cannot read is a rejected record. */
export type Reader = (text: string, options: ReadOptions) => ForeignRecord[];

/** A record that is not of its format. @param message follows "The record " */
export const malformed = (given: unknown, message: string): ForeignRecord => ({
  given,
  rejection: { code: 'VALIDATION_FAILED', message: `The record ${message}`, details: [] },
});

/** Part of the identity of a record that has no id: the same line is the same call. */
export const hashOf = (given: unknown): string =>
  createHash('sha256').update(JSON.stringify(given)).digest('hex').slice(0, 32);

/** The text or number at a path of a parsed document, as text; undefined if there is none or it is empty. */
export function textAt(document: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name) ? Reflect.get(inner, name) : undefined,
    document,
  );
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number of up to 9 digits; undefined for any other text. */
export const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** What the lines of a sample become by a mapping. */
import * as z from 'zod';
import { rejectionCodes } from '../cdr-ingest/rejection-reason.ts';
import { recordOf, readRecord } from '../cdr-ingest/cdr.ts';
import { maxRecords, type ForeignRecord } from '../cdr/formats/foreign-record.ts';
import { readMappedCsv } from '../cdr/formats/mapped-csv.ts';
import type { CdrMapping } from '../schema/cdr-mapping.ts';

export const SampleLines = z
  .object({ sample: z.string().min(1).max(65_536).describe('Lines of a file, up to 64 KiB and 1,000 lines') })
  .meta({ id: 'SampleLines', example: { sample: 'historyid;from-no;to-no;time-start;time-end;duration\n' } });

/** What a line of the sample becomes. */
const TriedLine = z.object({
  line: z.string().describe('The line, its first 1,000 characters'),
  record: z.record(z.string(), z.unknown()).optional().describe('The record of `cdr.v1` that it becomes'),
  skipped: z.string().optional().describe('Why it is no record'),
  code: z.enum(rejectionCodes).optional().describe('Why it is rejected'),
  message: z.string().optional().describe('What is wrong with it'),
  details: z
    .array(z.object({ path: z.string().describe('Field of the record'), message: z.string().describe('Its fault') }))
    .optional()
    .describe('The faults of its fields'),
});

export const TriedLines = z.object({ lines: z.array(TriedLine).describe('The lines, in their order') }).meta({
  id: 'TriedLines',
  example: {
    lines: [{ line: 'no line', code: 'VALIDATION_FAILED', message: 'The record has 1 columns', details: [] }],
  },
});

const shownCharacters = 1_000;

function outcomeOf(read: ForeignRecord, organization: number) {
  if ('skipped' in read) return { skipped: read.skipped };
  const result = 'rejection' in read ? read : readRecord(read.record, organization);
  if ('cdr' in result) return { record: recordOf(result.cdr) };
  const { code, message, details } = result.rejection;
  return { code, message, details: [...details] };
}

/** @param organization of records that name none */
export const readSample = (sample: string, mapping: CdrMapping, organization: number) =>
  readMappedCsv(sample, { zone: undefined, columns: undefined, legs: 'a', mapping })
    .slice(0, maxRecords)
    .map((read) => ({ line: String(read.given).slice(0, shownCharacters), ...outcomeOf(read, organization) }));

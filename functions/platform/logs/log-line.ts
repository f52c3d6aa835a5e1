import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { entityPath } from '#schema/event-entity.ts';
import { day, minute } from '#schema/time.ts';
import { JsonObject } from '#schema/json.ts';
import { logLevels, logTypes, type KeptLine } from '#schema/log-line.ts';
import { Id, Instant, text, Timestamp } from '#schema/values.ts';

/** Path of an entity that has logs. */
export const LoggedPath = entityPath(['user', 'device', 'trunk', 'gateway', 'number', 'domain', 'call', 'org']);

const LogLine = z
  .object({
    id: z.string().describe('Id of the line'),
    timestamp: Timestamp.describe('Time of the line'),
    type: z.enum(logTypes).describe('What the line is about'),
    level: z.enum(logLevels).describe('How serious it is'),
    message: z.string().describe('Text of the line'),
    details: z.record(z.string(), z.unknown()).describe('Further fields'),
    source: z.string().nullable().describe('The program that produced the line; null: unknown'),
    import_id: z.string().nullable().describe('Id of the import; null: the platform wrote the line'),
  })
  .meta({ id: 'LogLine' });

export const Logs = z
  .object({
    entity: z.string().describe('The entity, as `<kind>/<id>`'),
    count: z.int().describe('Number of lines on the page'),
    total: z.int().describe('Number of lines that match'),
    logs: z.array(LogLine).describe('A page of its lines, newest first'),
    next_page_token: z.string().describe('`page_token` of the next page; empty: there is none'),
  })
  .meta({ id: 'Logs' });

/** A line to import. */
const ImportedLine = z.object({
  timestamp: Instant.describe(
    'Time of the line: at most five minutes in the future, and not older than the organization keeps lines',
  ),
  type: z.enum(logTypes).describe('What the line is about'),
  level: z.enum(logLevels).nullish().describe('How serious it is. Default: `info`'),
  message: z
    .string()
    .max(2_000)
    .refine((message) => message.isWellFormed(), 'must be well-formed Unicode')
    .describe('Text of the line'),
  details: JsonObject({ bytes: 16_384, depth: 16 }).nullish().describe('A JSON object of up to 16 KiB and 16 levels'),
});
type ImportedLine = z.output<typeof ImportedLine>;

export const LogImport = z
  .object({
    logs: z.array(ImportedLine).min(1).describe('1 to 1,000 lines'),
    source: text(64).nullish().describe('The program that produced the lines'),
    deduplicate: z.boolean().nullish().describe('Whether a line that is stored already is skipped. Default: true'),
  })
  .meta({ id: 'LogImport' });

export const ImportReceipt = z
  .object({
    imported: z.int().describe('Number of lines that were stored'),
    duplicates_skipped: z.int().describe('Number of lines that were stored before, or twice in the request'),
    entity: z.string().describe('The entity, as `<kind>/<id>`'),
    import_id: Id('imp').describe('Id of the import'),
  })
  .meta({ id: 'LogImportReceipt' });

const maxLines = 1_000;
/** By how much the clock of a producer may be ahead, in milliseconds. */
const clockTolerance = 5 * minute;

/**
 * @param days for which the organization keeps lines
 * @throws AppError BODY_TOO_LARGE; VALIDATION_FAILED for a line from the future, or older than `days`
 */
export function assertImportable(
  lines: readonly ImportedLine[],
  { now, days }: { readonly now: Date; readonly days: number },
): void {
  if (lines.length > maxLines) throw new AppError('BODY_TOO_LARGE', `A request takes at most ${maxLines} lines`);
  for (const [at, { timestamp }] of lines.entries()) {
    const age = now.getTime() - Date.parse(timestamp);
    if (age < -clockTolerance) throw invalid(`logs[${at}].timestamp`, 'is in the future');
    if (age > days * day)
      throw invalid(`logs[${at}].timestamp`, `is older than the ${days} days for which the organization keeps lines`);
  }
}

/** Hash of the content of a line: two lines of an entity with one time and one hash are the same line. */
export const contentMark = ({ timestamp, type, message, details }: ImportedLine): string =>
  createHash('sha256')
    .update(JSON.stringify([timestamp, type, message, sorted(details ?? {})]))
    .digest('base64url');

/** The value with the fields of objects as sorted pairs, so that their order does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}

type Sort = Pick<KeptLine, 'type' | 'level'>;
export type LogFilter = { readonly type?: Sort['type'] | undefined; readonly level?: Sort['level'] | undefined };

/** Whether a line matches the filter. */
export const matchesFilter = (line: Sort, { type = line.type, level = line.level }: LogFilter): boolean =>
  line.type === type && line.level === level;

export const presentLine = ({
  id,
  at,
  type,
  level,
  message,
  details,
  source,
  import_id,
}: KeptLine): z.input<typeof LogLine> => ({
  id,
  timestamp: at,
  type,
  level,
  message,
  details: { ...details },
  source,
  import_id,
});

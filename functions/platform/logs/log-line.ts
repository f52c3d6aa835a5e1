import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { entityPath } from '../../../shared/schema/event-entity.ts';
import { JsonObject } from '../../../shared/schema/json.ts';
import { logLevels, logTypes, type KeptLine } from '../../../shared/schema/log-line.ts';
import { Id, Instant, text, Timestamp } from '../../../shared/schema/values.ts';

/** Log lines as they are asked for and answered (system.md, "Logs"). */

/** A thing that has logs. */
export const LoggedPath = entityPath(['user', 'device', 'trunk', 'gateway', 'number', 'domain', 'call', 'org']);

const LogLine = z
  .object({
    id: z.string(),
    timestamp: Timestamp,
    type: z.enum(logTypes),
    level: z.enum(logLevels),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
    source: z.string().nullable(),
    import_id: z.string().nullable(),
  })
  .meta({ id: 'LogLine' });

export const Logs = z
  .object({ entity: z.string(), count: z.int(), total: z.int(), logs: z.array(LogLine), next_page_token: z.string() })
  .meta({ id: 'Logs' });

/** A line as it is imported. */
const ImportedLine = z.object({
  timestamp: Instant,
  type: z.enum(logTypes),
  level: z.enum(logLevels).nullish(),
  message: z
    .string()
    .max(2_000)
    .refine((message) => message.isWellFormed(), 'has a text that is no Unicode'),
  details: JsonObject({ bytes: 16_384, depth: 16 }).nullish(),
});
type ImportedLine = z.output<typeof ImportedLine>;

export const LogImport = z
  .object({ logs: z.array(ImportedLine).min(1), source: text(64).nullish(), deduplicate: z.boolean().nullish() })
  .meta({ id: 'LogImport' });

export const ImportReceipt = z
  .object({ imported: z.int(), duplicates_skipped: z.int(), entity: z.string(), import_id: Id('imp') })
  .meta({ id: 'LogImportReceipt' });

const maxLines = 1_000;
const DAY = 86_400_000;
/** Milliseconds by which a producer's clock may be ahead. */
const tolerance = 5 * 60_000;

/**
 * @param days for which the organization keeps lines @throws AppError BODY_TOO_LARGE, or VALIDATION_FAILED for a line
 * of the future or one that would not be kept
 */
export function checkLines(
  lines: readonly ImportedLine[],
  { now, days }: { readonly now: Date; readonly days: number },
): void {
  if (lines.length > maxLines) throw new AppError('BODY_TOO_LARGE', `A request takes at most ${maxLines} lines`);
  for (const [at, { timestamp }] of lines.entries()) {
    const age = now.getTime() - Date.parse(timestamp);
    if (age < -tolerance) throw invalid(`logs[${at}].timestamp`, 'lies in the future');
    if (age > days * DAY)
      throw invalid(`logs[${at}].timestamp`, `is older than the ${days} days for which lines are kept`);
  }
}

/** What tells a line from others of its thing and time: the same content is the same line. */
export const contentMark = ({ timestamp, type, message, details }: ImportedLine): string =>
  createHash('sha256')
    .update(JSON.stringify([timestamp, type, message, sorted(details ?? {})]))
    .digest('base64url');

/** The same whatever order its fields came in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}

type Sort = Pick<KeptLine, 'type' | 'level'>;
export type LogFilter = { readonly type?: Sort['type'] | undefined; readonly level?: Sort['level'] | undefined };

/** Whether a line is asked for. */
export const isWanted = (line: Sort, { type = line.type, level = line.level }: LogFilter): boolean =>
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

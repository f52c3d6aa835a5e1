/**
 * Export jobs: what is asked, what they have come to, and the lines that they write (billing.md, `POST /cdr/export`).
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { csvLine } from '../../../shared/schema/csv.ts';
import type { GrowingFile } from '../../../shared/schema/growing-file.ts';
import { Id, Instant, Timestamp } from '../../../shared/schema/values.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { ListedCdr, presentListed, type Sight } from './presented-cdr.ts';
import { searchQuery, wholeSecond, type Wanted } from './search.ts';

const formats = ['csv', 'jsonl'] as const;
const statuses = ['queued', 'running', 'completed', 'failed'] as const;
const failures = ['TOO_MANY_ROWS', 'INTERNAL_ERROR'] as const;
export type Failure = (typeof failures)[number];

/** Columns by their place in a CDR as lists show it: those that a file has unless told otherwise. */
const defaultColumns = [
  'id',
  'org_id',
  'call_id',
  'leg',
  'direction',
  'caller',
  'callee',
  'number',
  'start_time',
  'answer_time',
  'end_time',
  'duration',
  'billable_seconds',
  'disposition',
  'trunk_id',
  'gateway_id',
  'device_id',
  'user_id',
  'batch_id',
  'source',
  'origin',
  'received_at',
  'rating.status',
  'rating.reason',
  'rating.tariff.id',
  'rating.tariff.name',
  'rating.rate.prefix',
  'rating.rate.name',
  'rating.billed_seconds',
  'rating.included_seconds',
  'rating.discount_percent',
  'rating.charge',
  'rating.currency',
  'rating.period',
  'rating.late',
] as const;
const wholesaleColumns = ['rating.wholesale.charge', 'rating.wholesale.currency'] as const;
const costColumns = ['cost', 'rating.cost'] as const;
const columns = [
  ...defaultColumns,
  ...wholesaleColumns,
  ...costColumns,
  'cause.q850',
  'cause.sip_code',
  'custom',
  'rating.source',
  'rating.tariff.version',
  'rating.rate.price_per_minute',
  'rating.rate.connect_fee',
  'rating.revision',
  'rating.rated_at',
] as const;
type Column = (typeof columns)[number];

const DAY = 86_400_000;
const maxDays = 366;
const maxColumns = 40;

const filters = {
  number: searchQuery.number.nullable(),
  caller: searchQuery.caller.nullable(),
  callee: searchQuery.callee.nullable(),
  call_id: searchQuery.call_id.nullable(),
  trunk_id: searchQuery.trunk_id.nullable(),
  user_id: searchQuery.user_id.nullable(),
  disposition: searchQuery.disposition.nullable(),
  direction: searchQuery.direction.nullable(),
  rating_status: searchQuery.rating_status.nullable(),
  batch_id: searchQuery.batch_id.nullable(),
  min_duration: z.int().min(0).max(1_000_000).nullish(),
};

export const NewExport = z
  .object({
    ...filters,
    start: Instant,
    end: Instant,
    format: z.enum(formats).nullish(),
    gzip: z.boolean().nullish(),
    columns: z
      .array(z.enum(columns))
      .min(1)
      .max(maxColumns)
      .refine((names) => new Set(names).size === names.length, 'must not name a column twice')
      .nullish(),
  })
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= maxDays * DAY, {
    path: ['end'],
    message: `must be at most ${maxDays} days after start`,
  })
  .meta({ id: 'NewCdrExport' });
export type NewExport = z.output<typeof NewExport>;

export type ExportJob = {
  readonly id: string;
  readonly org_id: number;
  readonly status: (typeof statuses)[number];
  readonly format: (typeof formats)[number];
  readonly gzip: boolean;
  /** Null: whole CDRs, in a file of JSON lines. */
  readonly columns: readonly Column[] | null;
  readonly search: Wanted;
  /** The only user whose calls are told, whatever is searched. */
  readonly owner: string | null;
  readonly sight: Sight;
  /** Call starts: `from` in it, `to` not. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  /** The place in time behind which it goes on. */
  readonly after: string | null;
  /** What is written of the file so far. */
  readonly file: GrowingFile | null;
  /** All parts are written. */
  readonly written: boolean;
  readonly sha256: string | null;
  readonly error: Failure | null;
  readonly turn: string;
  readonly turn_until: number;
  readonly created_by: string;
  readonly created_at: string;
  /** Unix seconds, when the file goes too. */
  readonly expires_at: number;
};

const hidden = ({ wholesale, cost }: Sight): readonly Column[] => [
  ...(wholesale ? [] : wholesaleColumns),
  ...(cost ? [] : costColumns),
];

/** @throws AppError VALIDATION_FAILED for a column that the caller does not see */
function columnsOf({ format, columns: wanted }: NewExport, sight: Sight): readonly Column[] | null {
  const unseen = hidden(sight);
  const details = (wanted ?? []).flatMap((name, at) =>
    unseen.includes(name) ? [{ path: `columns[${at}]`, message: 'is seen by who sells only' }] : [],
  );
  if (details.length > 0) throw new AppError('VALIDATION_FAILED', 'A column is not to be seen', { details });
  if (wanted != null) return wanted;
  return format === 'jsonl'
    ? null
    : [...defaultColumns, ...wholesaleColumns, ...costColumns].filter((name) => !unseen.includes(name));
}

/** Seconds. */
const kept = 7 * 86_400;

export type Asking = {
  readonly id: string;
  readonly org_id: number;
  readonly country: string;
  readonly sight: Sight;
  readonly caller: string;
  readonly ownOnly: boolean;
  readonly now: Date;
};

export function newExport(wanted: NewExport, { id, org_id, country, sight, caller, ownOnly, now }: Asking): ExportJob {
  const { start, end, format, gzip, columns: _, ...asked } = wanted;
  const search = Object.fromEntries(Object.entries(asked).filter(([, value]) => value != null)) as Omit<
    Wanted,
    'country'
  >;
  return {
    id,
    org_id,
    status: 'queued',
    format: format ?? 'csv',
    gzip: gzip ?? true,
    columns: columnsOf(wanted, sight),
    sight,
    search: { ...search, ...(ownOnly && search.user_id === undefined ? { user_id: caller } : {}), country },
    owner: ownOnly ? caller : null,
    from: wholeSecond(Date.parse(start)),
    to: wholeSecond(Date.parse(end)),
    rows: 0,
    after: null,
    file: null,
    written: false,
    sha256: null,
    error: null,
    turn: 'none',
    turn_until: 0,
    created_by: caller,
    created_at: now.toISOString(),
    expires_at: Math.floor(now.getTime() / 1_000) + kept,
  };
}

export const ExportReceipt = z
  .object({ job_id: Id('job'), status: z.enum(statuses), created_at: Timestamp })
  .meta({ id: 'CdrExportReceipt' });

export const ExportAnswer = z
  .object({
    job_id: Id('job'),
    status: z.enum(statuses),
    rows: z.int(),
    size: z.int().nullable().meta({ description: 'Bytes of the file' }),
    sha256: z.string().nullable(),
    download_url: z.string().nullable().meta({ description: 'Made anew at each reading, once the file is there' }),
    expires_at: Timestamp.nullable().meta({ description: 'When the link is over' }),
    error: z.enum(failures).nullable(),
  })
  .meta({ id: 'CdrExport' });

export const presentReceipt = ({ id, status, created_at }: ExportJob): z.input<typeof ExportReceipt> => ({
  job_id: id,
  status,
  created_at,
});

export const presentExport = (
  { id, status, rows, file, sha256, error }: ExportJob,
  link: { readonly url: string; readonly expires_at: string } | null,
): z.input<typeof ExportAnswer> => ({
  job_id: id,
  status,
  rows,
  size: status === 'completed' ? (file?.size ?? 0) : null,
  sha256,
  download_url: link?.url ?? null,
  expires_at: link?.expires_at ?? null,
  error,
});

/**
 * Whether somebody may know of a job: it tells no more than they see, and who sees only its own calls knows its own
 * jobs.
 */
export const mayKnow = (
  job: ExportJob,
  {
    id,
    sight,
    ownOnly,
    now,
  }: { readonly id: string; readonly sight: Sight; readonly ownOnly: boolean; readonly now: Date },
): boolean =>
  job.expires_at * 1_000 > now.getTime() &&
  (ownOnly ? job.created_by === id : (!job.sight.wholesale || sight.wholesale) && (!job.sight.cost || sight.cost));

/** Where the file lies: `org_1001/exports/job_…/1`. */
export const exportKey = ({ org_id, id }: Pick<ExportJob, 'org_id' | 'id'>): string => `org_${org_id}/exports/${id}/1`;

/** How a browser calls the file, and of what type it is. */
export const fileOf = ({ id, format, gzip }: ExportJob): { readonly name: string; readonly type: string } => ({
  name: `cdr-${id}.${format}${gzip ? '.gz' : ''}`,
  type: gzip ? 'application/gzip' : format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl',
});

/** What stands at a place in an object, `rating.tariff.id`; null where there is nothing. */
const valueAt = (of: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (within, name) =>
        typeof within === 'object' && within !== null ? (within as Readonly<Record<string, unknown>>)[name] : null,
      of,
    ) ?? null;

const cellOf = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** The first line of a file of CSV: the names of its columns. */
export const headOf = ({ format, columns: names }: ExportJob): string =>
  format === 'csv' && names !== null ? csvLine(names) : '';

/** A CDR as a line of the file. */
export function lineOf(cdr: FiledCdr, { format, columns: names, sight }: ExportJob): string {
  const shown = ListedCdr.parse(presentListed(cdr, sight));
  if (names === null) return `${JSON.stringify(shown)}\n`;
  const values = names.map((name) => [name, valueAt(shown, name)] as const);
  return format === 'csv'
    ? csvLine(values.map(([, value]) => cellOf(value)))
    : `${JSON.stringify(Object.fromEntries(values))}\n`;
}

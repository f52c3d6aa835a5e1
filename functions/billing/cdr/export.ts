/** Export jobs: the request, the state of the job, and its answers (`POST /cdr/export`). */
import * as z from 'zod';
import { AppError } from '#errors.ts';
import type { GrowingFile } from '#schema/growing-file.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { day, second } from '#schema/time.ts';
import { Id, Instant, Timestamp } from '#schema/values.ts';
import type { Sight } from './presented-cdr.ts';
import { searchQuery, type Wanted, wholeSecond } from './search.ts';

/** Columns of an export, named by their path in a CDR as lists show it. */
const ownColumns = [
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
const moreColumns = [
  'start_ms',
  'answer_ms',
  'end_ms',
  'cause.q850',
  'cause.sip_code',
  'custom',
  'quality.mos',
  'quality.jitter_ms',
  'quality.loss_percent',
  'quality.codec',
  'quality.audio_missing',
  'stir.verstat',
  'stir.attestation',
  'stir.origid',
  'stir.reason',
  'cause.side',
  'related_call_id',
  'answered_by',
  'account_code',
  'record_revision',
  'rating.source',
  'rating.tariff.version',
  'rating.rate.price_per_minute',
  'rating.rate.connect_fee',
  'rating.revision',
  'rating.rated_at',
] as const;

/** Columns of a file unless the request names others, as far as the caller sees them. */
export const defaultColumns = [...ownColumns, ...wholesaleColumns, ...costColumns] as const;

/** Every column that a request may name. */
export const columns = [...defaultColumns, ...moreColumns] as const;
export type Column = (typeof columns)[number];

/** Columns that a caller must not see. */
export const hiddenColumns = ({ wholesale, cost }: Sight): readonly Column[] => [
  ...(wholesale ? [] : wholesaleColumns),
  ...(cost ? [] : costColumns),
];

const formats = ['csv', 'jsonl'] as const;
const statuses = ['queued', 'running', 'completed', 'failed'] as const;
const failures = ['TOO_MANY_ROWS', 'INTERNAL_ERROR'] as const;
export type Failure = (typeof failures)[number];

const maxDays = 366;
const maxColumns = 40;

const filters = {
  number: searchQuery.number.nullable().describe('Caller or callee, E.164 or as dialed'),
  caller: searchQuery.caller.nullable().describe('Caller, E.164 or as dialed'),
  callee: searchQuery.callee.nullable().describe('Callee, E.164 or as dialed'),
  call_id: searchQuery.call_id.nullable().describe('Id of the call'),
  trunk_id: searchQuery.trunk_id.nullable().describe('Trunk of the call'),
  user_id: searchQuery.user_id.nullable().describe('User of the call'),
  disposition: searchQuery.disposition.nullable().describe('How the call ended'),
  direction: searchQuery.direction.nullable().describe('Direction of the call'),
  rating_status: searchQuery.rating_status.nullable().describe('Status of the rating'),
  batch_id: searchQuery.batch_id.nullable().describe('Batch that the record was filed in'),
  min_duration: z.int().min(0).max(1_000_000).nullish().describe('Least duration in seconds'),
  min_talk_seconds: z.int().min(0).max(1_000_000).nullish().describe('Least `billable_seconds`'),
  max_talk_seconds: z.int().min(0).max(1_000_000).nullish().describe('Largest `billable_seconds`'),
  min_charge: searchQuery.min_charge.nullable().describe('Least charge of the call, a decimal'),
  recorded: z.boolean().nullish().describe('Whether the record names a recording (`custom.recording_id`)'),
};

export const NewExport = z
  .object({
    ...filters,
    start: Instant.describe('First call start'),
    end: Instant.describe('Call start before which the range ends; at most 366 days after the start'),
    format: z.enum(formats).nullish().describe('`csv` (default, RFC 4180) or `jsonl`'),
    gzip: z.boolean().nullish().describe('Whether the file is compressed; true by default'),
    columns: z
      .array(z.enum(columns))
      .min(1)
      .max(maxColumns)
      .refine((names) => new Set(names).size === names.length, 'must not name a column twice')
      .nullish()
      .describe('Columns of the file, 1 to 40; every visible default column, or for `jsonl` whole CDRs, by default'),
  })
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= maxDays * day, {
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
  /** The only user whose calls are exported, whatever the search; null: no restriction. */
  readonly owner: string | null;
  readonly sight: Sight;
  /** Range of call starts: `from` inclusive, `to` exclusive. */
  readonly from: string;
  readonly to: string;
  /** Rows written so far. */
  readonly rows: number;
  /** The time key after which the next slice begins. */
  readonly after: string | null;
  /** The file, as far as it is written. */
  readonly file: GrowingFile | null;
  /** Whether all rows are written. */
  readonly written: boolean;
  readonly sha256: string | null;
  readonly error: Failure | null;
  /** The turn of the worker that works on the job, and its end in Unix milliseconds. */
  readonly turn: string;
  readonly turn_until: number;
  readonly created_by: string;
  readonly created_at: string;
  /** Unix seconds at which job and file expire. */
  readonly expires_at: number;
};

/** @throws AppError VALIDATION_FAILED for a column that the caller must not see */
function columnsOf({ format, columns: wanted }: NewExport, sight: Sight): readonly Column[] | null {
  const hidden = hiddenColumns(sight);
  const details = (wanted ?? []).flatMap((name, at) =>
    hidden.includes(name) ? [{ path: `columns[${at}]`, message: 'is visible to sellers only' }] : [],
  );
  if (details.length > 0)
    throw new AppError('VALIDATION_FAILED', 'Some columns are not visible to this organization', { details });
  if (wanted != null) return wanted;
  return format === 'jsonl' ? null : defaultColumns.filter((name) => !hidden.includes(name));
}

/** Lifetime of a job and its file. */
const ttl = 7 * day;

export type ExportOrigin = {
  readonly id: string;
  readonly org_id: number;
  /** How numbers in the search are read. */
  readonly numberOrigin: NumberOrigin;
  readonly sight: Sight;
  readonly caller: string;
  /** Whether the caller sees only its own calls. */
  readonly ownOnly: boolean;
  readonly now: Date;
};

/** @throws AppError VALIDATION_FAILED for a column that the caller must not see */
export function newExport(wanted: NewExport, origin: ExportOrigin): ExportJob {
  const { id, org_id, numberOrigin, sight, caller, ownOnly, now } = origin;
  const { start, end, format, gzip } = wanted;
  const given = Object.keys(filters).flatMap((name) => {
    const value = wanted[name as keyof typeof filters];
    return value == null ? [] : [[name, value] as const];
  });
  const search = Object.fromEntries(given) as Omit<Wanted, 'country' | 'numbers'>;
  return {
    id,
    org_id,
    status: 'queued',
    format: format ?? 'csv',
    gzip: gzip ?? true,
    columns: columnsOf(wanted, sight),
    sight,
    search: { ...search, ...(ownOnly && search.user_id === undefined ? { user_id: caller } : {}), ...numberOrigin },
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
    expires_at: Math.floor((now.getTime() + ttl) / second),
  };
}

export const ExportReceipt = z
  .object({
    job_id: Id('job').describe('Id of the job'),
    status: z.enum(statuses).describe('State of the job'),
    created_at: Timestamp.describe('When the job was created'),
  })
  .meta({ id: 'CdrExportReceipt' });

export const ExportAnswer = z
  .object({
    job_id: Id('job').describe('Id of the job'),
    status: z.enum(statuses).describe('State of the job'),
    rows: z.int().describe('CDRs written so far'),
    size: z.int().nullable().describe('Bytes of the file, once it is complete'),
    sha256: z.string().nullable().describe('SHA-256 of the file in hexadecimal, once it is complete'),
    download_url: z.string().nullable().describe('Link to the file, made for this answer and valid for 15 minutes'),
    expires_at: Timestamp.nullable().describe('When the link expires'),
    error: z.enum(failures).nullable().describe('Why the job failed; an export has at most 5,000,000 rows'),
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

type Viewer = { readonly id: string; readonly sight: Sight; readonly ownOnly: boolean; readonly now: Date };

/**
 * Whether a caller may see a job: the file must not show prices that the caller does not see, and a caller that sees
 * only its own calls sees only its own jobs.
 */
export const maySee = (job: ExportJob, { id, sight, ownOnly, now }: Viewer): boolean =>
  job.expires_at * second > now.getTime() &&
  (ownOnly ? job.created_by === id : (!job.sight.wholesale || sight.wholesale) && (!job.sight.cost || sight.cost));

/** A slice of an export, and the job after it (`POST /cdr/export`). */
import type { TurnState } from '#schema/turn.ts';
import type { GrowingFile } from '#schema/growing-file.ts';
import type { ExportJob, Failure } from '../cdr/export.ts';
import { exportKey, fileOf, headOf, lineOf } from '../cdr/export-file.ts';
import { isWanted, isWantedWhole, searchKeyOf, type Filtered, type SearchKey, type Wanted } from '../cdr/search.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';

/** Most rows of a file. */
const maxRows = 5_000_000;

/** Where and how the file of a job is written. */
export const fileTarget = (job: ExportJob) => ({
  bucket: 'exports' as const,
  key: exportKey(job),
  gzip: job.gzip,
  ...fileOf(job),
});

/** The key by which the CDRs of a job are read. */
const wantedBy = ({ search, sight }: Pick<ExportJob, 'search' | 'sight'>): Wanted => ({
  ...search,
  seesWholesale: sight.wholesale,
});

export const exportedBy = (job: ExportJob): SearchKey => searchKeyOf(wantedBy(job));

/** The check of each CDR that is read: whether it belongs into the file. */
export function exportFilter(job: ExportJob): (cdr: Filtered) => boolean {
  const wanted = isWanted(wantedBy(job));
  return (cdr) => wanted(cdr) && (job.owner === null || cdr.user_id === job.owner);
}

/** The check of each CDR that was read by its pointer. */
export const exportFilterWhole = (job: ExportJob): ((cdr: FiledCdr) => boolean) =>
  isWantedWhole(job.search) ?? (() => true);

/** The lines of some CDRs; the first slice begins with the header line. */
export const linesOf = (job: ExportJob, cdrs: readonly FiledCdr[], isFirst: boolean): string =>
  (isFirst ? headOf(job) : '') + cdrs.map((cdr) => lineOf(cdr, job)).join('');

/** The outcome of a slice. */
export type Slice =
  | { readonly outcome: 'rows left'; readonly rows: number; readonly after: string; readonly file: GrowingFile }
  | { readonly outcome: 'all written'; readonly rows: number; readonly file: GrowingFile; readonly sha256: string }
  | { readonly outcome: 'file complete' }
  | { readonly outcome: 'failed'; readonly error: Failure };

export const hasTooManyRows = (rows: number): boolean => rows > maxRows;

export const isLive = ({ status }: Pick<ExportJob, 'status'>): boolean => status === 'queued' || status === 'running';

/** The job while a worker has the turn; null if the job has ended. */
export const takeTurn = (job: ExportJob, turn: TurnState): ExportJob | null =>
  isLive(job) ? { ...job, ...turn, status: 'running' } : null;

/** The job after a slice. */
export function afterSlice(job: ExportJob, slice: Slice): ExportJob {
  const ended = { ...job, turn_until: 0 };
  switch (slice.outcome) {
    case 'rows left':
      return { ...ended, rows: slice.rows, after: slice.after, file: slice.file };
    case 'all written':
      return { ...ended, rows: slice.rows, file: slice.file, sha256: slice.sha256, written: true };
    case 'file complete':
      return { ...ended, status: 'completed' };
    case 'failed':
      return failJob(job, slice.error);
  }
}

/** The job after a failure: it has no file. */
export const failJob = (job: ExportJob, error: Failure): ExportJob => ({
  ...job,
  status: 'failed',
  error,
  rows: 0,
  after: null,
  file: null,
  sha256: null,
  turn_until: 0,
});

/** What a slice of an export does, and what the job is then (billing.md, `POST /cdr/export`). */
import type { Turned } from '../../../shared/schema/turn.ts';
import type { GrowingFile } from '../../../shared/schema/growing-file.ts';
import { exportKey, fileOf, headOf, lineOf, type ExportJob, type Failure } from '../cdr/export.ts';
import { isWanted, wayOf, type Filtered, type Way } from '../cdr/search.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';

/** Rows of a file. */
const maxRows = 5_000_000;

/** The file of a job, as it is to be written. */
export const placeOf = (job: ExportJob) => ({
  bucket: 'exports' as const,
  key: exportKey(job),
  gzip: job.gzip,
  ...fileOf(job),
});

export const wayTo = ({ search }: ExportJob): Way => wayOf(search);

/** Which of the CDRs that are found belong into the file. */
export function belongsTo({ search, owner }: ExportJob): (cdr: Filtered) => boolean {
  const wanted = isWanted(search);
  return (cdr) => wanted(cdr) && (owner === null || cdr.user_id === owner);
}

/** What is written of some CDRs; the names of the columns before the first. */
export const linesOf = (job: ExportJob, cdrs: readonly FiledCdr[], isFirst: boolean): string =>
  (isFirst ? headOf(job) : '') + cdrs.map((cdr) => lineOf(cdr, job)).join('');

/** What a slice has done. */
export type Slice =
  | { readonly did: 'some'; readonly rows: number; readonly after: string; readonly file: GrowingFile }
  | { readonly did: 'the rest'; readonly rows: number; readonly file: GrowingFile; readonly sha256: string }
  | { readonly did: 'the file' }
  | { readonly did: 'nothing'; readonly error: Failure };

export const isTooMuch = (rows: number): boolean => rows > maxRows;

export const isLive = ({ status }: Pick<ExportJob, 'status'>): boolean => status === 'queued' || status === 'running';

/** The job in a turn; null where it is over. */
export const inTurn = (job: ExportJob, turn: Turned): ExportJob | null =>
  isLive(job) ? { ...job, ...turn, status: 'running' } : null;

/** The job after a slice. */
export function afterSlice(job: ExportJob, slice: Slice): ExportJob {
  const ended = { ...job, turn_until: 0 };
  switch (slice.did) {
    case 'some':
      return { ...ended, rows: slice.rows, after: slice.after, file: slice.file };
    case 'the rest':
      return { ...ended, rows: slice.rows, file: slice.file, sha256: slice.sha256, written: true };
    case 'the file':
      return { ...ended, status: 'completed' };
    case 'nothing':
      return failed(job, slice.error);
  }
}

/** A job that has come to nothing: there is no file. */
export const failed = (job: ExportJob, error: Failure): ExportJob => ({
  ...job,
  status: 'failed',
  error,
  rows: 0,
  after: null,
  file: null,
  sha256: null,
  turn_until: 0,
});

/** The file of an export: its key, its type and its lines (`POST /cdr/export`). */
import { csvLine } from '#schema/csv.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { ExportJob } from './export.ts';
import { ListedCdr, presentListed } from './presented-cdr.ts';

/** Key of the file in the bucket: `org_1001/exports/job_…/1`. */
export const exportKey = ({ org_id, id }: Pick<ExportJob, 'org_id' | 'id'>): string => `org_${org_id}/exports/${id}/1`;

/** File name for downloads, and media type. */
export function fileOf({ id, format, gzip }: Pick<ExportJob, 'id' | 'format' | 'gzip'>): {
  readonly name: string;
  readonly type: string;
} {
  if (gzip) return { name: `cdr-${id}.${format}.gz`, type: 'application/gzip' };
  return { name: `cdr-${id}.${format}`, type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl' };
}

/** The value at a path such as `rating.tariff.id`; null if there is none. */
const valueAt = (of: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (within, name) =>
        typeof within === 'object' && within !== null ? (within as Readonly<Record<string, unknown>>)[name] : null,
      of,
    ) ?? null;

function cellOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The header line of a CSV file; empty for JSON lines. */
export const headOf = ({ format, columns }: Pick<ExportJob, 'format' | 'columns'>): string =>
  format === 'csv' && columns !== null ? csvLine(columns) : '';

/** The line of a CDR, with its line end. */
export function lineOf(
  cdr: FiledCdr,
  { format, columns, sight }: Pick<ExportJob, 'format' | 'columns' | 'sight'>,
): string {
  const shown = ListedCdr.parse(presentListed(cdr, sight));
  if (columns === null) return `${JSON.stringify(shown)}\n`;
  const values = columns.map((name) => [name, valueAt(shown, name)] as const);
  return format === 'csv'
    ? csvLine(values.map(([, value]) => cellOf(value)))
    : `${JSON.stringify(Object.fromEntries(values))}\n`;
}

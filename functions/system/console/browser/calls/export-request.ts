import type { ApiRequest, Query } from '../kit/api-request.ts';

const day = 86_400_000;

/** Days that a search covers unless it says so, and those of a batch, which needs no range. */
const days = { search: 1, batch: 366 } as const;

/** The export of what a search shows. @param now Unix milliseconds */
export function exportOf(query: Query, now: number): ApiRequest {
  const { start, end = new Date(now).toISOString() } = query;
  const filters = Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'order'));
  const covered = filters['batch_id'] === undefined ? days.search : days.batch;
  const first = start ?? new Date(Date.parse(String(end)) - covered * day).toISOString();
  return { method: 'POST', path: '/cdr/export', body: { ...filters, start: first, end, format: 'csv', gzip: false } };
}

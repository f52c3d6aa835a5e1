import { expect, test } from 'vitest';
import { exportOf } from './export-request.ts';

const now = Date.parse('2026-11-25T08:00:00Z');
const options = { format: 'csv', gzip: false };

test('what a search finds without a range is exported by that range', () => {
  expect(exportOf({ order: 'asc', disposition: 'BUSY' }, now).body).toEqual({
    ...options,
    disposition: 'BUSY',
    start: '2026-11-24T08:00:00.000Z',
    end: '2026-11-25T08:00:00.000Z',
  });
});

test('a range is that of the search, and that of a batch the longest', () => {
  const range = { start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z' };
  expect(exportOf(range, now).body).toEqual({ ...options, ...range });
  expect(exportOf({ batch_id: 'b' }, now).body).toMatchObject({ start: '2025-11-24T08:00:00.000Z' });
});

import { expect, test } from 'vitest';
import { day } from '#schema/time.ts';
import {
  columns,
  defaultColumns,
  ExportAnswer,
  ExportReceipt,
  hiddenColumns,
  maySee,
  newExport,
  NewExport,
  presentExport,
  presentReceipt,
} from './export.ts';

const now = new Date('2026-11-20T12:00:00Z');
const everything = { wholesale: true, cost: true };
const nothing = { wholesale: false, cost: false };
const range = { start: '2026-11-01T00:00:00.5Z', end: '2026-11-02T00:00:00Z' };
const origin = {
  id: 'job_1',
  org_id: 1001,
  numberOrigin: { country: 'US' },
  sight: nothing,
  caller: 'usr_1',
  ownOnly: false,
  now,
};
const jobOf = (fields: object = {}, more: Partial<typeof origin> = {}) =>
  newExport(NewExport.parse({ ...range, ...fields }), { ...origin, ...more });
const job = jobOf();

test('the range is in whole seconds, as call starts are', () => {
  expect([job.from, job.to]).toEqual(['2026-11-01T00:00:01Z', '2026-11-02T00:00:00Z']);
});

test('a range has at most 366 days and does not end before it starts', () => {
  const isAccepted = (start: string, end: string) => NewExport.safeParse({ start, end }).success;
  expect(isAccepted('2025-01-01T00:00:00Z', '2026-01-02T00:00:00Z')).toBe(true);
  expect(isAccepted('2025-01-01T00:00:00Z', '2026-01-02T00:00:01Z')).toBe(false);
  expect(isAccepted('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')).toBe(true);
  expect(isAccepted('2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z')).toBe(false);
});

test('the default is a compressed CSV file with every visible default column', () => {
  expect(job).toMatchObject({ format: 'csv', gzip: true, status: 'queued', rows: 0, search: { country: 'US' } });
  expect(job.columns).toContain('rating.charge');
  expect(job.columns).not.toContain('cost');
  expect(jobOf({}, { sight: everything }).columns).toContain('rating.cost');
});

test('JSON lines are whole CDRs unless columns are named', () => {
  expect(jobOf({ format: 'jsonl' }).columns).toBeNull();
  expect(jobOf({ format: 'jsonl', columns: ['id'] }).columns).toEqual(['id']);
});

test('a column that the caller must not see is rejected by its path', () => {
  expect(() => jobOf({ columns: ['id', 'cost', 'rating.wholesale.charge'] })).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      details: ['columns[1]', 'columns[2]'].map((path) => ({ path, message: 'is visible to sellers only' })),
    }),
  );
});

test('filters that are null or absent are no filters', () => {
  expect(jobOf({ caller: null, min_duration: 0, disposition: 'busy' }).search).toEqual({
    country: 'US',
    min_duration: 0,
    disposition: ['BUSY'],
  });
});

test('a caller that sees only its own calls exports those', () => {
  expect(jobOf({}, { ownOnly: true })).toMatchObject({ owner: 'usr_1', search: { user_id: 'usr_1' } });
  expect(jobOf({ user_id: 'usr_2' }, { ownOnly: true })).toMatchObject({
    owner: 'usr_1',
    search: { user_id: 'usr_2' },
  });
});

const viewer = { id: 'usr_2', sight: everything, ownOnly: false, now };

test('a job can be seen for 7 days', () => {
  const after = (days: number): boolean => maySee(job, { ...viewer, now: new Date(now.getTime() + days * day) });
  expect([after(0), after(6.99), after(7)]).toEqual([true, true, false]);
});

test('a job with prices is hidden from callers that do not see them', () => {
  const priced = jobOf({}, { sight: everything });
  expect(maySee(priced, viewer)).toBe(true);
  expect(maySee(priced, { ...viewer, sight: { wholesale: true, cost: false } })).toBe(false);
  expect(maySee(priced, { ...viewer, sight: { wholesale: false, cost: true } })).toBe(false);
});

test('a caller that sees only its own calls sees only its own jobs', () => {
  expect(maySee(job, { ...viewer, ownOnly: true })).toBe(false);
  expect(maySee(job, { ...viewer, id: 'usr_1', ownOnly: true })).toBe(true);
});

test('an unfinished job has no size and no link', () => {
  expect(ExportReceipt.parse(presentReceipt(job))).toEqual({
    job_id: 'job_1',
    status: 'queued',
    created_at: now.toISOString(),
  });
  expect(ExportAnswer.parse(presentExport(job, null))).toMatchObject({ size: null, download_url: null, error: null });
});

test('a completed job has the size of its file, also of an empty one', () => {
  const link = { url: 'https://files.test/x', expires_at: now.toISOString() };
  expect(presentExport({ ...job, status: 'completed' }, link)).toMatchObject({
    size: 0,
    download_url: link.url,
    expires_at: link.expires_at,
  });
});

test('every column is named once, the default ones first', () => {
  expect(new Set(columns).size).toBe(columns.length);
  expect(columns.slice(0, defaultColumns.length)).toEqual(defaultColumns);
});

test('prices of sellers are hidden from callers that do not see them', () => {
  expect(hiddenColumns({ wholesale: true, cost: true })).toEqual([]);
  expect(hiddenColumns({ wholesale: true, cost: false })).toEqual(['cost', 'rating.cost']);
  expect(hiddenColumns({ wholesale: false, cost: true })).toEqual([
    'rating.wholesale.charge',
    'rating.wholesale.currency',
  ]);
});

import { expect, test } from 'vitest';
import { NewExport, newExport } from '../cdr/export.ts';
import { filedCdr } from '../cdr/filed-cdr.fixture.ts';
import {
  afterSlice,
  exportedBy,
  exportFilter,
  exportFilterWhole,
  failJob,
  fileTarget,
  hasTooManyRows,
  isLive,
  takeTurn,
} from './slice.ts';

const origin = {
  id: 'job_1',
  org_id: 1001,
  numberOrigin: { country: 'US' },
  sight: { wholesale: false, cost: false },
  caller: 'usr_1',
  ownOnly: false,
  now: new Date('2026-11-20T12:00:00Z'),
};
const range = { start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z' };
const jobOf = (fields: object = {}, more: object = {}) =>
  newExport(NewExport.parse({ ...range, ...fields }), { ...origin, ...more });
const job = jobOf();
const running = { ...job, status: 'running' as const, turn: 'turn_1', turn_until: 99, rows: 3, after: 'key' };
const file = { upload: 'upload', size: 10, rest: null, tags: [], hash: '' };

test('a queued job runs while a worker has the turn; an ended job has no turn', () => {
  expect(takeTurn(job, { turn: 'turn_1', turn_until: 5 })).toMatchObject({
    status: 'running',
    turn: 'turn_1',
    turn_until: 5,
  });
  expect(takeTurn({ ...job, status: 'completed' }, { turn: 'turn_1', turn_until: 5 })).toBeNull();
});

test('a job is live until it is completed or has failed', () => {
  const statuses = ['queued', 'running', 'completed', 'failed'] as const;
  expect(statuses.map((status) => isLive({ status }))).toEqual([true, true, false, false]);
});

test('a slice that leaves rows stores where the next one begins', () => {
  const after = afterSlice(running, { outcome: 'rows left', rows: 500, after: 'next', file });
  expect(after).toMatchObject({ status: 'running', rows: 500, after: 'next', written: false, turn_until: 0 });
});

test('a job is completed after its file, not with the last rows', () => {
  const written = afterSlice(running, {
    outcome: 'all written',
    rows: 4,
    file,
    sha256: 'abc',
  });
  expect(written).toMatchObject({ status: 'running', written: true, sha256: 'abc', rows: 4 });
  expect(afterSlice(written, { outcome: 'file complete' })).toMatchObject({ status: 'completed', turn_until: 0 });
});

test('a failed job has no rows and no file', () => {
  const failed = { status: 'failed', error: 'TOO_MANY_ROWS', rows: 0, after: null, file: null, sha256: null };
  expect(afterSlice(running, { outcome: 'failed', error: 'TOO_MANY_ROWS' })).toMatchObject(failed);
  expect(failJob(running, 'INTERNAL_ERROR').error).toBe('INTERNAL_ERROR');
});

test('an export has at most 5,000,000 rows', () => {
  expect([hasTooManyRows(5_000_000), hasTooManyRows(5_000_001)]).toEqual([false, true]);
});

const cdr = {
  start_time: '2026-11-01T10:00:00Z',
  call_id: 'c1',
  caller_party: '+14155550100',
  callee_party: '+14155550199',
  trunk_id: null,
  user_id: 'usr_2',
  batch_id: null,
  direction: 'outbound',
  disposition: 'BUSY',
  duration: 60,
  rating_status: 'free',
} as const;

test('the CDRs are read by the key of the search and checked by its filters', () => {
  const filtered = jobOf({ caller: '4155550100', disposition: 'busy' });
  expect(exportedBy(filtered)).toEqual({ by: 'caller', value: '+14155550100' });
  expect(exportFilter(filtered)(cdr)).toBe(true);
  expect(exportFilter(filtered)({ ...cdr, disposition: 'FAILED' })).toBe(false);
});

test('what only whole CDRs have is checked on them', () => {
  const whole = { ...filedCdr, billable_seconds: 60, rating: { ...filedCdr.rating, charge: '1.0000' } };
  expect(exportFilterWhole(jobOf({}))(whole)).toBe(true);
  expect(exportFilterWhole(jobOf({ min_charge: '1.0001' }))(whole)).toBe(false);
  expect(exportFilterWhole(jobOf({ max_talk_seconds: 59 }))(whole)).toBe(false);
});

test('a caller that sees only its own calls exports no others, whatever its search', () => {
  const own = jobOf({ user_id: 'usr_2' }, { ownOnly: true });
  expect(exportFilter(own)(cdr)).toBe(false);
  expect(exportFilter(jobOf({}, { ownOnly: true, caller: 'usr_2' }))(cdr)).toBe(true);
});

test('the file has the name and the type of its format', () => {
  expect(fileTarget(jobOf({ format: 'jsonl', gzip: false }))).toEqual({
    bucket: 'exports',
    key: 'org_1001/exports/job_1/1',
    gzip: false,
    name: 'cdr-job_1.jsonl',
    type: 'application/jsonl',
  });
});

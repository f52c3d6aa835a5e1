import { describe, expect, test } from 'vitest';
import {
  assertComplete,
  assertUsableTariff,
  changeTask,
  isForSeller,
  isLive,
  NewTask,
  newTask,
  taskStates,
  type Task,
  type TaskRequest,
} from './task.ts';

const now = new Date('2026-12-01T08:00:00.000Z');
const range = { start: '2026-11-01T00:00:00.000Z', end: '2026-11-30T00:00:00.000Z' };
const wanted = (fields: object = {}): NewTask =>
  NewTask.parse({ task_type: 'reprocess', date_range: range, ...fields });
const taskOf = (fields: Partial<Task> = {}): Task => ({
  ...newTask(wanted(), {
    id: 'task_1',
    org_id: 1001,
    target: { of: 'one', organization: 1001 },
    estimated: 3,
    created_by: 'usr_1',
    now,
  }),
  ...fields,
});
const problemsOf = (fields: object) =>
  NewTask.safeParse({ task_type: 'process', ...fields }).error?.issues.map(({ path }) => path.join('.'));

describe('the range of a task', () => {
  test('may be days, of which the last is included', () => {
    expect(wanted({ date_range: { start: '2026-11-15', end: '2026-11-16' } }).date_range).toEqual({
      start: '2026-11-15T00:00:00.000Z',
      end: '2026-11-16T23:59:59.999Z',
    });
  });

  test('has at most 366 days', () => {
    const start = '2024-01-01T00:00:00Z';
    expect(problemsOf({ date_range: { start, end: '2025-01-01T00:00:00Z' } })).toBeUndefined();
    expect(problemsOf({ date_range: { start, end: '2025-01-01T00:00:00.001Z' } })).toEqual(['date_range.end']);
  });

  test('does not end before it starts', () => {
    expect(problemsOf({ date_range: { start: range.start, end: range.start } })).toBeUndefined();
    expect(problemsOf({ date_range: { start: range.end, end: range.start } })).toEqual(['date_range.end']);
  });
});

describe('a new task', () => {
  test('is queued with its defaults, and kept 90 days', () => {
    expect(taskOf()).toMatchObject({
      state: 'queued',
      priority: 'normal',
      dry_run: false,
      tariff_id: null,
      counts: { processed: 0, changed: 0, unchanged: 0, failed: 0 },
      cursor: null,
      turn_until: 0,
      queued_at: '2026-12-01T08:00:00.000Z',
      expires_at: Date.parse('2027-03-01T08:00:00Z') / 1_000,
    });
  });

  test('that reprocesses needs a range', () => {
    expect(() => assertComplete(wanted({ date_range: null }))).toThrow(
      expect.objectContaining({ code: 'MISSING_FIELD', details: [{ path: 'date_range', message: 'is required' }] }),
    );
    expect(() => assertComplete(wanted({ task_type: 'process', date_range: null }))).not.toThrow();
  });

  test.each([{ task_type: 'process' }, { task_type: 'cleanup' }, { org_id: 'all' }])(
    'with %o names no tariff',
    (fields) => {
      expect(() => assertComplete(wanted({ tariff_id: 'trf_1', ...fields }))).toThrow(
        expect.objectContaining({
          code: 'VALIDATION_FAILED',
          details: [expect.objectContaining({ path: 'tariff_id' })],
        }),
      );
    },
  );

  test('that reprocesses one organization may name a tariff', () => {
    expect(() => assertComplete(wanted({ tariff_id: 'trf_1' }))).not.toThrow();
  });

  test('moves charges unless it processes, and is then for the seller', () => {
    const types = ['process', 'reprocess', 'cleanup'] as const;
    expect(types.map((task_type) => isForSeller({ task_type }))).toEqual([false, true, true]);
  });
});

describe('a tariff that a task names', () => {
  const path = [expect.objectContaining({ path: 'tariff_id' })];

  test.each([undefined, { kind: 'cost', currency: 'USD' } as const])('is a sell tariff, not %o', (tariff) => {
    expect(() => assertUsableTariff(tariff, 'USD')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TARIFF', details: path }),
    );
  });

  test('has the currency of the profile, if there is one', () => {
    const tariff = { kind: 'sell', currency: 'USD' } as const;
    expect(() => assertUsableTariff(tariff, 'EUR')).toThrow(
      expect.objectContaining({ code: 'CURRENCY_MISMATCH', details: path }),
    );
    expect(() => assertUsableTariff(tariff, 'USD')).not.toThrow();
    expect(() => assertUsableTariff(tariff, undefined)).not.toThrow();
  });
});

describe('a request', () => {
  const resultOf = (state: Task['state'], request: TaskRequest): string => {
    try {
      return changeTask(taskOf({ state }), request, now).state;
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };
  const invalid = 'INVALID_TASK_STATE';

  test.each([
    ['pause', ['paused', 'paused', invalid, invalid, invalid, invalid]],
    ['resume', [invalid, invalid, 'queued', invalid, invalid, invalid]],
    ['cancel', ['cancelled', 'cancelled', 'cancelled', invalid, invalid, invalid]],
  ] as const)('to %s takes a task to its next state', (action, results) => {
    expect(taskStates).toEqual(['queued', 'running', 'paused', 'cancelled', 'completed', 'failed']);
    expect(taskStates.map((state) => resultOf(state, { action }))).toEqual(results);
  });

  test('for a priority is for unfinished tasks', () => {
    expect(taskStates.map((state) => resultOf(state, { priority: 'high' }))).toEqual([
      'queued',
      'running',
      'paused',
      invalid,
      invalid,
      invalid,
    ]);
    expect(changeTask(taskOf(), { priority: 'high' }, now).priority).toBe('high');
    expect(changeTask(taskOf({ priority: 'low' }), { action: 'pause' }, now).priority).toBe('low');
  });

  test('to cancel finishes the task, and no other does', () => {
    expect(changeTask(taskOf(), { action: 'cancel' }, now).finished_at).toBe('2026-12-01T08:00:00.000Z');
    expect(changeTask(taskOf(), { action: 'pause' }, now).finished_at).toBeNull();
  });
});

test('a queued, running or paused task is unfinished', () => {
  expect(taskStates.filter((state) => isLive({ state }))).toEqual(['queued', 'running', 'paused']);
});

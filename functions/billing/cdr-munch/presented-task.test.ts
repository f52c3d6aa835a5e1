import { describe, expect, test } from 'vitest';
import { presentReceipt, presentTask, TaskAnswer, TaskReceipt } from './presented-task.ts';
import { NewTask, newTask, type Task } from './task.ts';

const taskOf = (fields: Partial<Task> = {}): Task => ({
  ...newTask(NewTask.parse({ task_type: 'process' }), {
    id: 'task_1',
    org_id: 1001,
    target: { of: 'one', organization: 1001 },
    estimated: 200,
    created_by: 'usr_1',
    now: new Date('2026-12-01T08:00:00.000Z'),
  }),
  ...fields,
});
const processed = (count: number, fields: Partial<Task> = {}): number =>
  presentTask(taskOf({ counts: { processed: count, changed: count, unchanged: 0, failed: 0 }, ...fields })).progress
    .percent;

test('a task and its receipt have the form of their schemas', () => {
  expect(TaskAnswer.parse(presentTask(taskOf()))).toMatchObject({ task_id: 'task_1', org_id: 'org_1001' });
  expect(TaskReceipt.parse(presentReceipt(taskOf()))).toMatchObject({ status: 'success', estimated_records: 200 });
});

test('a task of several organizations is one of all', () => {
  expect(presentTask(taskOf({ target: { of: 'children', home: 1001 } })).org_id).toBe('all');
});

describe('the progress in percent', () => {
  test('is that of the estimate, rounded down', () => {
    expect([processed(0), processed(1), processed(3), processed(100)]).toEqual([0, 0, 1, 50]);
  });

  test('is at most 99 until the task is completed', () => {
    expect(processed(250)).toBe(99);
    expect(processed(10, { state: 'completed' })).toBe(100);
  });

  test('is 0 without an estimate', () => {
    expect(processed(5, { estimated: 0 })).toBe(0);
  });
});

test('totals are decimal texts with their difference', () => {
  const totals = { USD: { reversed: 1_500_000, charged: 3_420_000 }, EUR: { reversed: 25_000, charged: 0 } };
  expect(presentTask(taskOf({ totals })).totals).toEqual([
    { currency: 'USD', reversed: '1.5000', charged: '3.4200', difference: '1.9200' },
    { currency: 'EUR', reversed: '0.0250', charged: '0.0000', difference: '-0.0250' },
  ]);
});

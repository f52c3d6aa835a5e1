import { describe, expect, test } from 'vitest';
import { formulaWarnings, NewQueueMonitor, presentQueueMonitor, saveQueueMonitor } from './queue-monitor.ts';
import { examples } from './examples.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T11:00:00.000Z';
const metric = (formula: string, name = 'Load') => ({ custom_metrics: [{ name, formula }] });
const faultsOf = (body: unknown) =>
  NewQueueMonitor.safeParse(body).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('a body', () => {
  test('that is empty has the defaults', () => {
    expect(NewQueueMonitor.parse({})).toEqual({
      ...{ refresh_interval: 5, display_columns: [], custom_metrics: [] },
      alert_thresholds: { queue_length: null, wait_time_seconds: null, abandon_rate: null },
    });
  });

  test('with a wrong formula names its field and the column', () => {
    expect(faultsOf(metric('calls_handled + '))).toEqual([
      'custom_metrics.0.formula: column 17: ends where a metric, a number or a bracket is expected',
    ]);
    expect(faultsOf(metric('  calls'))[0]).toMatch(
      /^custom_metrics\.0\.formula: column 3: has the unknown metric calls/,
    );
  });

  test.each([
    ['refresh_interval', { refresh_interval: 0 }],
    ['refresh_interval', { refresh_interval: 301 }],
    ['display_columns.0', { display_columns: ['secret'] }],
    ['display_columns', { display_columns: ['status', 'status'] }],
    ['alert_thresholds.abandon_rate', { alert_thresholds: { abandon_rate: 100.5 } }],
    ['alert_thresholds.queue_length', { alert_thresholds: { queue_length: -1 } }],
    ['custom_metrics.0.formula', metric('1'.repeat(257))],
    ['custom_metrics.0.formula', metric('')],
    ['custom_metrics', { custom_metrics: ['a', 'A'].map((name) => ({ name, formula: '1' })) }],
    ['queue_id', { queue_id: '../x' }],
  ])('is rejected at %s: %j', (path, body) => {
    expect(faultsOf(body).map((fault) => fault.split(':')[0])).toContain(path);
  });
});

test('a save replaces the document and keeps its first time', () => {
  const first = saveQueueMonitor(undefined, NewQueueMonitor.parse(examples.setQueueMonitor), now);
  expect(first).toMatchObject({ queue_id: null, version: 1, created_at: now });
  const second = saveQueueMonitor(first, NewQueueMonitor.parse({}), later);
  expect(second).toMatchObject({ version: 2, created_at: now, updated_at: later, custom_metrics: [] });
  expect(presentQueueMonitor(second, 1001)).not.toHaveProperty('version');
});

test('a formula that never has a value is warned of', () => {
  const body = NewQueueMonitor.parse({
    custom_metrics: ['1 / 0', '1 / queue_length'].map((formula) => ({ name: formula, formula })),
  });
  expect(formulaWarnings(saveQueueMonitor(undefined, body, now))).toEqual([
    'custom_metrics[0].formula: never has a value; it has no metric and divides by zero',
  ]);
});

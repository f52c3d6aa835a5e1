import { afterEach, expect, test, vi } from 'vitest';
import { minute } from '#schema/time.ts';
import type { CloudResource } from '../templates/resource.ts';
import { rareTargets, startSchedules } from './schedules.ts';

afterEach(() => void vi.useRealTimers());

const rule = (ScheduleExpression: string, more: object = {}): CloudResource => ({
  stack: 'test',
  logicalId: 'Rule',
  type: 'AWS::Events::Rule',
  name: 'rule',
  arn: 'arn:aws:events:us-east-1:000000000000:rule/rule',
  properties: { ScheduleExpression, Targets: [{ Arn: 'sweeper' }], ...more },
});

/** Records the targets that it was asked to run. */
function recorder() {
  const events: unknown[] = [];
  const invoke = async (target: string, event: string) => {
    events.push({ target, event: JSON.parse(event) });
    return { payload: 'null', failed: false };
  };
  return { events, lambdas: { check: () => undefined, invoke, close: async () => undefined } };
}

test('a function is invoked at the rate of its rule until the end', () => {
  vi.useFakeTimers();
  const { events, lambdas } = recorder();
  const schedules = startSchedules([rule('rate(5 minutes)'), rule('rate(1 hour)', { State: 'DISABLED' })], lambdas);
  vi.advanceTimersByTime(11 * 60_000);
  schedules.close();
  vi.advanceTimersByTime(60 * 60_000);
  expect(events).toHaveLength(2);
  expect(events[0]).toMatchObject({
    target: 'sweeper',
    event: { source: 'aws.events', 'detail-type': 'Scheduled Event' },
  });
});

test('the functions of enabled rules with a longer period are rare ones', () => {
  const clocks = [
    rule('rate(1 minute)'),
    rule('rate(1 hour)', { Targets: [{ Arn: 'retention' }] }),
    rule('rate(1 hour)', { State: 'DISABLED', Targets: [{ Arn: 'folder' }] }),
  ];
  expect(rareTargets(clocks, minute)).toEqual(new Set(['retention']));
});

test('functions of the same rate do not start at the same time', () => {
  vi.useFakeTimers();
  const { events, lambdas } = recorder();
  const schedules = startSchedules(
    [rule('rate(1 minute)'), rule('rate(1 minute)', { Targets: [{ Arn: 'folder' }] })],
    lambdas,
  );
  vi.advanceTimersByTime(60_000);
  expect(events).toMatchObject([{ target: 'sweeper' }]);
  vi.advanceTimersByTime(65_000);
  schedules.close();
  expect(events.map((event) => (event as { target: string }).target)).toEqual([
    'sweeper',
    'folder',
    'sweeper',
    'folder',
  ]);
});

test('a target may have an event of its own', () => {
  vi.useFakeTimers();
  const { events, lambdas } = recorder();
  const schedules = startSchedules(
    [rule('rate(1 minute)', { Targets: [{ Arn: 'sweeper', Input: '{"task":"sweep"}' }] })],
    lambdas,
  );
  vi.advanceTimersByTime(60_000);
  schedules.close();
  expect(events).toEqual([{ target: 'sweeper', event: { task: 'sweep' } }]);
});

test.each(['cron(0 12 * * ? *)', 'rate(0.5 minutes)', ''])(
  'a rule that is not a rate (%s) is rejected',
  (expression) => {
    expect(() => startSchedules([rule(expression)], recorder().lambdas)).toThrow(
      'The rule rule is not of the form rate(…)',
    );
  },
);

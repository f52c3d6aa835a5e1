import { expect, test } from 'vitest';
import { countFaults, deltaOf, metricsLine } from './metrics.ts';

const values = {
  Tasks: 1,
  Bindings: 7,
  Connections: 3,
  Transactions: 2,
  Gateways: 4,
  Trunks: 1,
  DroppedPackets: 0,
  Faults: 0,
  Delay: 11,
};

test('a line has the embedded metric format of CloudWatch', () => {
  const line = JSON.parse(metricsLine('trunkline-test-sip-sidecar', values, 1_763_600_000_000)) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string; Unit: string }[] }[] };
  };
  expect(line).toMatchObject({
    ...values,
    _aws: {
      Timestamp: 1_763_600_000_000,
      CloudWatchMetrics: [{ Namespace: 'trunkline-test-sip-sidecar', Dimensions: [[]] }],
    },
  });
  const metrics = line._aws.CloudWatchMetrics[0]?.Metrics ?? [];
  expect(metrics.map(({ Name }) => Name).toSorted()).toEqual(Object.keys(values).toSorted());
  expect(metrics).toContainEqual({ Name: 'Delay', Unit: 'Milliseconds' });
});

test('a counter is reported as its increase since the last report', () => {
  const counter = { now: 5 };
  const increase = deltaOf(() => counter.now);
  expect(increase()).toBe(5);
  counter.now = 12;
  expect([increase(), increase()]).toEqual([7, 0]);
});

test('faults are counted and still logged', () => {
  const logged: unknown[] = [];
  const { log, faults } = countFaults({
    request: () => undefined,
    note: () => undefined,
    fault: (...entry) => void logged.push(entry),
  });
  log.fault(new Error('x'), 'id');
  expect([faults(), logged]).toEqual([1, [[new Error('x'), 'id']]]);
});

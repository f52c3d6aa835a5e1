import { expect, test } from 'vitest';
import { deltaOf, metricsLine } from './metrics.ts';

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

test('a line says its metrics as CloudWatch reads them out of a log', () => {
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

test('of what is counted on and on, a line tells the growth', () => {
  const counter = { now: 5 };
  const grown = deltaOf(() => counter.now);
  expect(grown()).toBe(5);
  counter.now = 12;
  expect([grown(), grown()]).toEqual([7, 0]);
});

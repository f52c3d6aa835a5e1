import { expect, test } from 'vitest';
import { faultMetric } from './fault-metric.ts';

const metricOf = (version: string): object =>
  faultMetric({ AWS_LAMBDA_FUNCTION_NAME: 'trunkline-test-toys', AWS_LAMBDA_FUNCTION_VERSION: version }, 5);

test('an unexpected failure is a metric of the function and its version', () => {
  expect(metricOf('7')).toEqual({
    _aws: {
      Timestamp: 5,
      CloudWatchMetrics: [
        {
          Namespace: 'trunkline',
          Dimensions: [['FunctionName', 'FunctionVersion']],
          Metrics: [{ Name: 'ServerErrors', Unit: 'Count' }],
        },
      ],
    },
    FunctionName: 'trunkline-test-toys',
    FunctionVersion: '7',
    ServerErrors: 1,
  });
});

test('code without a version has no metric, which would be paid for', () => {
  expect(metricOf('$LATEST')).toEqual({});
});

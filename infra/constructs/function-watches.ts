import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import type { FunctionContract } from '../../shared/contract/resource.ts';
import { liveAlias, type Names } from '../names.ts';
import { p99, period, type Watch } from './watch.ts';

/** Milliseconds at p99: what a person waits for, and what a ringing telephone does. */
const timeout = 3_000;
const provisionedTimeout = 500;

/** Errors within a period. A background function is called again by itself, so that a single failure repairs itself. */
const requestErrors = 1;
const backgroundErrors = 3;

/** Milliseconds by which a feed may lag. */
const feedLag = Duration.minutes(10).toMilliseconds();

/** Rounds that a clock may miss. */
const missedRounds = 15;

/** @param of whose; absent: of all functions of account and region together */
export const lambdaMetric = (
  metricName: string,
  statistic: string,
  of?: string,
  resource?: string,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName,
    statistic,
    period,
    ...(of === undefined
      ? {}
      : { dimensionsMap: { FunctionName: of, ...(resource === undefined ? {} : { Resource: resource }) } }),
  });

/**
 * The alarms of one function. Each has its own rather than one for the sum of an area: CloudWatch bills
 * by the metrics that alarms watch, so a sum of ten costs what ten alarms cost, and names none of them.
 */
export function functionWatches(names: Names, contract: FunctionContract): Watch[] {
  const { name } = contract;
  const functionName = names.function(name);
  const errors = lambdaMetric('Errors', cloudwatch.Stats.SUM, functionName);
  const isRequested = contract.kind === 'resource';
  return [
    {
      name: `${name}-errors`,
      runbook: 'Function errors',
      metric: errors,
      threshold: isRequested ? requestErrors : backgroundErrors,
    },
    ...kindWatches(contract, functionName),
  ];
}

function kindWatches(contract: FunctionContract, functionName: string): Watch[] {
  const { name } = contract;
  switch (contract.kind) {
    case 'resource': {
      const provisioned = contract.provisioned === true;
      const latency: Watch = {
        name: `${name}-latency`,
        runbook: 'Slow function',
        periods: 3,
        metric: lambdaMetric('Duration', p99, functionName),
        threshold: provisioned ? provisionedTimeout : timeout,
      };
      const spilled = lambdaMetric(
        'ProvisionedConcurrencySpilloverInvocations',
        cloudwatch.Stats.SUM,
        functionName,
        `${functionName}:${liveAlias}`,
      );
      return provisioned
        ? [latency, { name: `${name}-spill-over`, runbook: 'Spilled-over evaluations', metric: spilled, threshold: 1 }]
        : [latency];
    }
    case 'feed':
      return [
        {
          name: `${name}-lag`,
          runbook: 'Late change feed',
          metric: lambdaMetric('IteratorAge', cloudwatch.Stats.MAXIMUM, functionName),
          threshold: feedLag,
        },
      ];
    case 'scheduled': {
      const rounds = lambdaMetric('Invocations', cloudwatch.Stats.SUM, functionName).with({
        period: Duration.minutes(contract.everyMinutes * missedRounds),
      });
      return [{ name: `${name}-silence`, runbook: 'Missed schedule', metric: rounds, threshold: 1, absence: true }];
    }
    case 'consumer':
      // Whether it keeps up is seen at its queue.
      return [];
  }
}

/** No function has a concurrency of its own, so that one is throttled when all are: the account's sum tells it. */
export const throttleWatch: Watch = {
  name: 'throttles',
  runbook: 'Throttles',
  metric: lambdaMetric('Throttles', cloudwatch.Stats.SUM),
  threshold: 1,
};

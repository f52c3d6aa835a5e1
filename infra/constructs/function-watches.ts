import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import type { FunctionContract, Resource } from '#contract/resource.ts';
import { versionMetrics } from '#contract/version-metrics.ts';
import { liveAlias, type Names } from '../names.ts';
import { p99, period, type Watch } from './watch.ts';

/** Milliseconds at p99: for a person who waits, and for a telephone that rings. */
const maxLatency = { default: 3_000, provisioned: 500 };

/** Errors within a period. A background function is invoked again by itself, so a single failure repairs itself. */
const requestErrors = 1;
const backgroundErrors = 3;

/** Milliseconds by which a feed may be behind its stream. */
const feedLag = Duration.minutes(10).toMilliseconds();

/** Periods that a schedule may miss. */
const missedPeriods = 15;

/** @param of a function's name; absent: all functions of account and region together */
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
 * Failures of one version of a function, of any kind: requests that it answered with 5xx unexpectedly, and those that
 * ended in a crash or a timeout. Lambda counts the latter by version while an alias has two of them (Lambda Developer
 * Guide, "Types of metrics for Lambda functions", `ExecutedVersion`). A release fails with the first.
 */
export function versionWatch(functionName: string, name: string, version: string): Watch {
  const { namespace, serverErrors, dimensions } = versionMetrics;
  return {
    name: `${name}-version-${version}`,
    runbook: 'Failed release',
    metric: new cloudwatch.MathExpression({
      expression: 'SUM([FILL(answered, 0), FILL(crashed, 0)])',
      usingMetrics: {
        answered: new cloudwatch.Metric({
          namespace,
          metricName: serverErrors,
          statistic: cloudwatch.Stats.SUM,
          dimensionsMap: { [dimensions.functionName]: functionName, [dimensions.version]: version },
        }),
        crashed: lambdaMetric('Errors', cloudwatch.Stats.SUM).with({
          dimensionsMap: {
            FunctionName: functionName,
            Resource: `${functionName}:${liveAlias}`,
            ExecutedVersion: version,
          },
        }),
      },
      period,
      label: 'Failed requests of the version',
    }),
    threshold: requestErrors,
  };
}

/** The alarm about the errors of one function. */
const errorWatchOf = (names: Names, name: string): Watch => ({
  name: `${name}-errors`,
  runbook: 'Function errors',
  metric: lambdaMetric('Errors', cloudwatch.Stats.SUM, names.function(name)),
  threshold: requestErrors,
});

/**
 * The alarms of one function. Each function has its own, as CloudWatch bills by the metrics that alarms watch: an alarm
 * on the sum of ten functions costs as much as ten alarms, and names none of them.
 */
export function functionWatches(names: Names, contract: FunctionContract): Watch[] {
  const { name } = contract;
  const errors = errorWatchOf(names, name);
  return [
    contract.kind === 'resource' ? errors : { ...errors, threshold: backgroundErrors },
    ...kindWatches(contract, names.function(name)),
  ];
}

function kindWatches(contract: FunctionContract, functionName: string): Watch[] {
  const { name } = contract;
  switch (contract.kind) {
    case 'resource':
      return resourceWatches(contract, functionName);
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
      const invocations = lambdaMetric('Invocations', cloudwatch.Stats.SUM, functionName).with({
        period: Duration.minutes(contract.everyMinutes * missedPeriods),
      });
      return [
        { name: `${name}-silence`, runbook: 'Missed schedule', metric: invocations, threshold: 1, absence: true },
      ];
    }
    case 'consumer':
      // The age of its queue's messages shows whether it keeps up.
      return [];
    case 'answering':
      // Those that ask it are slow if it is.
      return [];
  }
}

function resourceWatches({ name, provisioned }: Resource, functionName: string): Watch[] {
  const isProvisioned = provisioned === true;
  const latency: Watch = {
    name: `${name}-latency`,
    runbook: 'Slow function',
    periods: 3,
    metric: lambdaMetric('Duration', p99, functionName),
    threshold: isProvisioned ? maxLatency.provisioned : maxLatency.default,
  };
  const spillOver = lambdaMetric(
    'ProvisionedConcurrencySpilloverInvocations',
    cloudwatch.Stats.SUM,
    functionName,
    `${functionName}:${liveAlias}`,
  );
  return isProvisioned
    ? [latency, { name: `${name}-spill-over`, runbook: 'Spilled-over evaluations', metric: spillOver, threshold: 1 }]
    : [latency];
}

/** All functions but that of log-in share the account's concurrency, so the account's sum shows it. */
export const throttleWatch: Watch = {
  name: 'throttles',
  runbook: 'Throttles',
  metric: lambdaMetric('Throttles', cloudwatch.Stats.SUM),
  threshold: 1,
  essential: true,
};

/** In place of the alarms of each function: the sum of all functions of account and region. */
export const errorWatch: Watch = {
  name: 'errors',
  runbook: 'Function errors',
  metric: lambdaMetric('Errors', cloudwatch.Stats.SUM),
  threshold: backgroundErrors,
  essential: true,
};

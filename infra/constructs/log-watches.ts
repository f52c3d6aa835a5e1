import { aws_cloudwatch as cloudwatch, aws_logs as logs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalidResponseMessage } from '../../shared/contract/log-messages.ts';
import type { Resource } from '../../shared/contract/resource.ts';
import type { Names } from '../names.ts';
import { period, type Watch } from './watch.ts';

/**
 * Number of 5xx within a period that raises the alarm: clients repeat single ones, and crashes have alarms of their
 * own.
 */
const serverErrors = 5;

type LogMetric = { readonly names: Names; readonly metricName: string };

const namespaceOf = (names: Names): string => names.function('logs');

const metricOf = ({ names, metricName }: LogMetric): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace: namespaceOf(names), metricName, statistic: cloudwatch.Stats.SUM, period });

type Counting = LogMetric & { readonly logGroup: string; readonly pattern: logs.IFilterPattern };

/**
 * Counts the lines of a log group that match the pattern. Filters of several groups may count into one metric, which is
 * billed once.
 */
function count(scope: Construct, id: string, { names, metricName, logGroup, pattern }: Counting): void {
  new logs.MetricFilter(scope, id, {
    // The library's own types disagree under exactOptionalPropertyTypes.
    logGroup: logs.LogGroup.fromLogGroupName(scope, `${id}-logs`, logGroup),
    metricNamespace: namespaceOf(names),
    metricName,
    metricValue: '1',
    filterPattern: pattern,
  });
}

/** Answers that violate their contract, of all functions that answer requests. */
export function invalidResponses(scope: Construct, names: Names, resources: readonly Resource[]): Watch {
  const metric = { names, metricName: 'InvalidResponses' };
  const pattern = logs.FilterPattern.stringValue('$.message', '=', invalidResponseMessage);
  for (const { name } of resources) count(scope, `${name}-invalid`, { ...metric, logGroup: names.logs(name), pattern });
  return { name: 'invalid-responses', runbook: 'Invalid responses', metric: metricOf(metric), threshold: 1 };
}

/** 5xx as clients get them, including those of API Gateway itself. */
export function apiErrors(scope: Construct, names: Names): Watch {
  const metric = { names, metricName: 'ServerErrors' };
  count(scope, 'server-errors', {
    ...metric,
    logGroup: names.accessLog,
    pattern: logs.FilterPattern.stringValue('$.status', '=', '5*'),
  });
  return { name: 'api-errors', runbook: 'API errors', metric: metricOf(metric), threshold: serverErrors };
}

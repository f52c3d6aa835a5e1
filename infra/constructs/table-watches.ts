import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import type { Names } from '../names.ts';
import { period, type Watch } from './watch.ts';

/** Throttled requests within a period that raise the alarm: clients of the table repeat single ones. */
const throttles = 10;

/** Throttled requests of the table or of one of its indexes; a throttled index throttles writes to the table. */
const throttlesOf = (tableName: string, metricName: string, index?: string): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    statistic: cloudwatch.Stats.SUM,
    period,
    dimensionsMap: { TableName: tableName, ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }) },
  });

/** The alarm of the table. */
export function tableWatch(names: Names): Watch {
  const usingMetrics = Object.fromEntries(
    [undefined, 'GSI1', 'GSI2'].flatMap((index, at) => [
      [`r${at}`, throttlesOf(names.table, 'ReadThrottleEvents', index)],
      [`w${at}`, throttlesOf(names.table, 'WriteThrottleEvents', index)],
    ]),
  );
  return {
    name: 'table-throttles',
    runbook: 'Throttled table',
    metric: new cloudwatch.MathExpression({
      expression: `SUM([${Object.keys(usingMetrics)
        .map((id) => `FILL(${id}, 0)`)
        .join(', ')}])`,
      usingMetrics,
      period,
      label: 'Throttled requests of the table',
    }),
    threshold: throttles,
  };
}

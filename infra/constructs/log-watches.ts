import { aws_cloudwatch as cloudwatch, aws_logs as logs, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  cdrsFiledMessage,
  invalidResponseMessage,
  smsHandedOverAgain,
  timersPassedOver,
} from '#contract/log-messages.ts';
import { effectsOf, type FunctionContract, type Resource } from '#contract/resource.ts';
import type { Names } from '../names.ts';
import { period, type Watch } from './watch.ts';

/**
 * Number of 5xx within a period that raises the alarm: clients repeat single ones, and crashes have alarms of their
 * own.
 */
const serverErrors = 5;

/** Share of CDRs without a price, in percent, that raises the alarm, from that number of CDRs in an hour on. */
const unratedShare = 5;
const fewestCdrs = 100;

type LogMetric = { readonly names: Names; readonly metricName: string };

const namespaceOf = (names: Names): string => names.function('logs');

const metricOf = ({ names, metricName }: LogMetric): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace: namespaceOf(names), metricName, statistic: cloudwatch.Stats.SUM, period });

/** `value`: the field of the line that is summed; without it, lines are counted. */
type Counting = LogMetric & {
  readonly logGroup: string;
  readonly pattern: logs.IFilterPattern;
  readonly value?: string;
};

/**
 * Counts the lines of a log group that match the pattern, or sums a field of them. Filters of several groups may
 * count into one metric, which is billed once.
 */
function count(scope: Construct, id: string, { names, metricName, logGroup, pattern, value = '1' }: Counting): void {
  new logs.MetricFilter(scope, id, {
    // The library's own types disagree under exactOptionalPropertyTypes.
    logGroup: logs.LogGroup.fromLogGroupName(scope, `${id}-logs`, logGroup),
    metricNamespace: namespaceOf(names),
    metricName,
    metricValue: value,
    filterPattern: pattern,
  });
}

const invalidResponsesMetric = (names: Names): LogMetric => ({ names, metricName: 'InvalidResponses' });

/** Counts the answers of a function that violate their contract. */
export function countInvalidResponses(scope: Construct, names: Names, { name }: Pick<Resource, 'name'>): void {
  const pattern = logs.FilterPattern.stringValue('$.message', '=', invalidResponseMessage);
  count(scope, 'Invalid', { ...invalidResponsesMetric(names), logGroup: names.logs(name), pattern });
}

/** Names of the alarms about answers, of all functions together. */
const answerAlarm = { invalid: 'invalid-responses', serverErrors: 'api-errors' } as const;
export const answerAlarms: readonly string[] = Object.values(answerAlarm);

/** Answers that violate their contract, of all functions that answer requests. */
export const invalidResponses = (names: Names): Watch => ({
  name: answerAlarm.invalid,
  runbook: 'Invalid responses',
  metric: metricOf(invalidResponsesMetric(names)),
  threshold: 1,
  essential: true,
});

/** 5xx as clients get them, including those of API Gateway itself. */
export function apiErrors(scope: Construct, names: Names): Watch {
  const metric = { names, metricName: 'ServerErrors' };
  count(scope, 'server-errors', {
    ...metric,
    logGroup: names.accessLog,
    pattern: logs.FilterPattern.stringValue('$.status', '=', '5*'),
  });
  return {
    name: answerAlarm.serverErrors,
    runbook: 'API errors',
    metric: metricOf(metric),
    threshold: serverErrors,
    essential: true,
  };
}

/**
 * The share of CDRs that have no price, of all that need one, in each hour. Free calls need none. Wholesale ratings do
 * not count, so only the function that files CDRs does. The same lines count set-ups of calls.
 */
export function unratedCdrs(scope: Construct, names: Names, contracts: readonly FunctionContract[]): Watch {
  const pattern = logs.FilterPattern.stringValue('$.message', '=', cdrsFiledMessage);
  const reporters = contracts.filter((contract) =>
    effectsOf(contract).some((effect) => effect.kind === 'records' && effect.event === 'cdr.rated'),
  );
  for (const { name } of reporters) {
    const filed = { names, logGroup: names.logs(name), pattern };
    count(scope, `${name}-rated`, { ...filed, metricName: 'CdrsRated', value: '$.rated' });
    count(scope, `${name}-unrated`, { ...filed, metricName: 'CdrsUnrated', value: '$.unrated' });
    count(scope, `${name}-set-ups`, { ...filed, metricName: setUpNames.all, value: '$.set_ups' });
    count(scope, `${name}-failures`, { ...filed, metricName: setUpNames.failed, value: '$.set_up_failures' });
  }
  const share = new cloudwatch.MathExpression({
    // Of a few CDRs, a single one would be a large share.
    expression: `IF(rated + unrated >= ${fewestCdrs}, 100 * unrated / (rated + unrated), 0)`,
    usingMetrics: {
      rated: metricOf({ names, metricName: 'CdrsRated' }),
      unrated: metricOf({ names, metricName: 'CdrsUnrated' }),
    },
    label: 'CDRs without a price, %',
    period: Duration.hours(1),
  });
  return { name: 'unrated-cdrs', runbook: 'Unrated CDRs', metric: share, threshold: unratedShare };
}

/** Calls that a network or the platform failed to set up, and all calls. */
const setUpNames = { failed: 'SetUpFailures', all: 'SetUps' } as const;

export const setUpMetrics = (names: Names) => ({
  failed: metricOf({ names, metricName: setUpNames.failed }),
  all: metricOf({ names, metricName: setUpNames.all }),
});

/** Timers that the sweeper has passed over: what they begin, as the closing of a period, is late. */
export function lateTimers(scope: Construct, names: Names, contracts: readonly FunctionContract[]): Watch {
  const metric = { names, metricName: 'TimersPassedOver' };
  const pattern = logs.FilterPattern.stringValue('$.message', '=', timersPassedOver);
  const sweepers = contracts.filter((contract) => 'dispatches' in contract && contract.dispatches === 'due');
  for (const { name } of sweepers)
    count(scope, `${name}-late`, { ...metric, logGroup: names.logs(name), pattern, value: '$.pointers' });
  return { name: 'late-timers', runbook: 'Late timers', metric: metricOf(metric), threshold: 1, essential: true };
}

/** SMS that the carrier may have got twice, as a metric without an alarm: a person can do nothing about one. */
export function countSmsHandedOverAgain(scope: Construct, names: Names, contracts: readonly FunctionContract[]): void {
  const pattern = logs.FilterPattern.stringValue('$.message', '=', smsHandedOverAgain);
  for (const contract of contracts) {
    if (!effectsOf(contract).some(({ kind }) => kind === 'texts')) continue;
    const { name } = contract;
    count(scope, `${name}-again`, { names, metricName: 'SmsHandedOverAgain', logGroup: names.logs(name), pattern });
  }
}

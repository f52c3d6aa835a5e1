import { aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';

/** Alarms look at the world in steps of five minutes, which CloudWatch keeps for 63 days. */
export const period = Duration.minutes(5);

/** What each kind of alarm means, as its e-mail says it; the README's runbook has a section under each name. */
export const runbook = {
  'Function errors': 'The function crashed, ran out of memory or out of time: what it was asked for was not done.',
  'Slow function': 'One request in a hundred takes longer than clients of this endpoint should wait.',
  Throttles: 'The account runs as many functions at once as it may: Lambda refuses further requests.',
  'Spilled-over evaluations': 'Calls were decided by environments that had to start first: too few are kept warm.',
  'API errors': 'Clients were answered 5xx several times.',
  'Invalid responses': 'An answer did not fit its own contract, and the client got a 500 in its place.',
  'Late messages':
    'A message waits longer than one that is tried until it is given up: the consumer does not keep up, or stands still.',
  'Dead letters': 'A message was given up after all tries, or could not be read.',
  'Dead letters about to be lost': 'The oldest dead letter is deleted within three days.',
  'Late feed': "The feed reads the table's stream too slowly; the sweeper finds what it misses, but late.",
  'Silent clock': 'A function that runs by the clock has not run.',
  'Missing sidecar': 'Fewer tasks of the SIP sidecar live than should.',
  'Sidecar faults': 'The SIP sidecar met errors that nobody expected.',
  'Busy sidecar': 'A task of the SIP sidecar does everything late: phones repeat what they sent.',
} as const;

export type RunbookName = keyof typeof runbook;

/** One alarm: what is watched, and from when on a person is told. */
export type Watch = {
  /** Of a stage one only; ends up in the alarm's name. */
  readonly name: string;
  readonly runbook: RunbookName;
  readonly metric: cloudwatch.IMetric;
  /** Told at this value and above. */
  readonly threshold: number;
  /** Told below the threshold, and when there is no value at all: for what has to happen. */
  readonly absence?: true;
  /** How many periods in a row; 1 unless said. */
  readonly periods?: number;
};

/** Makes the alarm, which tells the topic when it begins and when it ends. */
export function raise(scope: Construct, names: Names, topic: ITopic, watch: Watch): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, watch.name, {
    alarmName: names.function(watch.name),
    alarmDescription: `${runbook[watch.runbook]} See "${watch.runbook}" in the README's runbook.`,
    metric: watch.metric,
    threshold: watch.threshold,
    evaluationPeriods: watch.periods ?? 1,
    comparisonOperator:
      watch.absence === true
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData:
      watch.absence === true ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
    // A p99 of few requests is the slowest of them, often one that met a cold start.
    ...(watch.metric.toMetricConfig().metricStat?.statistic === p99
      ? { evaluateLowSampleCountPercentile: 'ignore' }
      : {}),
  });
  const tell = new actions.SnsAction(topic);
  alarm.addAlarmAction(tell);
  alarm.addOkAction(tell);
  return alarm;
}

/** As CloudWatch writes it. */
export const p99 = cloudwatch.Stats.p(99);

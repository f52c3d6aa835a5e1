import { aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';

/** Alarms evaluate periods of five minutes, which CloudWatch keeps for 63 days. */
export const period = Duration.minutes(5);

/** What each kind of alarm means, as its e-mail says. `infra/RUNBOOK.md` has a section under each name. */
export const runbook = {
  'Function errors': 'The function crashed, ran out of memory or exceeded its timeout.',
  'Failed release':
    'A request to the new version of a function failed unexpectedly, and the release of the function was taken back.',
  'Slow function': 'One request in a hundred takes longer than clients of this function should wait.',
  Throttles: 'The account or log-in runs as many functions at once as it may: Lambda rejects further invocations.',
  'Throttled table': 'DynamoDB rejected requests to the table or an index.',
  'Spilled-over evaluations': 'Calls were decided by environments that had to start first: too few are kept warm.',
  'API errors': 'Clients got several answers with 5xx.',
  'Invalid responses': 'An answer did not match its contract, and the client got a 500 in its place.',
  'Unrated CDRs': 'Of the calls of an hour that need a price, many were filed without one, and are not charged.',
  'Late messages':
    'A message has waited longer than the time in which all attempts end: the consumer is too slow or does not run.',
  'Dead letters': 'A message failed at every attempt, or cannot be parsed.',
  'Dead letters about to be lost': 'SQS deletes the oldest dead letter within three days.',
  'Late change feed': "The feed reads the table's stream too slowly. The sweeper finds what it misses, but later.",
  'Missed schedule': 'A scheduled function has not run.',
  'Late timers': 'Work was due before a time that the sweeper had passed already, such as the closing of a period.',
  'Missing sidecar tasks': 'Fewer tasks of the SIP sidecar run than should.',
  'Missing media relays': 'Fewer media relays run than should: calls between browsers and phones may have no media.',
  'Full media relays': 'The media relays have more calls than they should, and no more of them are started.',
  'Sidecar faults': 'The SIP sidecar met unexpected errors.',
  'Unhealthy tasks': 'A load balancer of SIP sends nothing to a task that fails its health check.',
  'Failing balancer': 'A load balancer of SIP has no ports left, or resets connections.',
  'Failed backup': 'A daily backup of the table or of a bucket failed.',
  'Expiring certificate': 'The certificate of the domain ends soon, and was not renewed.',
  'E-mail reputation': 'Receivers reject or report so much e-mail that SES may stop sending.',
  'Spent error budget': 'An objective of the service is missed so fast that the failures of a month are soon used up.',
  'Overloaded sidecar': 'Timers of a SIP sidecar task are late: phones repeat their requests.',
} as const;

export type RunbookName = keyof typeof runbook;

/** One alarm: the metric that it watches, and the value that raises it. */
export type Watch = {
  /** Unique in a stage; part of the alarm's name. */
  readonly name: string;
  readonly runbook: RunbookName;
  readonly metric: cloudwatch.IMetric;
  /** The alarm is raised at this value and above. */
  readonly threshold: number;
  /** The alarm is raised below the threshold instead, and if there is no value: for what must happen. */
  readonly absence?: true;
  /** It is about lost data or failing requests, and is raised where there are few alarms, too. */
  readonly essential?: true;
  /** The alarm is raised below the threshold instead, and not if there is no value. */
  readonly below?: true;
  /** Number of consecutive periods; 1 by default. */
  readonly periods?: number;
  /** Number of these periods that must reach the threshold; all by default. */
  readonly datapoints?: number;
};

type Raised = {
  readonly names: Names;
  /** That the alarm publishes to, when it begins and when it ends. */
  readonly topic?: ITopic;
  /** Of the construct; the name of the watch by default. */
  readonly id?: string;
};

/** Creates the alarm. */
export function raise(scope: Construct, watch: Watch, { names, topic, id = watch.name }: Raised): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmName: names.function(watch.name),
    alarmDescription: `${runbook[watch.runbook]} See "${watch.runbook}" in infra/RUNBOOK.md.`,
    metric: watch.metric,
    threshold: watch.threshold,
    evaluationPeriods: watch.periods ?? 1,
    ...(watch.datapoints === undefined ? {} : { datapointsToAlarm: watch.datapoints }),
    comparisonOperator:
      watch.absence === true || watch.below === true
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData:
      watch.absence === true ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
    // The p99 of few requests is the slowest of them, often a cold start.
    ...(watch.metric.toMetricConfig().metricStat?.statistic === p99
      ? { evaluateLowSampleCountPercentile: 'ignore' }
      : {}),
  });
  if (topic === undefined) return alarm;
  const publish = new actions.SnsAction(topic);
  alarm.addAlarmAction(publish);
  alarm.addOkAction(publish);
  return alarm;
}

/** In CloudWatch's notation. */
export const p99 = cloudwatch.Stats.p(99);

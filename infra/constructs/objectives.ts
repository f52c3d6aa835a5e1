import { aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import { setUpMetrics } from './log-watches.ts';
import { ageOf } from './queue-watches.ts';
import { raise, runbook, type Watch } from './watch.ts';

/**
 * Service level objectives, each for 30 days, and their alarms on burn rates: the speed at which the failures that an
 * objective permits are used up. At 14.4, an hour uses 2 % of those of 30 days; at 6, six hours use 5 %. An alarm is
 * raised when a long window and a short one exceed the rate, so that it ends soon after the failures end (Google, "The
 * Site Reliability Workbook", chapter 5).
 */
const burns = [
  { rate: 14.4, long: Duration.hours(1), short: Duration.minutes(5) },
  { rate: 6, long: Duration.hours(6), short: Duration.minutes(30) },
] as const;

/** Requests answered within this time are fast enough, in milliseconds. */
const latency = 1_000;
/** CDRs are filed within this time, in seconds. */
const cdrDelay = 60;
/** Events of an hour below which a share says nothing: a single failure of ten would raise the alarm. */
const fewestEvents = 100;

/** Names of the objectives, and of their alarms. */
export const objectiveNames = ['api-availability', 'api-speed', 'call-set-up', 'cdr-delay'] as const;

type Objective = {
  readonly name: (typeof objectiveNames)[number];
  /** Percent of good events, or of good minutes. */
  readonly target: number;
  /** What is raised when more than a percentage of the window is bad. */
  readonly watch: (window: Duration, percent: number) => Pick<Watch, 'metric' | 'threshold' | 'periods' | 'datapoints'>;
};

/** A percentage of the events of a window; 0 if there are few. */
const shareOf = (
  percent: string,
  usingMetrics: Readonly<Record<string, cloudwatch.IMetric>>,
  window: Duration,
): cloudwatch.IMetric => {
  const fewest = Math.ceil(fewestEvents * Math.min(1, window.toMinutes() / 60));
  return new cloudwatch.MathExpression({
    expression: `IF(all >= ${fewest}, ${percent}, 0)`,
    usingMetrics: { ...usingMetrics },
    period: window,
    label: 'Failures, %',
  });
};

/** Bad minutes: those in which a metric has the threshold or more. */
const minutesAbove =
  (metric: (period: Duration) => cloudwatch.IMetric, threshold: number): Objective['watch'] =>
  (window, percent) => {
    // An alarm looks at a day at most, and has few enough datapoints.
    const period = Duration.minutes(window.toMinutes() > 60 ? 5 : 1);
    const periods = window.toMinutes() / period.toMinutes();
    return { metric: metric(period), threshold, periods, datapoints: Math.ceil((periods * percent) / 100) };
  };

const objectivesOf = (names: Names, apiId: string): Objective[] => {
  const api = (metricName: string, statistic: string, period: Duration): cloudwatch.IMetric =>
    new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      statistic,
      period,
      dimensionsMap: { ApiId: apiId },
    });
  const { SUM, SAMPLE_COUNT } = cloudwatch.Stats;
  return [
    {
      name: 'api-availability',
      target: 99.9,
      watch: (window, threshold) => ({
        metric: shareOf('100 * bad / all', { bad: api('5xx', SUM, window), all: api('Count', SUM, window) }, window),
        threshold,
      }),
    },
    {
      name: 'api-speed',
      target: 99,
      watch: (window, threshold) => ({
        metric: shareOf(
          '100 - fast',
          {
            fast: api('Latency', cloudwatch.Stats.pr(0, latency), window),
            all: api('Latency', SAMPLE_COUNT, window),
          },
          window,
        ),
        threshold,
      }),
    },
    {
      name: 'call-set-up',
      target: 99,
      watch: (window, threshold) => {
        const { failed, all } = setUpMetrics(names);
        return {
          metric: shareOf(
            '100 * failed / all',
            { failed: failed.with({ period: window }), all: all.with({ period: window }) },
            window,
          ),
          threshold,
        };
      },
    },
    {
      name: 'cdr-delay',
      target: 99,
      watch: minutesAbove((period) => ageOf(names.queue('cdr-ingest')).with({ period }), cdrDelay),
    },
  ];
};

type Stage = { readonly names: Names; readonly topic: ITopic; readonly apiId: string };

/** Creates the alarms of all objectives. Only one for each objective publishes. */
export function raiseObjectives(scope: Construct, { names, topic, apiId }: Stage): void {
  for (const { name, target, watch } of objectivesOf(names, apiId)) {
    const pairs = burns.map(({ rate, long, short }) =>
      [long, short].map((window) =>
        raise(
          scope,
          {
            name: `${name}-${window.toMinutes()}m`,
            runbook: 'Spent error budget',
            ...watch(window, rate * (100 - target)),
          },
          { names },
        ),
      ),
    );
    const burning = (pair: readonly cloudwatch.IAlarm[]): cloudwatch.IAlarmRule =>
      cloudwatch.AlarmRule.allOf(
        ...pair.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      );
    const composite = new cloudwatch.CompositeAlarm(scope, name, {
      compositeAlarmName: names.function(name),
      alarmDescription: `${runbook['Spent error budget']} See "Spent error budget" in infra/RUNBOOK.md.`,
      alarmRule: cloudwatch.AlarmRule.anyOf(...pairs.map(burning)),
    });
    const publish = new actions.SnsAction(topic);
    composite.addAlarmAction(publish);
    composite.addOkAction(publish);
  }
}

import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import type { Service } from '#contract/resource.ts';
import { metricsInterval, type SidecarMetric } from '#contract/sidecar-metrics.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { relaysOf, targetSessions } from './media-relay-service.ts';
import { period, type Watch } from './watch.ts';

/** Number of faults within a period that raises the alarm: phones, pings and registrations repeat single ones. */
const faults = 3;
/**
 * Milliseconds by which one timer in a hundred is late: phones repeat after 500 ms (RFC 3261 §17.1.1.1, T1).
 */
const delay = 250;

/** A metric that the tasks of a service report. */
export const sidecarMetric = (
  names: Names,
  { name }: Service,
  metricName: SidecarMetric,
  statistic: string,
): cloudwatch.Metric => new cloudwatch.Metric({ namespace: names.function(name), metricName, statistic, period });

/** Reports of a number of tasks in a period. One may fall into the next period. */
const reportsOf = (tasks: number): number => tasks * (period.toSeconds() / metricsInterval) - 1;

/** Sessions of a relay above which relays are added too slowly, or are as many as there may be. */
const fullRelay = 1.5 * targetSessions;

/** A metric that the media relays report: their number, or the calls of each. */
export const relayMetric = (names: Names, metricName: 'Relays' | 'Sessions', statistic: string): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace: names.function('media-relay'), metricName, statistic, period });

/** The alarms of the media relays. */
export const relayWatches = (names: Names, settings: Settings): Watch[] => [
  {
    name: 'media-relay-tasks',
    runbook: 'Missing media relays',
    metric: relayMetric(names, 'Relays', cloudwatch.Stats.SUM),
    threshold: reportsOf(relaysOf({ settings })),
    absence: true,
    essential: true,
    periods: 2,
  },
  {
    name: 'media-relay-sessions',
    runbook: 'Full media relays',
    metric: relayMetric(names, 'Sessions', cloudwatch.Stats.AVERAGE),
    threshold: fullRelay,
    periods: 2,
  },
];

/** The alarms of the sidecar. */
export function sidecarWatches(names: Names, service: Service, { sipTasks }: Settings): Watch[] {
  const { name } = service;
  return [
    {
      name: `${name}-tasks`,
      runbook: 'Missing sidecar tasks',
      metric: sidecarMetric(names, service, 'Tasks', cloudwatch.Stats.SUM),
      threshold: reportsOf(sipTasks),
      absence: true,
      essential: true,
      periods: 2,
    },
    {
      name: `${name}-faults`,
      runbook: 'Sidecar faults',
      metric: sidecarMetric(names, service, 'Faults', cloudwatch.Stats.SUM),
      threshold: faults,
    },
    {
      name: `${name}-delay`,
      runbook: 'Overloaded sidecar',
      metric: sidecarMetric(names, service, 'Delay', cloudwatch.Stats.MAXIMUM),
      threshold: delay,
      periods: 3,
    },
  ];
}

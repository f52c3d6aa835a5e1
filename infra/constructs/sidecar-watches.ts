import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import type { Service } from '#contract/resource.ts';
import { metricsInterval, type SidecarMetric } from '#contract/sidecar-metrics.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
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

/** The alarms of a service. */
export function sidecarWatches(names: Names, service: Service, { sipTasks }: Settings): Watch[] {
  const { name } = service;
  // One report may fall into the next period.
  const lines = sipTasks * (period.toSeconds() / metricsInterval) - 1;
  return [
    {
      name: `${name}-tasks`,
      runbook: 'Missing sidecar tasks',
      metric: sidecarMetric(names, service, 'Tasks', cloudwatch.Stats.SUM),
      threshold: lines,
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

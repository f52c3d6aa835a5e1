import type { Log } from '#runtime/log.ts';
import { sidecarMetrics, type SidecarMetric } from '#contract/sidecar-metrics.ts';

/**
 * A log line in CloudWatch's embedded metric format, from which CloudWatch extracts the metrics.
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param units of the metrics, by their names
 * @param at Unix milliseconds
 */
export const embeddedMetrics = <Metric extends string>(
  { namespace, units }: { readonly namespace: string; readonly units: Readonly<Record<Metric, string>> },
  values: Readonly<Record<Metric, number>>,
  at: number,
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[]],
          Metrics: Object.entries(units).map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    ...values,
  });

/** The line of a task of the sidecar. @param at Unix milliseconds */
export const metricsLine = (namespace: string, values: Readonly<Record<SidecarMetric, number>>, at: number): string =>
  embeddedMetrics({ namespace, units: sidecarMetrics }, values, at);

/** Turns a counter into its increase since the last call. */
export function deltaOf(count: () => number): () => number {
  let last = 0;
  return () => {
    const now = count();
    const delta = now - last;
    last = now;
    return delta;
  };
}

/** The same log, and the number of faults written to it. */
export function countFaults(log: Log): { readonly log: Log; readonly faults: () => number } {
  let faults = 0;
  const fault: Log['fault'] = (...entry) => {
    faults += 1;
    log.fault(...entry);
  };
  return { log: { ...log, fault }, faults: () => faults };
}

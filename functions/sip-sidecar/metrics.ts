import type { Log } from '../../shared/runtime/log.ts';
import { sidecarMetrics, type SidecarMetric } from '../../shared/contract/sidecar-metrics.ts';

/**
 * A line of the log that CloudWatch takes values of metrics from, each under its name.
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param at Unix milliseconds
 */
export const metricsLine = (namespace: string, values: Readonly<Record<SidecarMetric, number>>, at: number): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[]],
          Metrics: Object.entries(sidecarMetrics).map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    ...values,
  });

/** What a count has grown by since it was last asked. */
export function growth(count: () => number): () => number {
  let told = 0;
  return () => {
    const now = count();
    const grown = now - told;
    told = now;
    return grown;
  };
}

/** A log that counts what it is told of as unexpected. */
export function countedFaults(log: Log): { readonly log: Log; readonly faults: () => number } {
  let faults = 0;
  const fault: Log['fault'] = (...told) => {
    faults += 1;
    log.fault(...told);
  };
  return { log: { ...log, fault }, faults: () => faults };
}

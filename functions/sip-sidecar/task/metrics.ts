import { embeddedMetrics } from '#runtime/embedded-metrics.ts';
import type { Log } from '#runtime/log.ts';
import { sidecarMetrics, type SidecarMetric } from '#contract/sidecar-metrics.ts';

/** The line of a task of the sidecar. @param at Unix milliseconds */
export const metricsLine = (namespace: string, values: Readonly<Record<SidecarMetric, number>>, at: number): string =>
  JSON.stringify(embeddedMetrics({ namespace, units: sidecarMetrics }, values, at));

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

/** What each task of the sidecar tells CloudWatch once a minute, with its unit there. */
export const sidecarMetrics = {
  /** Always 1: their sum over a minute is how many tasks live. */
  Tasks: 'Count',
  /** Registered contacts that the task owns. */
  Bindings: 'Count',
  Connections: 'Count',
  Transactions: 'Count',
  /** Gateways that the task pings, and trunks that it keeps registered. */
  Gateways: 'Count',
  Trunks: 'Count',
  /** Packets of the last minute that were not looked at, as their source sent too much or was silenced. */
  DroppedPackets: 'Count',
  /** Errors of the last minute that nobody expected. */
  Faults: 'Count',
  /** By how much timers were late in the last minute, for the latest of a hundred. */
  Delay: 'Milliseconds',
} as const;

export type SidecarMetric = keyof typeof sidecarMetrics;

/** Seconds between two of its lines. */
export const metricsInterval = 60;

/** Name of the environment variable with the namespace; without it nothing is told. */
export const metricsVariable = 'METRICS_NAMESPACE';

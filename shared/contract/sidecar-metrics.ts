/** The metrics that each task of the sidecar sends to CloudWatch once a minute, with their units. */
export const sidecarMetrics = {
  /** Always 1: the sum over a minute is the number of live tasks. */
  Tasks: 'Count',
  /** Registered contacts that the task owns. */
  Bindings: 'Count',
  Connections: 'Count',
  Transactions: 'Count',
  /** Gateways that the task pings. */
  Gateways: 'Count',
  /** Trunks that the task keeps registered. */
  Trunks: 'Count',
  /** Packets of the last minute that were dropped, because their source exceeded its limit or is blocked. */
  DroppedPackets: 'Count',
  /** Unexpected errors of the last minute. */
  Faults: 'Count',
  /** How late timers ran in the last minute (99th percentile). */
  Delay: 'Milliseconds',
} as const;

/** The metrics that each media relay sends. */
export const relayMetrics = {
  /** Always 1: the sum over a minute is the number of relays. */
  Relays: 'Count',
  Sessions: 'Count',
} as const;

export type SidecarMetric = keyof typeof sidecarMetrics;

/** Seconds between two reports. */
export const metricsInterval = 60;

/** The environment variable with the CloudWatch namespace; without it no metrics are sent. */
export const metricsVariable = 'METRICS_NAMESPACE';

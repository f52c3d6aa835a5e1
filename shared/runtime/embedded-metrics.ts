/** What metrics of a log line are called, and what they are about. */
export type MetricNames<Metric extends string> = {
  readonly namespace: string;
  /** Units of the metrics, by their names. */
  readonly units: Readonly<Record<Metric, string>>;
  readonly dimensions?: Readonly<Record<string, string>>;
};

/**
 * Fields of a log line in CloudWatch's embedded metric format, from which CloudWatch extracts the metrics. A line of
 * JSON with these fields may have others.
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param at Unix milliseconds
 */
export const embeddedMetrics = <Metric extends string>(
  { namespace, units, dimensions = {} }: MetricNames<Metric>,
  values: Readonly<Record<Metric, number>>,
  at: number,
) => ({
  _aws: {
    Timestamp: at,
    CloudWatchMetrics: [
      {
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.entries(units).map(([Name, Unit]) => ({ Name, Unit })),
      },
    ],
  },
  ...dimensions,
  ...values,
});

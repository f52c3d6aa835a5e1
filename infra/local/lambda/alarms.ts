import { LocalCloudError, type CloudResource } from '../templates/resource.ts';

/** What was measured of a metric in a minute. */
export type MetricValue = {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
};

type EmbeddedMetrics = {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
};

/** Metrics in log lines, as CloudWatch extracts them (shared/runtime/embedded-metrics.ts). */
export const metricsIn = (log: string): MetricValue[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"_aws"'))
    .flatMap((line) => {
      const fields = JSON.parse(line) as EmbeddedMetrics & Readonly<Record<string, unknown>>;
      return fields._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
        Dimensions.flatMap((names) =>
          Metrics.map(({ Name: metric }) => ({
            namespace,
            metric,
            dimensions: Object.fromEntries(names.map((name) => [name, String(fields[name])])),
            value: Number(fields[metric]),
          })),
        ),
      );
    });

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
};

type AlarmProperties = {
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly MetricStat?: { readonly Metric: Metric; readonly Period: number; readonly Stat: string };
  }[];
};

/** The only expression of alarms on releases: a sum of metrics, of which those without a value count as 0. */
const sumForm = /^SUM\(\[(?:FILL\(\w+, 0\)(?:, )?)+\]\)$/;

/**
 * Whether an alarm on a sum of metrics is raised by the values of its last period.
 *
 * @param minutes values of each minute, the last one at the end
 * @throws LocalCloudError for an alarm of another form
 */
export function isRaised(alarm: CloudResource, minutes: readonly (readonly MetricValue[])[]): boolean {
  const { ComparisonOperator, EvaluationPeriods, Threshold, Metrics = [] } = alarm.properties as AlarmProperties;
  const stats = Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
  const [period = 0] = stats.map(({ Period }) => Period);
  const isSum =
    Metrics.some(({ Expression }) => Expression !== undefined && sumForm.test(Expression)) &&
    stats.every(({ Stat, Period }) => Stat === 'Sum' && Period === period);
  if (!isSum || ComparisonOperator !== 'GreaterThanOrEqualToThreshold' || EvaluationPeriods !== 1)
    throw new LocalCloudError(`The local cloud evaluates alarms on sums only, and not ${alarm.name}.`);
  const values = minutes.slice(-period / 60).flat();
  const total = stats
    .flatMap(({ Metric }) => values.filter((value) => isOf(Metric, value)))
    .reduce((sum, { value }) => sum + value, 0);
  return total >= Threshold;
}

const isOf = ({ Namespace, MetricName, Dimensions = [] }: Metric, value: MetricValue): boolean =>
  value.namespace === Namespace &&
  value.metric === MetricName &&
  Dimensions.length === Object.keys(value.dimensions).length &&
  Dimensions.every(({ Name, Value }) => value.dimensions[Name] === Value);

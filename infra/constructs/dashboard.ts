import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { areas, queuesOf, type FunctionContract, type Service } from '#contract/resource.ts';
import type { SidecarMetric } from '#contract/sidecar-metrics.ts';
import { liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { lambdaMetric, throttleWatch } from './function-watches.ts';
import { ageOf, depthOf } from './queue-watches.ts';
import { relayMetric, sidecarMetric } from './sidecar-watches.ts';
import { p99, period, type Watch } from './watch.ts';

type Shown = {
  readonly names: Names;
  readonly contracts: readonly FunctionContract[];
  readonly services: readonly Service[];
  readonly alarms: readonly cloudwatch.IAlarm[];
  /** Watches whose metrics are counted in logs. */
  readonly counted: readonly Watch[];
  readonly hasRelays: boolean;
  /** `few`: at most 50 metrics, for which CloudWatch charges nothing. */
  readonly extent: Settings['alarms'];
};

/** Max alarms of one widget (CloudWatch). */
const alarmsAtOnce = 100;

const graph = (title: string, width: number, left: readonly cloudwatch.IMetric[]): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({ title, width, height: 6, left: [...left], leftYAxis: { min: 0 } });

const chunks = <T>(of: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(of.length / size) }, (_, at) => of.slice(at * size, (at + 1) * size));

/**
 * One page: the alarms, what clients see, each area's functions, the queues, the table. A short one has no functions,
 * and of the queues their dead letters.
 */
export function dashboard(scope: Construct, shown: Shown): cloudwatch.Dashboard {
  const { names, alarms } = shown;
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: names.function('operations'),
    widgets: [
      chunks(alarms, alarmsAtOnce).map(
        (some) => new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, height: 6, alarms: some }),
      ),
      overall(shown),
      ...(shown.extent === 'all'
        ? [...areaRows(shown), queueRow(names, queuesOf(shown.contracts))]
        : [[deadLetters(names, queuesOf(shown.contracts))]]),
      tableRow(names),
      ...shown.services.map((service) => sidecarRow(names, service)),
      ...(shown.hasRelays ? [relayRow(names)] : []),
    ],
  });
}

function overall({ names, contracts, counted }: Shown): cloudwatch.IWidget[] {
  const warm = contracts
    .filter((contract) => contract.kind === 'resource' && contract.provisioned === true)
    .map(({ name }) => names.function(name));
  const use = warm.map((name) =>
    lambdaMetric('ProvisionedConcurrencyUtilization', cloudwatch.Stats.MAXIMUM, name, `${name}:${liveAlias}`),
  );
  return [
    graph(
      'API errors and invalid responses',
      8,
      counted.map(({ metric }) => metric),
    ),
    graph('Throttles and concurrency of the account', 8, [
      throttleWatch.metric,
      lambdaMetric('ConcurrentExecutions', cloudwatch.Stats.MAXIMUM),
    ]),
    ...(use.length === 0 ? [] : [graph('Use of warm environments', 8, use)]),
  ];
}

/** One row per area: invocations, errors, duration. */
function areaRows({ names, contracts }: Shown): cloudwatch.IWidget[][] {
  return areas.flatMap((area) => {
    const own = contracts.filter((contract) => contract.area === area);
    const requested = own.filter(({ kind }) => kind === 'resource');
    const of = (metricName: string, statistic: string, functions: readonly FunctionContract[]): cloudwatch.Metric[] =>
      functions.map(({ name }) => lambdaMetric(metricName, statistic, names.function(name)));
    return own.length === 0
      ? []
      : [
          [
            graph(`${area}: invocations`, 8, of('Invocations', cloudwatch.Stats.SUM, own)),
            graph(`${area}: errors`, 8, of('Errors', cloudwatch.Stats.SUM, own)),
            graph(`${area}: duration p99, ms`, 8, of('Duration', p99, requested)),
          ],
        ];
  });
}

const queueRow = (names: Names, queues: readonly string[]): cloudwatch.IWidget[] => [
  graph(
    'Messages waiting',
    8,
    queues.map((queue) => depthOf(names.queue(queue))),
  ),
  graph(
    'Age of the oldest message, s',
    8,
    queues.map((queue) => ageOf(names.queue(queue))),
  ),
  deadLetters(names, queues),
];

const deadLetters = (names: Names, queues: readonly string[]): cloudwatch.IWidget =>
  graph(
    'Dead letters',
    8,
    queues.map((queue) => depthOf(names.deadLetters(queue))),
  );

function tableRow(names: Names): cloudwatch.IWidget[] {
  const metric = (metricName: string): cloudwatch.Metric =>
    new cloudwatch.Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      statistic: cloudwatch.Stats.SUM,
      period,
      dimensionsMap: { TableName: names.table },
    });
  return [
    graph('Table: capacity units consumed', 12, [
      metric('ConsumedReadCapacityUnits'),
      metric('ConsumedWriteCapacityUnits'),
    ]),
    graph('Table: requests throttled, transactions in conflict', 12, [
      metric('ReadThrottleEvents'),
      metric('WriteThrottleEvents'),
      metric('TransactionConflict'),
    ]),
  ];
}

const relayRow = (names: Names): cloudwatch.IWidget[] => [
  graph('Media: reports of relays, one a minute each', 12, [relayMetric(names, 'Relays', cloudwatch.Stats.SUM)]),
  graph('Media: calls of a relay', 12, [
    relayMetric(names, 'Sessions', cloudwatch.Stats.AVERAGE),
    relayMetric(names, 'Sessions', cloudwatch.Stats.MAXIMUM),
  ]),
];

function sidecarRow(names: Names, service: Service): cloudwatch.IWidget[] {
  // Each task reports its own number once a minute: the average of all is that of one task.
  const average = (metricName: SidecarMetric): cloudwatch.Metric =>
    sidecarMetric(names, service, metricName, cloudwatch.Stats.AVERAGE);
  const sum = (metricName: SidecarMetric): cloudwatch.Metric =>
    sidecarMetric(names, service, metricName, cloudwatch.Stats.SUM);
  return [
    graph('SIP: contacts and connections of a task', 8, [average('Bindings'), average('Connections')]),
    graph('SIP: gateways and trunks of a task, transactions', 8, [
      average('Gateways'),
      average('Trunks'),
      average('Transactions'),
    ]),
    graph('SIP: dropped packets, faults, delay in ms', 8, [
      sum('DroppedPackets'),
      sum('Faults'),
      sidecarMetric(names, service, 'Delay', cloudwatch.Stats.MAXIMUM),
    ]),
  ];
}

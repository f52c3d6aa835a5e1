import { relayMetrics, sidecarMetrics } from '#contract/sidecar-metrics.ts';
import { listAt, resourcesOf, valueAt, type DeclaredTemplate, type Properties } from '../declared.ts';

/** What the resources of templates take in a month, by the names of the price list. */

export type Quantities = Readonly<Record<string, number>>;

/** AWS computes a month as 730 hours. */
export const hours = 730;
const minutesOfMonth = 60 * hours;
/**
 * Receives of a queue without messages: five pollers of 20 s (Lambda Developer Guide, "Using Lambda with Amazon SQS").
 */
export const idleReceives = 5 * 3 * minutesOfMonth;
/** Seconds of a run of a schedule that finds nothing to do; assumed. */
const idleRun = 0.2;
/** Bytes of the line by which a task reports its metrics each minute, with CloudWatch's own overhead of 26. */
const reportBytes = 700;
/** Metrics of a dashboard that is free (Amazon CloudWatch pricing, "Free tier"). */
const freeDashboardMetrics = 50;
/** Hours of a month into which the whole traffic falls: ten of each working day. */
export const busyHours = 220;
/**
 * Calls a second of a task of the sidecar, and sessions of a relay, at which services add tasks
 * (constructs/sidecar-service.ts, constructs/media-relay-service.ts).
 */
export const capacity = { callsPerSecond: 10, sessions: 300 } as const;
/**
 * Of a task of the sidecar: registrations a second (the benchmark `sip`), and connections (`maxConnections` of
 * functions/sip-sidecar/transport/connections.ts).
 */
export const phoneCapacity = { registrationsPerSecond: 1_500, connections: 25_000 } as const;
/**
 * Metrics of Container Insights (Amazon ECS Developer Guide, "Container Insights metrics"), each at the price of a
 * custom metric, and bytes of the performance events of a minute.
 */
const insights = {
  perCluster: { metrics: 13, bytes: 600 },
  perService: { metrics: 15, bytes: 800 },
  perTaskDefinition: { metrics: 10, bytes: 0 },
  perTask: { metrics: 0, bytes: 1_800 },
} as const;

/** Metrics of Container Insights of a cluster with this number of services. */
export const insightMetrics = (services: number): number =>
  insights.perCluster.metrics + services * (insights.perService.metrics + insights.perTaskDefinition.metrics);

/** What is measured: a resource's properties, its template, and all templates. */
type Measured = {
  readonly properties: Properties;
  readonly template: DeclaredTemplate;
  readonly templates: readonly DeclaredTemplate[];
};
type Meter = (measured: Measured) => Quantities;

const gigabytesOfMonth = (bytesOfMinute: number): number => (bytesOfMinute * minutesOfMonth) / 1e9;

/** The task definition that a service refers to, which is in the same template. */
function taskOf({ properties, template }: Omit<Measured, 'templates'>): Properties {
  const id = String(valueAt(properties, 'TaskDefinition', 'Ref'));
  const task = template.Resources[id]?.Properties;
  if (task === undefined) throw new Error(`the template has no task definition ${id}`);
  return task;
}

const isPublic = (service: Properties): boolean =>
  valueAt(service, 'NetworkConfiguration', 'AwsvpcConfiguration', 'AssignPublicIp') === 'ENABLED';

/** What a task takes that runs for some hours. */
const taskQuantities = (service: Omit<Measured, 'templates'>, taskHours: number): Quantities => {
  const task = taskOf(service);
  return {
    fargateCpuHour: (taskHours * Number(task['Cpu'])) / 1_024,
    fargateGbHour: (taskHours * Number(task['Memory'])) / 1_024,
    publicAddressHour: isPublic(service.properties) ? taskHours : 0,
  };
};

const isRelay = (service: Properties): boolean => String(service['ServiceName']).endsWith('-media-relay');

function serviceQuantities({ properties, template }: Measured): Quantities {
  const count = Number(properties['DesiredCount'] ?? 1);
  return {
    ...taskQuantities({ properties, template }, count * hours),
    customMetric: Object.keys(isRelay(properties) ? relayMetrics : sidecarMetrics).length,
    logGigabyte: gigabytesOfMonth(count * reportBytes),
  };
}

/** Container Insights of a cluster, whose services are in the same template. */
function clusterQuantities({ properties, template }: Measured): Quantities {
  const isOn = listAt(properties, 'ClusterSettings').some((setting) => valueAt(setting, 'Value') === 'enabled');
  if (!isOn) return {};
  const services = resourcesOf([template], 'AWS::ECS::Service');
  const counted: readonly (readonly [number, keyof typeof insights])[] = [
    [1, 'perCluster'],
    [services.length, 'perService'],
    [services.length, 'perTaskDefinition'],
    [services.reduce((total, { DesiredCount = 1 }) => total + Number(DesiredCount), 0), 'perTask'],
  ];
  const total = (of: 'metrics' | 'bytes'): number =>
    counted.reduce((before, [count, kind]) => before + count * insights[kind][of], 0);
  return { customMetric: total('metrics'), logGigabyte: gigabytesOfMonth(total('bytes')) };
}

/** Memory of a function by a part of its name, in GB. */
export function memoryOf(templates: readonly DeclaredTemplate[], name: string): number {
  const found = resourcesOf(templates, 'AWS::Lambda::Function').find(({ FunctionName }) =>
    String(FunctionName).endsWith(name),
  );
  return Number(found?.['MemorySize'] ?? 128) / 1_024;
}

function aliasQuantities({ properties, templates }: Measured): Quantities {
  const count = Number(valueAt(properties, 'ProvisionedConcurrencyConfig', 'ProvisionedConcurrentExecutions') ?? 0);
  return { lambdaProvisionedGbSecond: count * memoryOf(templates, '-dialplan-evaluator') * hours * 3_600 };
}

function ruleQuantities({ properties }: Measured): Quantities {
  const [, every = '0', unit = ''] =
    /^rate\((\d+) (minute|hour|day)/.exec(String(properties['ScheduleExpression'])) ?? [];
  const interval = Number(every) * ({ minute: 1, hour: 60, day: 1_440 }[unit] ?? 0);
  const runs = interval === 0 ? 0 : minutesOfMonth / interval;
  return { lambdaRequest: runs, lambdaGbSecond: runs * idleRun * 0.5 };
}

const alarmMetrics = (alarm: Properties): number =>
  'MetricName' in alarm
    ? 1
    : listAt(alarm, 'Metrics').filter((metric) => valueAt(metric, 'MetricStat') !== undefined).length;

/** Metrics that a dashboard's body names. It is text, joined with references to regions and names. */
export function dashboardMetrics(dashboard: Properties): number {
  const body = dashboard['DashboardBody'];
  const parts = typeof body === 'string' ? [body] : listAt(body, 'Fn::Join', 1);
  const parsed: unknown = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
  return listAt(parsed, 'widgets').reduce<number>(
    (total, widget) => total + listAt(widget, 'properties', 'metrics').length,
    0,
  );
}

/** What an idle resource takes in a month. Types that are not here cost nothing while nothing happens. */
const meters: Readonly<Record<string, Meter>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ properties }) => ({
    balancerHour: hours,
    publicAddressHour: listAt(properties, 'Subnets').length * hours,
  }),
  'AWS::ECS::Service': serviceQuantities,
  'AWS::ECS::Cluster': clusterQuantities,
  'AWS::EC2::NatGateway': () => ({ natHour: hours, publicAddressHour: hours }),
  'AWS::EC2::VPCEndpoint': ({ properties }) =>
    properties['VpcEndpointType'] === 'Interface'
      ? { endpointHour: listAt(properties, 'SubnetIds').length * hours }
      : {},
  'AWS::ServiceDiscovery::PrivateDnsNamespace': () => ({ hostedZone: 1 }),
  'AWS::Lambda::Alias': aliasQuantities,
  'AWS::Events::Rule': ruleQuantities,
  'AWS::Lambda::EventSourceMapping': ({ properties }) =>
    JSON.stringify(properties['EventSourceArn'] ?? '').includes(':sqs:') ? { sqsRequest: idleReceives } : {},
  'AWS::CloudWatch::Alarm': ({ properties }) => ({ alarmMetric: alarmMetrics(properties) }),
  'AWS::CloudWatch::CompositeAlarm': () => ({ compositeAlarm: 1 }),
  'AWS::CloudWatch::Dashboard': ({ properties }) =>
    dashboardMetrics(properties) > freeDashboardMetrics ? { dashboard: 1 } : {},
  'AWS::SecretsManager::Secret': () => ({ secret: 1 }),
  'AWS::KMS::Key': () => ({ kmsKey: 1 }),
};

/** Metrics that filters count in logs: several filters may count into one. */
export function filteredMetrics(templates: readonly DeclaredTemplate[]): Quantities {
  const names = resourcesOf(templates, 'AWS::Logs::MetricFilter').flatMap((filter) =>
    listAt(filter, 'MetricTransformations').map((each) => JSON.stringify(valueAt(each, 'MetricName'))),
  );
  return { customMetric: new Set(names).size };
}

/**
 * What each idle resource takes. Metrics that are counted in logs have no values while nothing happens, and are billed
 * for the hours in which they have.
 */
export const idleQuantities = (templates: readonly DeclaredTemplate[]): Quantities[] =>
  templates.flatMap((template) =>
    Object.values(template.Resources).map(
      ({ Type, Properties: properties = {} }) => meters[Type]?.({ properties, template, templates }) ?? {},
    ),
  );

export type Load = {
  readonly calls: number;
  readonly relayedMinutes: number;
  readonly registrations: number;
  readonly connections: number;
};

/** Tasks of the sidecar that phones need all month. */
const tasksForPhones = ({ registrations, connections }: Pick<Load, 'registrations' | 'connections'>): number =>
  Math.ceil(
    registrations / (hours * 3_600) / phoneCapacity.registrationsPerSecond + connections / phoneCapacity.connections,
  );

/** Tasks that services run beyond those that always run: for phones all month, for calls in busy hours. */
export function tasksBeyond(
  { calls, relayedMinutes, ...phones }: Load,
  templates: readonly DeclaredTemplate[],
): Quantities[] {
  return templates.flatMap((template) =>
    resourcesOf([template], 'AWS::ECS::Service').map((properties) => {
      const needed = isRelay(properties)
        ? relayedMinutes / 60 / busyHours / capacity.sessions
        : calls / (busyHours * 3_600) / capacity.callsPerSecond;
      const desired = Number(properties['DesiredCount'] ?? 1);
      const always = isRelay(properties) ? desired : Math.max(desired, tasksForPhones(phones));
      const more = Math.max(0, Math.ceil(needed) - always);
      return taskQuantities({ properties, template }, (always - desired) * hours + more * busyHours);
    }),
  );
}

import * as z from 'zod';

/** What a month costs, computed from synthesized templates and a dated list of prices. */

const Price = z.object({ amount: z.number(), unit: z.string(), source: z.url(), verified: z.boolean() });
const Usage = z.object({
  httpApiRequest: z.number().default(0),
  lambdaRequest: z.number().default(0),
  milliseconds: z.number().default(0),
  function: z.string().optional(),
  sqsRequest: z.number().default(0),
  dynamodbRead: z.number().default(0),
  dynamodbWrite: z.number().default(0),
  logBytes: z.number().default(0),
});

/** The form of `prices.json`. */
export const PriceList = z.object({
  region: z.string(),
  asOf: z.iso.date(),
  prices: z.record(z.string(), Price),
  freePerMonth: z.record(z.string(), z.number()),
  usage: z.record(z.string(), Usage),
});
export type PriceList = z.infer<typeof PriceList>;

type Properties = Readonly<Record<string, unknown>>;
export type CostTemplate = {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
};

/** A part of the bill: how much of what, after what is free. */
export type CostLine = { readonly price: string; readonly quantity: number; readonly dollars: number };

/** AWS computes a month as 730 hours. */
const hours = 730;
/**
 * Receives of a queue without messages: five pollers of 20 s (Lambda Developer Guide, "Using Lambda with Amazon SQS").
 */
const idleReceives = 5 * 3 * 60 * hours;
/** Seconds of a run of a schedule that finds nothing to do; assumed. */
const idleRun = 0.2;
/** Metrics that each service reports (shared/contract/sidecar-metrics.ts). */
const serviceMetrics = 9;

type Quantities = Readonly<Record<string, number>>;
type Meter = (properties: Properties, templates: readonly CostTemplate[]) => Quantities;

const listAt = (properties: Properties, ...path: readonly string[]): readonly unknown[] => {
  let at: unknown = properties;
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Properties)[key] : undefined;
  return Array.isArray(at) ? at : [];
};

const resourcesOf = (templates: readonly CostTemplate[], type: string): Properties[] =>
  templates.flatMap(({ Resources }) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties = {} }) => Properties),
  );

function serviceQuantities(service: Properties, templates: readonly CostTemplate[]): Quantities {
  const count = Number(service['DesiredCount'] ?? 1);
  const [task = {}] = resourcesOf(templates, 'AWS::ECS::TaskDefinition');
  const isPublic = JSON.stringify(service['NetworkConfiguration'] ?? '').includes('"AssignPublicIp":"ENABLED"');
  return {
    fargateCpuHour: (count * hours * Number(task['Cpu'])) / 1_024,
    fargateGbHour: (count * hours * Number(task['Memory'])) / 1_024,
    publicAddressHour: isPublic ? count * hours : 0,
    customMetric: serviceMetrics,
  };
}

/** Memory of a function by a part of its name, in GB. */
function memoryOf(templates: readonly CostTemplate[], name: string): number {
  const found = resourcesOf(templates, 'AWS::Lambda::Function').find(({ FunctionName }) =>
    String(FunctionName).endsWith(name),
  );
  return Number(found?.['MemorySize'] ?? 128) / 1_024;
}

function aliasQuantities(alias: Properties, templates: readonly CostTemplate[]): Quantities {
  const { ProvisionedConcurrentExecutions: count = 0 } = (alias['ProvisionedConcurrencyConfig'] ?? {}) as Properties;
  return { lambdaProvisionedGbSecond: Number(count) * memoryOf(templates, '-dialplan-evaluator') * hours * 3_600 };
}

function ruleQuantities({ ScheduleExpression: schedule }: Properties): Quantities {
  const [, every = '0', unit = ''] = /^rate\((\d+) (minute|hour|day)/.exec(String(schedule)) ?? [];
  const minutes = Number(every) * ({ minute: 1, hour: 60, day: 1_440 }[unit] ?? 0);
  const runs = minutes === 0 ? 0 : (hours * 60) / minutes;
  return { lambdaRequest: runs, lambdaGbSecond: runs * idleRun * 0.5 };
}

const alarmMetrics = (alarm: Properties): number =>
  'MetricName' in alarm
    ? 1
    : listAt(alarm, 'Metrics').filter((metric) => (metric as Properties)['MetricStat'] !== undefined).length;

/** What an idle resource takes in a month. Types that are not here cost nothing while nothing happens. */
const meters: Readonly<Record<string, Meter>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': (balancer) => ({
    balancerHour: hours,
    publicAddressHour: listAt(balancer, 'Subnets').length * hours,
  }),
  'AWS::ECS::Service': serviceQuantities,
  'AWS::EC2::NatGateway': () => ({ natHour: hours, publicAddressHour: hours }),
  'AWS::EC2::VPCEndpoint': (endpoint) =>
    endpoint['VpcEndpointType'] === 'Interface' ? { endpointHour: listAt(endpoint, 'SubnetIds').length * hours } : {},
  'AWS::Lambda::Alias': aliasQuantities,
  'AWS::Events::Rule': ruleQuantities,
  'AWS::Lambda::EventSourceMapping': ({ EventSourceArn: arn }) =>
    JSON.stringify(arn ?? '').includes(':sqs:') ? { sqsRequest: idleReceives } : {},
  'AWS::CloudWatch::Alarm': (alarm) => ({ alarmMetric: alarmMetrics(alarm) }),
  'AWS::CloudWatch::Dashboard': () => ({ dashboard: 1 }),
  'AWS::SecretsManager::Secret': () => ({ secret: 1 }),
  'AWS::KMS::Key': () => ({ kmsKey: 1 }),
};

/** Metrics of log filters: several filters may count into one. */
function filteredMetrics(templates: readonly CostTemplate[]): number {
  const names = resourcesOf(templates, 'AWS::Logs::MetricFilter').flatMap((filter) =>
    listAt(filter, 'MetricTransformations').map((each) => JSON.stringify((each as Properties)['MetricName'])),
  );
  return new Set(names).size;
}

function sum(all: readonly Quantities[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const [name, quantity] of all.flatMap((each) => Object.entries(each)))
    total.set(name, (total.get(name) ?? 0) + quantity);
  return total;
}

function linesOf(quantities: ReadonlyMap<string, number>, { prices, freePerMonth }: PriceList): CostLine[] {
  return [...quantities].flatMap(([price, used]) => {
    const amount = prices[price]?.amount;
    if (amount === undefined) throw new Error(`the list has no price ${price}`);
    const quantity = Math.max(0, used - (freePerMonth[price] ?? 0));
    return quantity === 0 ? [] : [{ price, quantity, dollars: quantity * amount }];
  });
}

/** The bill of a month in which nothing happens. */
export function idleMonth(templates: readonly CostTemplate[], list: PriceList): CostLine[] {
  const metered = templates.flatMap(({ Resources }) =>
    Object.values(Resources).map(({ Type, Properties = {} }) => meters[Type]?.(Properties, templates) ?? {}),
  );
  return linesOf(sum([...metered, { customMetric: filteredMetrics(templates) }]), list);
}

/** The bill of a million operations, beyond what is free. */
export function perMillion(operation: string, templates: readonly CostTemplate[], list: PriceList): CostLine[] {
  const { milliseconds, function: name, logBytes, ...usage } = Usage.parse(list.usage[operation]);
  const seconds = milliseconds / 1_000;
  const each = {
    ...usage,
    ...(name === undefined ? {} : { lambdaGbSecond: seconds * memoryOf(templates, `-${name}`) }),
    logGigabyte: logBytes / 1e9,
  };
  const million = Object.entries(each).map(([price, quantity]): [string, number] => [price, quantity * 1e6]);
  return linesOf(new Map(million), { ...list, freePerMonth: {} });
}

export const dollarsOf = (lines: readonly CostLine[]): number =>
  lines.reduce((total, { dollars }) => total + dollars, 0);

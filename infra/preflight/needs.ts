import { listAt, resourcesOf, valueAt, type DeclaredTemplate } from '../declared.ts';
import { routeQuota } from '../limits.ts';
import { writesFor } from '../throughput.ts';

/** What a deployment needs of an account, read from its templates. */

/** A quota of Service Quotas, and what a new account has of it. */
type Quota = { readonly service: string; readonly code: string; readonly name: string; readonly initial: number };

/** What is needed of a quota. */
export type QuotaNeed = Quota & {
  /** Below this, the deployment fails. */
  readonly needed: number;
  /** Below this, the stage cannot grow to the size that its scaling permits. */
  readonly wanted: number;
  /** What the account uses already counts against it. */
  readonly counts?: 'vpcs' | 'addresses';
};

/** Concurrent executions that Lambda leaves to the functions without reservations (Lambda Developer Guide). */
const unreserved = 100;

const quotas = {
  concurrency: { service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions', initial: 10 },
  processors: {
    service: 'fargate',
    code: 'L-3032A538',
    name: 'Fargate On-Demand vCPU resource count',
    initial: 6,
  },
  routes: { service: routeQuota.service, code: routeQuota.code, name: routeQuota.name, initial: routeQuota.value },
  rules: { service: 'events', code: 'L-244521F2', name: 'Number of rules', initial: 300 },
  balancers: {
    service: 'elasticloadbalancing',
    code: 'L-69A177A2',
    name: 'Network Load Balancers per Region',
    initial: 50,
  },
  networks: { service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region', initial: 5 },
  addresses: { service: 'ec2', code: 'L-0263D0A3', name: 'EC2-VPC Elastic IPs', initial: 5 },
  // Of each table, and of each index (Amazon DynamoDB Developer Guide, "Quotas").
  writes: { service: 'dynamodb', code: 'L-AB614373', name: 'Table-level write throughput limit', initial: 40_000 },
} as const satisfies Record<string, Quota>;

const total = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0);

/** The max capacity of a target of scaling that names a resource. */
const maxCapacityOf = (templates: readonly DeclaredTemplate[], named: string): number =>
  Number(
    resourcesOf(templates, 'AWS::ApplicationAutoScaling::ScalableTarget').find(({ ResourceId }) =>
      JSON.stringify(ResourceId).includes(named),
    )?.['MaxCapacity'] ?? 0,
  );

function concurrencyOf(templates: readonly DeclaredTemplate[]): Pick<QuotaNeed, 'needed' | 'wanted'> {
  const reserved = total(
    resourcesOf(templates, 'AWS::Lambda::Function').map(({ ReservedConcurrentExecutions: count = 0 }) => Number(count)),
  );
  const aliases = resourcesOf(templates, 'AWS::Lambda::Alias');
  const warm = total(
    aliases.map((alias) =>
      Number(valueAt(alias, 'ProvisionedConcurrencyConfig', 'ProvisionedConcurrentExecutions') ?? 0),
    ),
  );
  const max = total(
    resourcesOf(templates, 'AWS::ApplicationAutoScaling::ScalableTarget')
      .filter(({ ServiceNamespace }) => ServiceNamespace === 'lambda')
      .map(({ MaxCapacity = 0 }) => Number(MaxCapacity)),
  );
  const own = reserved + warm;
  return { needed: own === 0 ? 1 : own + unreserved, wanted: Math.max(1_000, reserved + max + unreserved) };
}

/** Processors of the tasks of a service, of which a deployment runs twice as many. */
function processorsOf(templates: readonly DeclaredTemplate[]): Pick<QuotaNeed, 'needed' | 'wanted'> {
  const services = templates.flatMap((template) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::ECS::Service')
      .map(([id, { Properties: properties = {} }]) => {
        const task = template.Resources[String(valueAt(properties, 'TaskDefinition', 'Ref'))]?.Properties ?? {};
        const processors = Number(task['Cpu']) / 1_024;
        const desired = Number(properties['DesiredCount'] ?? 1);
        return {
          needed: 2 * desired * processors,
          wanted: 2 * Math.max(desired, maxCapacityOf([template], id)) * processors,
        };
      }),
  );
  return {
    needed: total(services.map(({ needed }) => needed)),
    wanted: total(services.map(({ wanted }) => wanted)),
  };
}

/** Write units for which a table is prepared, which its quota limits. */
const warmWritesOf = (templates: readonly DeclaredTemplate[]): number =>
  Math.max(
    1,
    ...resourcesOf(templates, 'AWS::DynamoDB::Table').map((table) =>
      Number(valueAt(table, 'WarmThroughput', 'WriteUnitsPerSecond') ?? 0),
    ),
  );

const counted = (count: number): Pick<QuotaNeed, 'needed' | 'wanted'> => ({ needed: count, wanted: count });

/** The quotas that a deployment of these templates needs something of. @param cdrsPerSecond of the busiest time */
export function quotaNeeds(templates: readonly DeclaredTemplate[], cdrsPerSecond: number): QuotaNeed[] {
  const countOf = (type: string): number => resourcesOf(templates, type).length;
  const needs: readonly QuotaNeed[] = [
    { ...quotas.concurrency, ...concurrencyOf(templates) },
    { ...quotas.processors, ...processorsOf(templates) },
    { ...quotas.writes, needed: warmWritesOf(templates), wanted: writesFor(cdrsPerSecond) },
    { ...quotas.routes, ...counted(countOf('AWS::ApiGatewayV2::Route')) },
    { ...quotas.rules, ...counted(countOf('AWS::Events::Rule')) },
    { ...quotas.balancers, ...counted(countOf('AWS::ElasticLoadBalancingV2::LoadBalancer')) },
    { ...quotas.networks, ...counted(countOf('AWS::EC2::VPC')), counts: 'vpcs' },
    { ...quotas.addresses, ...counted(countOf('AWS::EC2::EIP')), counts: 'addresses' },
  ];
  return needs.filter(({ needed }) => needed > 0);
}

/** Roles that the templates create. */
export const roleCount = (templates: readonly DeclaredTemplate[]): number =>
  resourcesOf(templates, 'AWS::IAM::Role').length;

/** Whether tasks run. */
export const hasTasks = (templates: readonly DeclaredTemplate[]): boolean =>
  resourcesOf(templates, 'AWS::ECS::Service').length > 0;

/** Zones of the balancers; a number is that of a zone among those of the region. */
export function zonesOf(templates: readonly DeclaredTemplate[]): (string | number)[] {
  const named = templates.flatMap(({ Resources }) =>
    resourcesOf([{ Resources }], 'AWS::ElasticLoadBalancingV2::LoadBalancer')
      .flatMap((balancer) => listAt(balancer, 'Subnets'))
      .map((subnet): string | number => {
        const zone = Resources[String(valueAt(subnet, 'Ref'))]?.Properties?.['AvailabilityZone'];
        return typeof zone === 'string' ? zone : Number(listAt(zone, 'Fn::Select')[0] ?? 0);
      }),
  );
  return [...new Set(named)];
}

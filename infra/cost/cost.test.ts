import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from '#test/infra/templates.fixture.ts';
import { dollarsOf, idleMonth, monthOf, perMillion, priceList, Use } from './cost.ts';
import { budgetFor } from './expected.ts';
import { handMade } from './hand-made.fixture.ts';
import { dashboardMetrics } from './meters.ts';
import { costTable, withGenerated } from './table.fixture.ts';
import type { DeclaredTemplate } from '../declared.ts';
import { writesFor } from '../throughput.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const list = priceList();
const declared = (
  ...resources: readonly [type: string, properties?: Readonly<Record<string, unknown>>][]
): DeclaredTemplate => ({
  Resources: Object.fromEntries(resources.map(([Type, Properties = {}], at) => [`R${at}`, { Type, Properties }])),
});
function dashboardOf(metrics: number): [string, Record<string, unknown>] {
  const widget = { properties: { metrics: Array.from({ length: metrics }, () => ['AWS/Lambda', 'Errors']) } };
  return ['AWS::CloudWatch::Dashboard', { DashboardBody: JSON.stringify({ widgets: [widget] }) }];
}
const dollars = (template: DeclaredTemplate): number => dollarsOf(idleMonth([template], list));

describe('an idle month, computed by hand', () => {
  test.each([
    // 730 h × 0.0225, and two addresses of 730 h × 0.005
    [
      'a balancer in two zones',
      declared(['AWS::ElasticLoadBalancingV2::LoadBalancer', { Subnets: ['a', 'b'] }]),
      23.725,
    ],
    // 2 tasks × 730 h × (0.5 × 0.03238 + 1 × 0.00356 + 0.005); its nine metrics are free
    [
      'two tasks with public addresses',
      declared(
        ['AWS::ECS::TaskDefinition', { Cpu: '512', Memory: '1024' }],
        [
          'AWS::ECS::Service',
          {
            DesiredCount: 2,
            TaskDefinition: { Ref: 'R0' },
            NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
          },
        ],
      ),
      36.135,
    ],
    // The same, and a relay of 730 h × (1 × 0.03238 + 2 × 0.00356); their eleven metrics less ten × 0.30
    [
      'two services, each by its own task definition',
      declared(
        ['AWS::ECS::TaskDefinition', { Cpu: '512', Memory: '1024' }],
        ['AWS::ECS::TaskDefinition', { Cpu: '1024', Memory: '2048' }],
        ['AWS::ECS::Service', { ServiceName: 'x-sip-sidecar', DesiredCount: 2, TaskDefinition: { Ref: 'R0' } }],
        ['AWS::ECS::Service', { ServiceName: 'x-media-relay', DesiredCount: 1, TaskDefinition: { Ref: 'R1' } }],
      ),
      28.835 + 28.835 + 0.3,
    ],
    // A cluster without services has 13 metrics, of which 10 are free
    [
      'a cluster with Container Insights',
      declared(['AWS::ECS::Cluster', { ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }] }]),
      0.9,
    ],
    ['a dashboard of 51 metrics', declared(dashboardOf(51)), 3],
    ['a dashboard of 50 metrics', declared(dashboardOf(50)), 0],
    [
      'an interface endpoint in two zones',
      declared(['AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] }]),
      14.6,
    ],
    ['a gateway endpoint', declared(['AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }]), 0],
    // 1 × 1,769/1,024 GB × 2,628,000 s × 0.0000033334
    [
      'a warm environment',
      declared(
        ['AWS::Lambda::Function', { FunctionName: 'x-dialplan-evaluator', MemorySize: 1_769 }],
        ['AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 } }],
      ),
      15.134,
    ],
    // 12 metrics, of which 10 are free
    [
      'twelve alarms',
      declared(
        ...Array.from({ length: 12 }, (): [string, object] => ['AWS::CloudWatch::Alarm', { MetricName: 'Errors' }]).map(
          ([type, properties]): [string, Record<string, unknown>] => [type, { ...properties }],
        ),
      ),
      0.2,
    ],
    // 2 × 657,000 receives, less a million
    [
      'two queues with consumers',
      declared(
        ['AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:r:1:a' }],
        ['AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:r:1:b' }],
      ),
      0.126,
    ],
    [
      'four secrets and a key',
      declared(...Array.from({ length: 4 }, (): [string] => ['AWS::SecretsManager::Secret']), ['AWS::KMS::Key']),
      2.6,
    ],
  ] as const)('%s', (_, template, expected) => {
    expect(dollars(template)).toBeCloseTo(expected, 2);
  });
});

test('writes of a call and its CDR are those of the model of throughput, with its indexes', () => {
  const written = (operation: string): number => list.usage[operation]?.dynamodbWrite ?? 0;
  // Eight events of 4 + 2 + 2 units; a CDR of 9.5 + 4.5 + 2.5.
  expect([written('call'), written('cdr')]).toEqual([64, 16.5]);
  expect(written('call') + written('cdr')).toBeGreaterThan(writesFor(1));
});

describe('a million', () => {
  const template = declared(['AWS::Lambda::Function', { FunctionName: 'x-dialplan-evaluator', MemorySize: 1_024 }]);

  test('evaluations, computed by hand', () => {
    // 1.00 + 0.20 + 15,000 GB-s × 0.0000133334 + 5 × 0.125 + 0.2 × 0.625 + 0.7 GB × 0.50
    expect(dollarsOf(perMillion('evaluation', [template], list))).toBeCloseTo(2.5, 2);
  });

  test('registrations, computed by hand', () => {
    // 0.125 + 0.625 + 0.6 GB × 0.09 + 1.4 GB × 0.006
    expect(dollarsOf(perMillion('registration', [template], list))).toBeCloseTo(0.8124, 3);
  });
});

describe('a month within 5 % of what is priced by hand', () => {
  test.each(Object.entries(handMade))('%s', (_, { context, use, rows }) => {
    const templates = [...synthesize(context).values()];
    const computed = dollarsOf(
      use === undefined ? idleMonth(templates, list) : monthOf(Use.parse(use), templates, list),
    );
    const byHand = rows.reduce((total, [, quantity, price]) => total + quantity * price, 0);
    expect(Math.abs(computed / byHand - 1)).toBeLessThan(0.05);
  });

  test('media are most of it where all calls are relayed', () => {
    const templates = [...synthesize({ mediaRelay: 'true' }).values()];
    const lines = monthOf(Use.parse({ calls: 1e6, relayed: 1 }), templates, list);
    expect(lines.toSorted((one, other) => other.dollars - one.dollars)[0]?.price).toBe('egressGigabyte');
  });

  test('services add tasks for busy hours', () => {
    const templates = [...synthesize({ mediaRelay: 'true' }).values()];
    const hoursOf = (calls: number): number =>
      monthOf(Use.parse({ calls, relayed: 1 }), templates, list).find(({ price }) => price === 'fargateCpuHour')!
        .quantity;
    // 4 × 10⁶ × 3 min in 220 h are 909 calls at once: four relays, and two are there.
    expect(hoursOf(4e6) - hoursOf(1e6)).toBeCloseTo(2 * 220, 5);
  });
});

describe('a small stage', () => {
  const few = { alarms: 'few', provisionedConcurrency: '0' };
  const costOf = (context: Readonly<Record<string, string>>): number =>
    dollarsOf(idleMonth([...synthesize(context).values()], list));

  test('costs less than 45 dollars a month with SIP, and less than 6 without', () => {
    expect(costOf({ ...few, sip: 'udp', sipTasks: '1' })).toBeLessThan(45);
    expect(costOf({ ...few, sip: 'off' })).toBeLessThan(6);
  });

  test('has a dashboard that is free', () => {
    const [dashboard = {}] = propertiesOf(synthesize({ ...few, mediaRelay: 'true' }), 'AWS::CloudWatch::Dashboard');
    expect(dashboardMetrics(dashboard)).toBeGreaterThan(20);
    expect(dashboardMetrics(dashboard)).toBeLessThanOrEqual(50);
  });

  test('costs less with each part that it does without', () => {
    const steps = [{}, { sipTasks: '1' }, { sipTasks: '1', sip: 'udp' }, { sip: 'off' }, { ...few, sip: 'off' }];
    const costs = steps.map(costOf);
    expect(costs).toEqual(costs.toSorted((one, other) => other - one));
  });
});

test('every price names its source and whether it was verified', () => {
  expect(Object.keys(list.prices).length).toBeGreaterThan(15);
  expect(Object.keys(list.freePerMonth).filter((name) => !(name in list.prices))).toEqual([]);
});

const small = { sip: 'udp', sipTasks: '1', alarms: 'few', provisionedConcurrency: '0' };

describe('phones', () => {
  const used = (use: Readonly<Record<string, number>>): number =>
    dollarsOf(monthOf(Use.parse(use), [declared()], list));

  test('over UDP, computed by hand: 10,000 that register each minute', () => {
    // 438 million × (0.125 + 0.625) / 10⁶ + (262.8 − 100) GB × 0.09 + (613.2 + 10,000 / 50,000 × 730) × 0.006
    expect(used({ devices: 10_000 })).toBeCloseTo(328.5 + 14.652 + 4.5552, 1);
  });

  test('over TLS and WSS, computed by hand: 10,000 connections', () => {
    // 7.3 million × 0.75 / 10⁶ + (105 + 4.38 − 100) GB × 0.09 + (210 + 10.22 + 10,000 / 3,000 × 730) × 0.006
    const byHand = 5.475 + 0.844 + 15.922;
    expect(used({ tlsDevices: 4_000, webSocketDevices: 6_000 })).toBeCloseTo(byHand, 1);
  });

  test('need tasks around the clock', () => {
    const templates = [...synthesize().values()];
    const hoursOf = (devices: number): number =>
      monthOf(Use.parse({ devices }), templates, list).find(({ price }) => price === 'fargateCpuHour')!.quantity;
    // 450,000 / 60 s are 7,500 a second: five tasks of half a processor, and two are there.
    expect(hoursOf(450_000) - hoursOf(0)).toBeCloseTo(3 * 0.5 * 730, 5);
  });
});

describe('the budget of a stage that names none', () => {
  const email = { alarmEmail: 'ops@example.com' };
  const budgetOf = (context: Readonly<Record<string, string>>): number => {
    const [budget] = propertiesOf(synthesize(context), 'AWS::Budgets::Budget');
    return (budget?.['Budget'] as { BudgetLimit: { Amount: number } }).BudgetLimit.Amount;
  };

  test.each([{}, { mediaRelay: 'true', sipEgress: 'nat' }, small])(
    'is 1.5 times the idle month within 3 %%, and its first warning above it: %j',
    (context) => {
      const idle = dollarsOf(idleMonth([...synthesize({ ...context, ...email }).values()], list));
      const budget = budgetOf({ ...context, ...email });
      expect(Math.abs(budget - budgetFor(idle))).toBeLessThan(0.03 * budget + 1);
      expect(idle).toBeLessThan(0.8 * budget);
    },
  );

  test('gives way to the setting', () => {
    expect(budgetOf({ ...small, ...email, monthlyBudget: '1234' })).toBe(1_234);
  });
});

test('the README has the table of today', async () => {
  const billOf = (context: Readonly<Record<string, string>>) => idleMonth([...synthesize(context).values()], list);
  const table = costTable(
    {
      'by default': billOf({}),
      'with relays': billOf({ mediaRelay: 'true' }),
      'with relays and fixed addresses': billOf({ mediaRelay: 'true', sipEgress: 'nat' }),
      'smallest with SIP': billOf(small),
      'smallest without SIP': billOf({ ...small, sip: 'off', sipTasks: '2' }),
    },
    list,
  );
  const document = readFileSync('infra/cost/README.md', 'utf8');
  await expect(withGenerated(document, { table })).toMatchFileSnapshot('README.md');
});

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { synthesizer } from '#test/infra/templates.fixture.ts';
import { sidecarMetrics } from '#contract/sidecar-metrics.ts';
import { dollarsOf, idleMonth, perMillion, PriceList, type CostTemplate } from './cost.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const list = PriceList.parse(JSON.parse(readFileSync('infra/cost/prices.json', 'utf8')));
const declared = (
  ...resources: readonly [type: string, properties?: Readonly<Record<string, unknown>>][]
): CostTemplate => ({
  Resources: Object.fromEntries(resources.map(([Type, Properties = {}], at) => [`R${at}`, { Type, Properties }])),
});
const dollars = (template: CostTemplate): number => dollarsOf(idleMonth([template], list));

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
          { DesiredCount: 2, NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } } },
        ],
      ),
      36.135,
    ],
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

  test('a service has as many metrics as the sidecar reports', () => {
    expect(Object.keys(sidecarMetrics)).toHaveLength(9);
  });
});

describe('a million', () => {
  const template = declared(['AWS::Lambda::Function', { FunctionName: 'x-dialplan-evaluator', MemorySize: 1_024 }]);

  test('evaluations, computed by hand', () => {
    // 1.00 + 0.20 + 15,000 GB-s × 0.0000133334 + 5 × 0.125 + 0.2 × 0.625 + 0.7 GB × 0.50
    expect(dollarsOf(perMillion('evaluation', [template], list))).toBeCloseTo(2.5, 2);
  });

  test('registrations, computed by hand', () => {
    // 0.125 + 0.625
    expect(dollarsOf(perMillion('registration', [template], list))).toBeCloseTo(0.75, 3);
  });
});

describe('a small stage', () => {
  const small = { alarms: 'few', provisionedConcurrency: '0' };
  const costOf = (context: Readonly<Record<string, string>>): number =>
    dollarsOf(idleMonth([...synthesize(context).values()], list));

  test('costs at most 46 dollars a month with SIP, and 12 without', () => {
    expect(costOf({ ...small, sip: 'udp', sipTasks: '1' })).toBeLessThanOrEqual(46);
    expect(costOf({ ...small, sip: 'off' })).toBeLessThanOrEqual(12);
  });

  test('costs less with each part that it does without', () => {
    const steps = [{}, { sipTasks: '1' }, { sipTasks: '1', sip: 'udp' }, { sip: 'off' }, { ...small, sip: 'off' }];
    const costs = steps.map(costOf);
    expect(costs).toEqual(costs.toSorted((one, other) => other - one));
  });
});

test('every price names its source and whether it was verified', () => {
  expect(Object.keys(list.prices).length).toBeGreaterThan(15);
  expect(Object.keys(list.freePerMonth).filter((name) => !(name in list.prices))).toEqual([]);
});

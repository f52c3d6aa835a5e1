import { afterAll, describe, expect, test } from 'vitest';
import { contracts as all } from '#functions/contracts.ts';
import { describeForbidden, forbiddenChanges, isJudged, type ForbiddenChange } from '#infra/changes/forbidden.ts';
import { fullStage } from '#infra/deployment/full-stage.fixture.ts';
import { parseStage } from '#infra/deployment/stage-file.ts';
import { settingNames } from '#infra/settings.ts';
import { synthesizer, type Template, type Templates } from './templates.fixture.ts';

/**
 * What each change of settings does to a stage that exists. To update the snapshot: `npx vitest run --project unit
 * test/infra/changes-of-settings.test.ts -u`.
 */

const { synthesize, remove } = synthesizer();
afterAll(remove);

const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/own';
const variants: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'by default': {},
  'without SIP': { sip: 'off' },
  'UDP only': { sip: 'udp' },
  'one task': { sipTasks: '1' },
  'other zones': { zones: 'us-east-1b,us-east-1d' },
  'fixed addresses': { sipEgress: 'nat' },
  relays: { mediaRelay: 'true' },
  'a domain': { domain: 'api.example.com' },
  'a domain in a zone': { domain: 'api.example.com', hostedZoneId: 'Z1' },
  'a domain and its own certificate': { domain: 'api.example.com', certificateArn },
  'releases step by step': { release: 'canary' },
  'few alarms, by e-mail': { alarms: 'few', alarmEmail: 'ops@example.com', provisionedConcurrency: '0' },
  'reports of SMS': { sms: 'eum' },
  'restored data': { tableName: 'trunkline-test-table-2', bucketSuffix: '2' },
  ephemeral: { ephemeral: 'true' },
};
const names = Object.keys(variants);
const templatesOf = (name: string): Templates => synthesize(variants[name]);
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to): [string, string] => [from, to]));

/** Properties by which a resource of a type is known outside, or that make it another one: written down by hand. */
const identities: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::KMS::Key': [],
  'AWS::Backup::BackupVault': ['BackupVaultName'],
  'AWS::CertificateManager::Certificate': ['DomainName', 'SubjectAlternativeNames', 'DomainValidationOptions'],
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::ApiGatewayV2::DomainName': ['DomainName'],
  'AWS::Route53::RecordSet': ['Name', 'HostedZoneId'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['Scheme', 'Type', 'Name'],
  'AWS::ElasticLoadBalancingV2::Listener': ['LoadBalancerArn'],
  'AWS::ElasticLoadBalancingV2::TargetGroup': ['Port', 'Protocol', 'VpcId', 'TargetType'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::EC2::Subnet': ['VpcId', 'AvailabilityZone', 'CidrBlock'],
  'AWS::EC2::EIP': ['Domain'],
  'AWS::EC2::NatGateway': ['SubnetId', 'AllocationId'],
  'AWS::ECS::Service': ['ServiceName', 'Cluster', 'LaunchType'],
  'AWS::ServiceDiscovery::PrivateDnsNamespace': ['Name', 'Vpc'],
};

/** Resources with state or an address that are gone, or another one, after a change. */
const lost = (before: Templates, after: Templates): string[] =>
  [...before].flatMap(([stack, { Resources }]) => {
    const template: Template | undefined = after.get(stack);
    if (template === undefined) return [`${stack} ${stack}`];
    return Object.entries(Resources)
      .filter(([id, { Type, Properties }]) => {
        const [identity, next] = [identities[Type], template.Resources[id]];
        if (identity === undefined || next === undefined) return identity !== undefined;
        return identity.some((name) => JSON.stringify(Properties?.[name]) !== JSON.stringify(next.Properties?.[name]));
      })
      .map(([id]) => `${stack} ${id}`);
  });

test('each resource type is known as kept or as renewed', () => {
  const types = new Set(
    names
      .flatMap((name) => [...templatesOf(name).values()].flatMap(({ Resources }) => Object.values(Resources)))
      .map(({ Type }) => Type),
  );
  expect(types.size).toBeGreaterThan(60);
  expect([...types].filter((type) => !isJudged(type))).toEqual([]);
});

/** Whether a change names all that it loses with state or an address, each with its loss and its way around. */
function assertNamed(what: string, before: Templates, after: Templates): void {
  const found = forbiddenChanges(before, after);
  const named = new Set(found.map(({ stack, resource }) => `${stack} ${resource}`));
  expect(
    lost(before, after).filter((each) => !named.has(each)),
    what,
  ).toEqual([]);
  for (const each of found) expect(describeForbidden(each)).toMatch(/would be .+: .{15,}\. Instead, .{10,}\.$/);
}

const textOf = ({ stack, type, change, confirmable }: ForbiddenChange): string =>
  `${stack} ${type.replace('AWS::', '')} ${change}${confirmable ? '' : ', never'}`;

/** What a change loses: a line for it, and one for each kind of resource. */
function linesOf(what: string, before: Templates, after: Templates): string[] {
  const counts = Map.groupBy(forbiddenChanges(before, after).map(textOf), (text) => text);
  return [
    `${what}${counts.size === 0 ? ': nothing' : ''}`,
    ...[...counts].map(([text, each]) => `  ${each.length} × ${text}`).toSorted(),
  ];
}

describe('a change between any two variants', () => {
  test('loses nothing with state or an address unnamed, and each name has its loss and its way around', () => {
    for (const [from, to] of pairs) assertNamed(`${from} → ${to}`, templatesOf(from), templatesOf(to));
  });

  test('names what the snapshot says', async () => {
    const lines = pairs
      .filter((pair) => pair.includes('by default'))
      .flatMap(([from, to]) => linesOf(`${from} → ${to}`, templatesOf(from), templatesOf(to)));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('changes-of-settings.txt');
  });
});

describe('a change of one setting', () => {
  // The other functions have no state and no address.
  const few = synthesizer(
    all.filter(({ name }) => ['auth', 'evaluator', 'cdr-ingest', 'sms-reports', 'email'].includes(name)),
  );
  afterAll(few.remove);
  /** Settings that another one needs. */
  const needs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    certificateArn: { domain: 'api.example.com' },
    hostedZoneId: { domain: 'api.example.com' },
    sipDomain: { domain: 'api.example.com' },
    smsDeliveryLog: { sms: 'sns' },
    maxRelays: { mediaRelay: 'true' },
  };
  const { context } = parseStage('test', JSON.stringify(fullStage));
  const without = (name: string): Templates => few.synthesize(needs[name]);
  const set = (name: string): Templates => few.synthesize({ ...needs[name], [name]: context[name] ?? '' });

  test('and back loses nothing with state or an address unnamed', () => {
    expect(settingNames().length).toBeGreaterThan(50);
    for (const name of settingNames()) {
      assertNamed(`${name} is set`, without(name), set(name));
      assertNamed(`${name} is removed`, set(name), without(name));
    }
  });

  test('loses what the snapshot says, and other settings lose nothing', async () => {
    const lines = settingNames().flatMap((name) => [
      ...linesOf(`${name} is set`, without(name), set(name)),
      ...linesOf(`${name} is removed`, set(name), without(name)),
    ]);
    const losing = lines.filter((line) => !line.endsWith(': nothing'));
    await expect(`${losing.join('\n')}\n`).toMatchFileSnapshot('changes-of-one-setting.txt');
  });
});

test('one task instead of two removes neither a subnet nor a balancer', () => {
  expect(forbiddenChanges(templatesOf('by default'), templatesOf('one task'))).toEqual([]);
  expect(forbiddenChanges(templatesOf('one task'), templatesOf('by default'))).toEqual([]);
});

test('other zones are rejected: their subnets have the addresses of those that are there', () => {
  const found = forbiddenChanges(templatesOf('by default'), templatesOf('other zones'));
  expect(found.filter(({ type }) => type === 'AWS::EC2::Subnet')).toHaveLength(4);
  expect(found.every(({ confirmable }) => confirmable)).toBe(false);
});

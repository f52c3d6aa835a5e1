import { afterAll, expect, test } from 'vitest';
import { listAt, valueAt } from '#infra/declared.ts';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const services = (context: Readonly<Record<string, string>>): unknown[] =>
  propertiesOf(synthesize(context), 'AWS::ECS::Service').map(({ ServiceName }) => ServiceName);

test('there is no media relay unless context says so', () => {
  expect(services({})).toEqual(['trunkline-test-sip-sidecar']);
  expect(services({ mediaRelay: 'true' })).toEqual(['trunkline-test-sip-sidecar', 'trunkline-test-media-relay']);
  expect(() => services({ mediaRelay: 'true', sip: 'off' })).toThrow('mediaRelay needs SIP');
  expect(() => services({ mediaRelay: 'yes' })).toThrow('mediaRelay must be false or true');
});

test('relays have public addresses, and are found by leases and, as in the last release, under a private name', () => {
  const templates = synthesize({ mediaRelay: 'true' });
  const relay = propertiesOf(templates, 'AWS::ECS::Service').find(({ ServiceName }) =>
    String(ServiceName).endsWith('media-relay'),
  );
  expect(relay).toMatchObject({ NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } } });
  expect(propertiesOf(templates, 'AWS::ServiceDiscovery::PrivateDnsNamespace')).toMatchObject([
    { Name: 'test.trunkline.internal' },
  ]);
  const definitions = propertiesOf(templates, 'AWS::ECS::TaskDefinition').map((each) => JSON.stringify(each));
  expect(definitions.find((text) => text.includes('sip-sidecar"'))).toContain(
    '{"Name":"MEDIA_RELAY","Value":"leases,media-relay.test.trunkline.internal:22222/8081"}',
  );
});

test('commands come from the sidecar only, media from anywhere', () => {
  const templates = synthesize({ mediaRelay: 'true' });
  const [group] = propertiesOf(templates, 'AWS::EC2::SecurityGroup').filter(
    ({ GroupDescription }) => GroupDescription === 'Media relays',
  );
  expect(group?.['SecurityGroupIngress']).toEqual([
    expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: 'udp', FromPort: 30_000, ToPort: 39_999 }),
  ]);
  const commands = propertiesOf(templates, 'AWS::EC2::SecurityGroupIngress').filter(
    ({ FromPort }) => FromPort === 22_222,
  );
  expect(commands).toHaveLength(1);
  expect(commands[0]).toMatchObject({ IpProtocol: 'udp', ToPort: 22_222 });
  expect(commands[0]).not.toHaveProperty('CidrIp');
  const control = propertiesOf(templates, 'AWS::EC2::SecurityGroupIngress').filter(
    ({ Description }) => Description === 'Sounds and digits',
  );
  expect(control).toMatchObject([{ IpProtocol: 'tcp', FromPort: 8_081, ToPort: 8_081 }]);
  expect(control[0]).not.toHaveProperty('CidrIp');
});

test('relays reach Secrets Manager by its endpoint in the network, whose name they get', () => {
  const described = propertiesOf(synthesize({ mediaRelay: 'true' }), 'AWS::EC2::SecurityGroupIngress').filter(
    ({ Description }) => Description === 'HTTPS of media relays',
  );
  expect(described).toMatchObject([{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }]);
});

test('relays are scaled by their sessions', () => {
  const policies = propertiesOf(synthesize({ mediaRelay: 'true' }), 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
    (policy) => policy['TargetTrackingScalingPolicyConfiguration'],
  );
  expect(policies).toContainEqual({
    CustomizedMetricSpecification: {
      Namespace: 'trunkline-test-media-relay',
      MetricName: 'Sessions',
      Statistic: 'Average',
    },
    TargetValue: 300,
    ScaleOutCooldown: 60,
    ScaleInCooldown: 900,
  });
});

test('as many relays run as the settings allow', () => {
  const mostOf = (context: Readonly<Record<string, string>>): unknown =>
    propertiesOf(synthesize({ mediaRelay: 'true', ...context }), 'AWS::ApplicationAutoScaling::ScalableTarget').find(
      ({ ResourceId }) => JSON.stringify(ResourceId).includes('mediarelay'),
    )?.['MaxCapacity'];
  expect([mostOf({}), mostOf({ maxRelays: '20' })]).toEqual([8, 20]);
  expect(() => mostOf({ maxRelays: '1' })).toThrow('maxRelays must be a whole number from 2');
  expect(() => mostOf({ maxRelays: '2501' })).toThrow('maxRelays must be at most 2500');
});

test('relays write their leases, and no other items', () => {
  const leading = propertiesOf(synthesize({ mediaRelay: 'true' }), 'AWS::IAM::Policy')
    .filter(({ PolicyName }) => String(PolicyName).includes('mediarelayPolicy'))
    .flatMap(({ PolicyDocument }) => listAt(PolicyDocument, 'Statement'))
    .filter((statement) => JSON.stringify(statement).includes('dynamodb:'))
    .map((statement) => valueAt(statement, 'Condition', 'ForAllValues:StringLike', 'dynamodb:LeadingKeys'));
  expect(leading).toEqual([['relay-lease#*']]);
});

test('two relays run, in different zones, and one where a single task of the sidecar does', () => {
  const countOf = (context: Readonly<Record<string, string>>): unknown =>
    propertiesOf(synthesize({ mediaRelay: 'true', ...context }), 'AWS::ECS::Service').find(({ ServiceName }) =>
      String(ServiceName).endsWith('media-relay'),
    )?.['DesiredCount'];
  expect(countOf({})).toBe(2);
  expect(countOf({ sipTasks: '1' })).toBe(1);
});

test('relays add recordings and read sounds, and neither read, replace nor delete the files of tenants', () => {
  const policies = propertiesOf(synthesize({ mediaRelay: 'true' }), 'AWS::IAM::Policy').filter(({ PolicyName }) =>
    String(PolicyName).includes('mediarelayPolicy'),
  );
  type Statement = { readonly Action: string | string[]; readonly Resource: unknown; readonly Condition?: unknown };
  const granted = policies
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { readonly Statement: Statement[] }).Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('s3:'))
    .flatMap(({ Action, Resource, Condition }) =>
      [Resource].flat().map((each) => {
        const [, bucket, key] = /test-(\w+)-.*\/(org_[^"]+)"/.exec(JSON.stringify(each)) ?? [];
        return `${[Action].flat().join()} ${bucket} ${key} ${Condition === undefined ? '' : JSON.stringify(Condition)}`;
      }),
    );
  const isNew = '{"Null":{"s3:if-none-match":"false"}}';
  const isPart = '{"Bool":{"s3:ObjectCreationOperation":"false"}}';
  expect(granted.map((each) => each.trim()).toSorted()).toEqual(
    [
      's3:GetObject files org_*/sounds/*',
      's3:GetObject speech org_*/sounds/*',
      's3:GetObject voicemail org_*/sounds/*',
      ...['files', 'voicemail'].flatMap((each) => [
        `s3:AbortMultipartUpload ${each} org_*/${each}/*`,
        `s3:PutObject ${each} org_*/${each}/* ${isNew}`,
        `s3:PutObject ${each} org_*/${each}/* ${isPart}`,
      ]),
    ].toSorted(),
  );
});

test('relays that are missing or full raise alarms', () => {
  const alarmsOf = (context: Readonly<Record<string, string>>) =>
    propertiesOf(synthesize(context), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      String(AlarmName).startsWith('trunkline-test-media-relay-'),
    );
  expect(alarmsOf({ mediaRelay: 'true' })).toMatchObject([
    { MetricName: 'Relays', Threshold: 9, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
    { MetricName: 'Sessions', Threshold: 450 },
  ]);
  expect(alarmsOf({})).toEqual([]);
});

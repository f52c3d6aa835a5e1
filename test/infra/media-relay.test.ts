import { afterAll, expect, test } from 'vitest';
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

test('relays have public addresses, and are found by the sidecar under a private name', () => {
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
    '{"Name":"MEDIA_RELAY","Value":"media-relay.test.trunkline.internal:22222/8081"}',
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

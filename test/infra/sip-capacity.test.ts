import { afterAll, expect, test } from 'vitest';
import { propertiesOf, referencesIn, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

test('busy tasks of the sidecar are joined by others, and leave slowly', () => {
  const templates = synthesize();
  const [target] = propertiesOf(templates, 'AWS::ApplicationAutoScaling::ScalableTarget').filter(
    ({ ServiceNamespace }) => ServiceNamespace === 'ecs',
  );
  expect(target).toMatchObject({ MinCapacity: 2, MaxCapacity: 10, ScalableDimension: 'ecs:service:DesiredCount' });
  const policies = propertiesOf(templates, 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
    (policy) => policy['TargetTrackingScalingPolicyConfiguration'],
  );
  expect(policies).toContainEqual({
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    TargetValue: 50,
    ScaleOutCooldown: 60,
    ScaleInCooldown: 900,
  });
});

test('the network is in the zones of choice, as the first ones of a region may lack Fargate', () => {
  const zonesOf = (context: Readonly<Record<string, string>>) => {
    const { Resources } = synthesize(context).get('sip')!;
    const [balancer] = propertiesOf(synthesize(context), 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    return referencesIn(balancer?.['Subnets']).map((id) =>
      JSON.stringify(Resources[id]?.Properties?.['AvailabilityZone']),
    );
  };
  const zones = 'us-east-1b,us-east-1d';
  expect(zonesOf({ zones })).toEqual(['"us-east-1b"', '"us-east-1d"']);
  expect(zonesOf({ zones, sipTasks: '1' })).toEqual(['"us-east-1b"']);
});

test('a consumer in the network of SIP leaves dead letters to SQS, which it cannot reach, and others do not', () => {
  const functions = propertiesOf(synthesize(), 'AWS::Lambda::Function');
  const variablesOf = (name: string) =>
    JSON.stringify(functions.find(({ FunctionName }) => FunctionName === `trunkline-test-${name}`)?.['Environment']);
  expect(variablesOf('device-reboots')).not.toContain('DLQ_URL');
  expect(variablesOf('cdr-ingest')).toContain('DLQ_URL');
});

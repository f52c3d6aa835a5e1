import { afterAll, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

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

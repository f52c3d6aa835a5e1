import { afterAll, expect, test } from 'vitest';
import { synthesizer } from '#test/infra/templates.fixture.ts';
import { readAssembly } from '../templates/assembly.ts';
import { deploymentOf } from './services.ts';

const { app, remove } = synthesizer();
afterAll(remove);

/** How the service of that container is deployed, by the synthesized templates. */
function deploymentIn(container: string) {
  const { resources } = readAssembly(app({ mediaRelay: 'true' }).directory);
  const service = resources.find(
    ({ type, properties }) =>
      type === 'AWS::ECS::Service' && String(properties['ServiceName']).endsWith(`-${container}`),
  );
  expect(service).toBeDefined();
  return deploymentOf(service?.properties ?? {}, resources);
}

test('tasks of the sidecar are checked and replaced as the templates say', () => {
  expect(deploymentIn('sip-sidecar')).toEqual({
    limits: { minimum: 100, maximum: 200 },
    path: '/ready',
    check: { interval: 10_000, threshold: 2, grace: 60_000 },
  });
});

test('media relays, which are behind no balancer, have no check of a target group', () => {
  expect(deploymentIn('media-relay')).toEqual({
    limits: { minimum: 100, maximum: 200 },
    path: undefined,
    check: undefined,
  });
});

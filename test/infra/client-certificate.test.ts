import { afterAll, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

/** The text of the task definition and of the policies of the sidecar. */
function sidecarOf(context: Readonly<Record<string, string>>) {
  const templates = synthesize(context);
  const textOf = (type: string): string => JSON.stringify(propertiesOf(templates, type));
  return { tasks: textOf('AWS::ECS::TaskDefinition'), policies: textOf('AWS::IAM::Policy') };
}

test('the sidecar reads the certificate that context names, and no other secret of the operator', () => {
  const named = sidecarOf({ sipClientCertificate: 'teams/sbc' });
  expect(named.tasks).toContain('{"Name":"SIP_CLIENT_CERTIFICATE_SECRET","Value":"teams/sbc"}');
  expect(named.policies.match(/:secret:teams\/sbc-\?{6}/g)).toHaveLength(1);
  const without = sidecarOf({});
  expect(without.tasks).not.toContain('SIP_CLIENT_CERTIFICATE_SECRET');
  expect(without.policies).not.toContain('teams');
  expect(() => synthesize({ sipClientCertificate: 'teams*' })).toThrow('must be the name of a secret');
});

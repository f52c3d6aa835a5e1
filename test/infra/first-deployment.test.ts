import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createdBefore, ofType, propertiesOf, referencesIn, synthesizer, type Template } from './templates.fixture.ts';

const { app, synthesize, remove } = synthesizer();
afterAll(remove);

const templates = synthesize();

/** The ids of the policies that are attached to a role. */
const policiesOf = (template: Template, role: string): string[] =>
  ofType(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => referencesIn(Properties?.['Roles']).includes(role))
    .map(([id]) => id);

/** Each resource of a type, with the policies of the roles that its property or task definition names. */
function withPolicies(type: string, rolesIn: (template: Template, id: string) => string[]) {
  return [...templates].flatMap(([stack, template]) =>
    ofType(template, type).map(([id]) => ({
      name: `${stack} ${id}`,
      policies: rolesIn(template, id).flatMap((role) => policiesOf(template, role)),
      before: createdBefore(template, id),
    })),
  );
}

describe('what runs waits for the policies of its role', () => {
  test.each(
    withPolicies('AWS::Lambda::Function', ({ Resources }, id) => referencesIn(Resources[id]?.Properties?.['Role'])),
  )('the function $name', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(0);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });

  test.each(
    withPolicies('AWS::ECS::Service', ({ Resources }, id) =>
      referencesIn(Resources[id]?.Properties?.['TaskDefinition']).flatMap((task) =>
        referencesIn([Resources[task]?.Properties?.['TaskRoleArn'], Resources[task]?.Properties?.['ExecutionRoleArn']]),
      ),
    ),
  )('the service $name: of its tasks and of their execution', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(1);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });

  test.each(
    withPolicies('AWS::Lambda::EventSourceMapping', ({ Resources }, id) =>
      referencesIn(Resources[id]?.Properties?.['FunctionName']).flatMap((of) =>
        referencesIn(Resources[of]?.Properties?.['Role']),
      ),
    ),
  )('the event source $name', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(0);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });
});

describe('a route', () => {
  const withRoutes = [...templates].filter(([, template]) => ofType(template, 'AWS::ApiGatewayV2::Route').length > 0);

  test('is in the stack of its function, is created after it and its permission, and so is deleted before them', () => {
    expect(withRoutes.length).toBeGreaterThan(8);
    for (const [, template] of withRoutes)
      for (const [id] of ofType(template, 'AWS::ApiGatewayV2::Route')) {
        const before = [...createdBefore(template, id)].map((each) => template.Resources[each]?.Type);
        expect(before, id).toEqual(
          expect.arrayContaining([
            'AWS::Lambda::Function',
            'AWS::Lambda::Permission',
            'AWS::ApiGatewayV2::Integration',
          ]),
        );
      }
  });

  test('is added to an API that is deployed before, and deleted after', () => {
    const { stacks } = app({});
    const nameOf = (part: string): string => `Trunkline-test-${part}`;
    for (const [part] of withRoutes) {
      const { dependencies } = stacks.find(({ stackName }) => stackName === nameOf(part))!;
      expect(
        dependencies.map(({ id }) => id),
        part,
      ).toContain(nameOf('api'));
    }
  });
});

describe('a first creation that fails', () => {
  const retained = [...templates.values()].flatMap(({ Resources }) =>
    Object.entries(Resources).filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy !== 'Delete'),
  );

  test('leaves no resource behind: a fixed name would block the next attempt', () => {
    const beside = retained.filter(([, { Type }]) => Type !== 'AWS::Logs::LogGroup');
    expect(beside.length).toBeLessThan(retained.length);
    expect(beside.map(([, { Type }]) => Type).toSorted()).toEqual([
      'AWS::Backup::BackupVault',
      'AWS::DynamoDB::Table',
      ...Array.from({ length: 6 }, () => 'AWS::S3::Bucket'),
      ...Array.from({ length: 6 }, () => 'AWS::SecretsManager::Secret'),
    ]);
    for (const [id, resource] of retained)
      expect(resource, id).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('creates the protected table after all else, so that nothing that fails has to delete it', () => {
    const stack = templates.get('data')!;
    const [[table, { Properties }] = ['', { Properties: {} }]] = ofType(stack, 'AWS::DynamoDB::Table');
    expect(Properties).toMatchObject({ DeletionProtectionEnabled: true });
    const others = Object.entries(stack.Resources).filter(
      ([id, { Type }]) => id !== table && Type !== 'AWS::CDK::Metadata' && !createdBefore(stack, table).has(id),
    );
    expect(others).toEqual([]);
  });

  test('can be cleaned up: only the stack with the data is protected from deletion', () => {
    const { stacks } = app({});
    expect(stacks.filter((each) => each.terminationProtection === true).map(({ stackName }) => stackName)).toEqual([
      'Trunkline-test-data',
    ]);
    expect(app({ ephemeral: 'true' }).stacks.filter((each) => each.terminationProtection === true)).toEqual([]);
  });
});

describe('a stage without a domain needs one deployment', () => {
  const url = /execute-api\.",\{"Ref":"AWS::Region"\}/;

  test('as the buckets let pages of the URL in that AWS generates, and functions know it', () => {
    const cors = propertiesOf(templates, 'AWS::S3::Bucket').flatMap(({ CorsConfiguration: of = [] }) => of);
    expect(cors).toHaveLength(2);
    for (const each of cors) expect(JSON.stringify(each)).toMatch(url);
    const variables = propertiesOf(templates, 'AWS::Lambda::Function').map(({ Environment }) => Environment);
    for (const each of variables) expect(JSON.stringify(each)).toMatch(url);
    expect(JSON.stringify([...templates])).not.toMatch(/https:\/\/[\w.]+\.invalid/);
  });

  test('as each stack that names the API is deployed after it', () => {
    const { stacks } = app({});
    const naming = [...templates].filter(([, template]) =>
      JSON.stringify(template.Parameters ?? {}).includes('/api/id'),
    );
    expect(naming.length).toBeGreaterThan(9);
    for (const [part] of naming) {
      const stack = stacks.find(({ stackName }) => stackName === `Trunkline-test-${part}`)!;
      expect(
        stack.dependencies.map(({ id }) => id),
        part,
      ).toContain('Trunkline-test-api');
    }
  });
});

describe('without warm environments, which a new account does not allow', () => {
  const without = synthesize({ provisionedConcurrency: '0' });
  const textOf = (type: string): string => JSON.stringify(propertiesOf(without, type));

  test('no function has an alias, a version or target tracking', () => {
    for (const type of ['Lambda::Alias', 'Lambda::Version', 'ApplicationAutoScaling::ScalableTarget'])
      expect(propertiesOf(without, `AWS::${type}`).filter((each) => !JSON.stringify(each).includes('ecs'))).toEqual([]);
  });

  test('routes, permissions, alarms and the dashboard name the function itself', () => {
    for (const type of [
      'ApiGatewayV2::Integration',
      'Lambda::Permission',
      'CloudWatch::Alarm',
      'CloudWatch::Dashboard',
    ])
      expect(textOf(`AWS::${type}`), type).not.toMatch(/:live|Provisioned/);
    expect(textOf('AWS::ApiGatewayV2::Integration')).not.toContain('Live');
  });
});

test('two stages of an account have no physical name in common', () => {
  /** Properties that end in `Name` but name nothing that is created. */
  const references = new Set([
    'AWS::ApiGatewayV2::Stage StageName',
    'AWS::CloudWatch::Alarm MetricName',
    'AWS::EC2::VPCEndpoint ServiceName',
    // A policy's name is unique in its role, an alias's in its function.
    'AWS::IAM::Policy PolicyName',
    'AWS::Lambda::Alias Name',
    'AWS::ApplicationAutoScaling::ScalingPolicy PolicyName',
  ]);
  const namesIn = (stage: string) =>
    [...synthesize({ stage }).values()].flatMap(({ Resources }) =>
      Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
        Object.entries(Properties)
          .filter(([key, value]) => key.endsWith('Name') && typeof value === 'string')
          .filter(([key]) => !references.has(`${Type} ${key}`))
          .map(([key, value]) => `${Type} ${key} ${String(value)}`),
      ),
    );
  const own = new Set(namesIn('one'));
  expect(own.size).toBeGreaterThan(50);
  expect(namesIn('two').filter((name) => own.has(name))).toEqual([]);
});

test('tests and the local cloud build the templates that `cdk deploy` builds', () => {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { readonly context: object };
  expect(Object.keys(context)).toContain('@aws-cdk/aws-iam:minimizePolicies');
  // As the command line passes it to the app (aws-cdk, "CDK_CONTEXT_JSON").
  process.env['CDK_CONTEXT_JSON'] = JSON.stringify(context);
  const deployed = synthesize();
  delete process.env['CDK_CONTEXT_JSON'];
  for (const [name, template] of templates) expect(deployed.get(name), name).toEqual(template);
});

import { afterAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { chunkKey } from '#functions/messaging/sms-logs/result-file.ts';
import { loadRows } from '#bin/access-patterns/rows.ts';
import { namesFor } from '#infra/names.ts';
import { routesOf } from '#contract/routes.ts';
import { maximumReceives } from '#contract/queues.ts';
import { queuesOf, type Consumer, type Resource } from '#contract/resource.ts';
import { synthesizer, type Templates } from './templates.fixture.ts';

const names = namesFor('test');
const rows = await loadRows();
const { synthesize, remove } = synthesizer();
afterAll(remove);

/** The templates of all stacks by their names. */
const templatesOf = (context: Readonly<Record<string, string>> = {}): Templates =>
  new Map([...synthesize({ sms: 'eum', ...context })].map(([part, template]) => [`Trunkline-test-${part}`, template]));

const templates = templatesOf();
const ofType = (
  type: string,
  of = templates,
): (Readonly<Record<string, unknown>> & { readonly DeletionPolicy?: string | undefined })[] =>
  [...of.values()]
    .flatMap(({ Resources }) => Object.values(Resources))
    .filter((each) => each.Type === type)
    .map(({ Properties, DeletionPolicy }) => ({ ...Properties, DeletionPolicy }));
const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');

describe('the table', () => {
  const [table, ...others] = ofType('AWS::DynamoDB::Table');

  test('is on demand, recoverable to any point in time, and retained with its stack', () => {
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      TableName: names.table,
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      DeletionPolicy: 'RetainExceptOnCreate',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    });
  });

  test('has two indexes', () => {
    expect((table?.['GlobalSecondaryIndexes'] as { IndexName: string }[]).map(({ IndexName }) => IndexName)).toEqual([
      'GSI1',
      'GSI2',
    ]);
  });

  test('is deleted with an ephemeral stage', () => {
    const ephemeral = templatesOf({ ephemeral: 'true' });
    expect(ofType('AWS::DynamoDB::Table', ephemeral)).toMatchObject([
      { DeletionProtectionEnabled: false, DeletionPolicy: 'Delete' },
    ]);
    expect(ofType('AWS::SecretsManager::Secret', ephemeral).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(
      Array.from({ length: 6 }, () => 'Delete'),
    );
  });
});

const queues = queuesOf(contracts);

describe.each(queues)('the queue %s', (name) => {
  const queue = ofType('AWS::SQS::Queue').find((each) => each['QueueName'] === names.queue(name));
  const deadLetters = ofType('AWS::SQS::Queue').find((each) => each['QueueName'] === names.deadLetters(name));
  const consumers = contracts.filter(
    (contract): contract is Consumer => contract.kind === 'consumer' && contract.queue === name,
  );

  test('is encrypted, uses long polling, and has a dead-letter queue', () => {
    expect(queue).toMatchObject({
      SqsManagedSseEnabled: true,
      ReceiveMessageWaitTimeSeconds: 20,
      RedrivePolicy: { maxReceiveCount: maximumReceives },
    });
    expect(deadLetters).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    expect(
      ofType('AWS::SQS::QueuePolicy').filter(({ PolicyDocument }) =>
        JSON.stringify(PolicyDocument).includes('"aws:SecureTransport":"false"'),
      ),
    ).toHaveLength(2 * queues.length);
  });

  test('hides a message for six times the timeout of its consumer', () => {
    expect(consumers.length).toBeLessThanOrEqual(1);
    for (const { timeout } of consumers) expect(queue?.['VisibilityTimeout']).toBe(6 * timeout);
  });

  test('is consumed in partial batches with limited concurrency, and not with reserved concurrency', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(({ EventSourceArn }) =>
      JSON.stringify(EventSourceArn).includes(`:${names.queue(name)}"`),
    );
    expect(mappings).toHaveLength(consumers.length);
    for (const { batchSize, batchWindow, maximumConcurrency } of consumers)
      expect(mappings).toContainEqual(
        expect.objectContaining({
          BatchSize: batchSize,
          MaximumBatchingWindowInSeconds: batchWindow,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: maximumConcurrency },
        }),
      );
    const reserved = ofType('AWS::Lambda::Function').filter((each) => 'ReservedConcurrentExecutions' in each);
    expect(reserved.map(({ FunctionName }) => FunctionName)).toEqual([names.function('auth')]);
  });
});

describe('the IAM policy of a function', () => {
  type Statement = {
    readonly Action: string | string[];
    readonly Resource: unknown;
    readonly Effect: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const policies = ofType('AWS::IAM::Policy').map(
    ({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement,
  );
  const statements = policies.flat();
  const actionsOf = ({ Action }: Statement): string[] => [Action].flat();
  const ofTable = statements.filter(
    (each) =>
      actionsOf(each).some((action) => action.startsWith('dynamodb:')) &&
      !actionsOf(each).some((action) => ['dynamodb:ListStreams', 'dynamodb:GetRecords'].includes(action)),
  );

  test('lists single actions', () => {
    expect(statements.flatMap(actionsOf).filter((action) => action.includes('*'))).toEqual([]);
    // AWS Backup uses AWS's own policies (infra/constructs/backups.ts).
    const ours = ofType('AWS::IAM::Role').filter((role) => !JSON.stringify(role).includes('backup.amazonaws.com'));
    expect(ours.flatMap((role) => role['ManagedPolicyArns'] ?? [])).toEqual([]);
  });

  test('limits access to the table by the leading key, which must be present', () => {
    expect(ofTable.length).toBeGreaterThan(resources.length);
    const known = rows.map(({ row }) => `${row.entity}#*`);
    for (const { Condition } of ofTable) {
      expect(Condition?.['Null']).toEqual({ 'dynamodb:LeadingKeys': 'false' });
      const keys = [Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']].flat();
      expect(keys.length).toBeGreaterThan(0);
      expect(known).toEqual(expect.arrayContaining(keys));
    }
  });

  test('has neither Scan nor all items of the table', () => {
    expect(statements.flatMap(actionsOf).filter((action) => /^dynamodb:(Scan|PartiQL|.*Table)/.test(action))).toEqual(
      [],
    );
  });

  test('fits the 10,240 characters that IAM allows for inline policies of a role', () => {
    for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThan(10_240);
  });

  test('lets only the sealer write the event log', () => {
    const writers = ofTable.filter(
      (each) => actionsOf(each).includes('dynamodb:PutItem') && JSON.stringify(each.Condition).includes('"eventlog#*"'),
    );
    expect(writers.length).toBeLessThanOrEqual(1);
  });
});

describe('the API', () => {
  const routes = ofType('AWS::ApiGatewayV2::Route').map(({ RouteKey }) => String(RouteKey));

  test('has exactly the routes of the contracts', () => {
    expect(routes.toSorted()).toEqual([...routesOf(resources).values()].flat().toSorted());
  });

  test('has a limit of requests, which context sets', () => {
    const limitsOf = (of = templates) =>
      ofType('AWS::ApiGatewayV2::Stage', of).map((stage) => stage['DefaultRouteSettings']);
    const limit = { ThrottlingRateLimit: 2_000, ThrottlingBurstLimit: 4_000 };
    expect(limitsOf()).toEqual([limit, limit]);
    const lower = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };
    expect(limitsOf(templatesOf({ requestsPerSecond: '50' }))).toEqual([lower, lower]);
  });

  test('answers every request: $default takes unknown routes', () => {
    expect(routes).toContain('$default');
  });

  test('logs the route, and never the path, the query or a header', () => {
    const [stage] = ofType('AWS::ApiGatewayV2::Stage');
    const { Format } = stage?.['AccessLogSettings'] as { Format: string };
    const variables = Object.values(JSON.parse(Format) as Record<string, string>);
    expect(variables).toEqual([
      '$context.requestId',
      '$context.requestTime',
      '$context.routeKey',
      '$context.status',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.error.message',
      '$context.integrationErrorMessage',
    ]);
  });

  test('allows the configured origins, without credentials', () => {
    expect(ofType('AWS::ApiGatewayV2::Api')[0]).not.toHaveProperty('CorsConfiguration');
    const [api] = ofType(
      'AWS::ApiGatewayV2::Api',
      templatesOf({ corsOrigins: 'https://a.example, https://b.example' }),
    );
    expect(api?.['CorsConfiguration']).toMatchObject({ AllowOrigins: ['https://a.example', 'https://b.example'] });
    expect(api?.['CorsConfiguration']).not.toHaveProperty('AllowCredentials');
  });
});

test('pages of the platform itself and of the configured origins use the links of browsed buckets only', () => {
  const rulesOf = (context: Record<string, string>) =>
    Object.fromEntries(
      ofType('AWS::S3::Bucket', templatesOf(context)).flatMap(({ BucketName, CorsConfiguration }) => {
        const { CorsRules } = (CorsConfiguration ?? {}) as { CorsRules?: readonly { AllowedOrigins: unknown }[] };
        const [, name = ''] = /-(files|voicemail|email|exports)-/.exec(JSON.stringify(BucketName)) ?? [];
        return CorsRules === undefined ? [] : [[name, CorsRules[0]?.AllowedOrigins]];
      }),
    );
  const own = ['https://api.example.com'];
  expect(rulesOf({ domain: 'api.example.com' })).toEqual({ files: own, voicemail: own });
  const both = [...own, 'https://a.example'];
  expect(rulesOf({ domain: 'api.example.com', corsOrigins: 'https://a.example' })).toEqual({
    files: both,
    voicemail: both,
  });
});

describe('functions', () => {
  test('exist once per contract, on Node 24 and ARM', () => {
    const functions = ofType('AWS::Lambda::Function');
    expect(functions.map(({ FunctionName }) => FunctionName).toSorted()).toEqual(
      contracts.map(({ name }) => names.function(name)).toSorted(),
    );
    for (const each of functions) expect(each).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });

  test('have provisioned concurrency behind an alias if their contract says so, and only then', () => {
    const warm = resources.filter(({ provisioned }) => provisioned === true);
    expect(ofType('AWS::Lambda::Alias')).toHaveLength(warm.length);
    for (const alias of ofType('AWS::Lambda::Alias'))
      expect(alias).toMatchObject({
        Name: 'live',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      });
    const calls = ofType('AWS::ApiGatewayV2::Integration').map(({ IntegrationUri }) => JSON.stringify(IntegrationUri));
    expect(calls.filter((uri) => /^\{"Ref":"\w+Live/.test(uri))).toHaveLength(warm.length);
    expect(
      ofType('AWS::ApplicationAutoScaling::ScalingPolicy').filter((policy) =>
        JSON.stringify(policy).includes('LambdaProvisionedConcurrencyUtilization'),
      ),
    ).toHaveLength(warm.length);
  });

  test('share the concurrency of the account, but for log-in, which has its own', () => {
    const reserveOf = (of = templates) =>
      ofType('AWS::Lambda::Function', of).flatMap(({ FunctionName, ReservedConcurrentExecutions: reserve }) =>
        reserve === undefined ? [] : [[FunctionName, reserve]],
      );
    expect(reserveOf()).toEqual([[names.function('auth'), 24]]);
    expect(reserveOf(templatesOf({ loginConcurrency: '0' }))).toEqual([]);
  });

  test('are invoked by this API only', () => {
    for (const permission of ofType('AWS::Lambda::Permission').filter(
      ({ Principal }) => Principal === 'apigateway.amazonaws.com',
    ))
      expect(JSON.stringify(permission['SourceArn'])).toContain('execute-api');
    expect(ofType('AWS::Lambda::Permission').filter(({ Principal }) => Principal === '*')).toEqual([]);
  });
});

test('the results of searches of the SMS log expire after a day, and the other exports after a week', () => {
  type Rule = { readonly Prefix?: string; readonly ExpirationInDays?: number };
  const rules = ofType('AWS::S3::Bucket').flatMap(
    ({ LifecycleConfiguration }) => (LifecycleConfiguration as { readonly Rules: readonly Rule[] }).Rules,
  );
  const isOfSearches = ({ Prefix }: Rule) =>
    Prefix !== undefined && chunkKey({ org_id: 1, id: '' }, 0).startsWith(Prefix);
  expect(rules.filter(isOfSearches)).toMatchObject([{ ExpirationInDays: 1, Status: 'Enabled' }]);
  expect(rules.filter(({ ExpirationInDays: days }) => days === 7)).toHaveLength(2);
});

test.each([...templates.keys()])('%s exports nothing', (name) => {
  expect(JSON.stringify(templates.get(name))).not.toMatch(/"Fn::ImportValue"|"Export"/);
});

describe('event producers', () => {
  test('find the CDR queue by a parameter, and may send if they are named', () => {
    const published = (of = templates) =>
      ofType('AWS::SSM::Parameter', of)
        .map((parameter) => String(parameter['Name']))
        .filter((name) => name.endsWith('/cdr/queue-url'));
    expect(published()).toEqual(['/trunkline/test/cdr/queue-url']);
    expect(published(templatesOf({ sharedCdrParameter: 'true' }))).toEqual([
      '/trunkline/test/cdr/queue-url',
      '/platform/cdr/queue-url',
    ]);
    const producer = 'arn:aws:iam::123456789012:role/switch';
    const [policy] = ofType('AWS::SQS::QueuePolicy', templatesOf({ cdrProducers: producer })).filter((each) =>
      JSON.stringify(each).includes(producer),
    );
    expect(JSON.stringify(policy)).toContain('sqs:SendMessage');
    expect(JSON.stringify(ofType('AWS::SQS::QueuePolicy'))).not.toContain(producer);
  });
});

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemblyOf, bundlesFor } from '#test/infra/app.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { ask, toyDependencies, toyHandler, toyShop } from '#test/support/toy-shop.fixture.ts';
import { toy, toyNameRow, toyRow } from '#test/support/toys.fixture.ts';
import { omit } from '#schema/omit.ts';
import {
  effectsOfArchiving,
  invokes,
  linksObjects,
  linksUploads,
  managesIdentities,
  reads,
  readsQueueDepth,
  readsSecret,
  records,
  removesVersions,
  rotatesSecret,
  sends,
  sendsEmail,
  sendsSms,
  storesObjects,
  type Effect,
  unique,
  writes,
} from '#contract/effects.ts';
import { resource, type Resource } from '#contract/resource.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { AwsEndpoint } from '../local/aws/aws-endpoint.ts';
import { startOnSharedStore } from '../local/aws/endpoint-fixture.ts';
import { rolePolicies } from '../local/aws/roles.ts';
import { namesFor } from '../names.ts';
import { grantsFor, mailGrants, textGrants } from './grants.ts';

const names = namesFor('test');
type Statement = {
  readonly Action: string | string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

function statementsOf(...effects: readonly Effect[]): Statement[] {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
  const statements = grantsFor(stack, names, effects).map(
    (statement) => stack.resolve(statement.toStatementJson()) as Statement,
  );
  return JSON.parse(
    JSON.stringify(statements)
      .replaceAll('{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},"', '"arn:aws')
      .replaceAll('"]]}', '"'),
  ) as Statement[];
}

const entitiesIn = ({ Condition }: Statement): unknown =>
  Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
const table = 'arn:aws:dynamodb:eu-central-1:111122223333:table/trunkline-test-table';

describe('a function is granted', () => {
  test('nothing for no effects', () => {
    expect(statementsOf()).toEqual([]);
  });

  test('identities of domains, and no e-mail, for managing them; only those of the platform are deleted', () => {
    expect(statementsOf(managesIdentities())).toMatchObject([
      {
        Action: ['ses:CreateEmailIdentity', 'ses:GetEmailIdentity', 'ses:TagResource'],
        Resource: 'arn:aws:ses:eu-central-1:111122223333:identity/*',
      },
      {
        Action: 'ses:DeleteEmailIdentity',
        Resource: 'arn:aws:ses:eu-central-1:111122223333:identity/*',
        Condition: { Null: { 'aws:ResourceTag/trunkline:domain': 'false' } },
      },
    ]);
  });

  test('reads of the table in partitions of the entities that it reads', () => {
    expect(statementsOf(reads('trunk'))).toEqual([
      {
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'],
        Resource: table,
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['trunk#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      },
    ]);
  });

  test('an index by its own ARN, for the entities that it reads through it', () => {
    const statements = statementsOf(reads('trunk', 'GSI1'), reads('user', 'GSI2'), reads('session'));
    expect(statements.map((statement) => [statement.Resource, entitiesIn(statement)])).toEqual([
      [table, ['session#*', 'trunk#*', 'user#*']],
      [`${table}/index/GSI1`, ['trunk#*']],
      [`${table}/index/GSI2`, ['user#*']],
    ]);
    expect(statements[1]?.Action).toBe('dynamodb:Query');
  });

  test('reads and writes of what it writes, and writes of events for what it records', () => {
    const statements = statementsOf(
      writes('trunk'),
      unique('trunk-name'),
      records('trunk.created'),
      records('trunk.updated'),
    );
    expect(statements.map(entitiesIn)).toEqual([
      ['event#*', 'trunk#*', 'trunk-name#*'],
      ['event#*', 'trunk#*', 'trunk-name#*'],
    ]);
    expect(statements[1]?.Action).toEqual([
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    ]);
  });

  test('locks without the right to remove or bypass them, and removal of what no lock protects', () => {
    const granted = statementsOf(...effectsOfArchiving, removesVersions('archives')).filter(({ Resource }) =>
      Resource.includes(':s3:::'),
    );
    const bucket = 'arn:aws:s3:::trunkline-test-archives-111122223333-eu-central-1';
    expect(granted.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [
        ['s3:GetObject', 's3:PutObject', 's3:PutObjectRetention', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
        `${bucket}/*`,
      ],
      ['s3:DeleteObjectVersion', `${bucket}/*`],
      ['s3:ListBucketVersions', bucket],
    ]);
  });

  test('its queues, buckets, secrets and the functions that it asks, each with the actions of its effect', () => {
    const granted = statementsOf(
      storesObjects('exports'),
      linksObjects('exports'),
      linksUploads('exports'),
      sends('cdr-ingest'),
      readsQueueDepth('event-seal'),
      readsSecret('operator-admin'),
      rotatesSecret('signing-keys'),
      invokes('emergency-warnings'),
    ).map(({ Action, Resource }) => [Action, Resource]);
    expect(granted).toEqual(
      expect.arrayContaining([
        ['sqs:SendMessage', 'arn:aws:sqs:eu-central-1:111122223333:trunkline-test-cdr-ingest'],
        ['sqs:GetQueueAttributes', 'arn:aws:sqs:eu-central-1:111122223333:trunkline-test-event-seal'],
        [
          'lambda:InvokeFunction',
          'arn:aws:lambda:eu-central-1:111122223333:function:trunkline-test-emergency-warnings',
        ],
        [
          'secretsmanager:GetSecretValue',
          'arn:aws:secretsmanager:eu-central-1:111122223333:secret:trunkline/test/operator-admin-??????',
        ],
        [
          ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
          'arn:aws:secretsmanager:eu-central-1:111122223333:secret:trunkline/test/signing-keys-??????',
        ],
      ]),
    );
    expect(
      granted
        .filter(([, resource]) => resource === 'arn:aws:s3:::trunkline-test-exports-111122223333-eu-central-1/*')
        .map(([actions]) => actions),
    ).toEqual([
      's3:GetObject',
      's3:PutObject',
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
    ]);
    expect(granted).toHaveLength(8);
  });

  test('sending e-mail from the address of the stage only', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
    const grantsOf = (...effects: readonly Effect[]) =>
      mailGrants(stack, namesFor('test'), effects, 'no-reply@example.com').map((statement) =>
        JSON.stringify(stack.resolve(statement.toStatementJson())),
      );
    const statements = grantsOf(sendsEmail('platform'));
    expect(statements).toEqual([expect.stringContaining('"StringEquals":{"ses:FromAddress":"no-reply@example.com"}')]);
    expect(statements[0]).toContain(':ses:eu-central-1:111122223333:identity/*');
    expect(statements[0]).toContain(':configuration-set/trunkline-test-email-opens-clicks');
    expect(grantsOf(sends('email-send'))).toEqual([]);
    // Domains of organizations come and go.
    expect(grantsOf(sendsEmail('platform'), sendsEmail('domain'))).toEqual([expect.not.stringContaining('Condition')]);
  });

  test('sending SMS from any number or sender id of the account', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
    const granted = (effects: readonly Effect[], provider: 'eum' | 'sns') =>
      textGrants(stack, effects, provider).map((statement) =>
        JSON.stringify(stack.resolve(statement.toStatementJson())),
      );
    const [eum] = granted([sendsSms()], 'eum');
    expect(eum).toContain('"Action":"sms-voice:SendTextMessage"');
    expect(eum).toContain(':sms-voice:eu-central-1:111122223333:phone-number/*');
    expect(eum).toContain(':sms-voice:eu-central-1:111122223333:sender-id/*');
    const [sns] = granted([sendsSms()], 'sns');
    expect(sns).toMatch(/"Action":"sns:Publish".*"NotResource":.*:sns:\*:\*:\*/);
    expect(granted([sends('sms-send')], 'eum')).toEqual([]);
  });
});

/** The shop's contract under another name, without some effects. */
const shopWithout = (name: string, isGone: (effect: Effect) => boolean): Resource => ({
  ...toyShop,
  name,
  endpoints: toyShop.endpoints.map((each) => ({
    ...each,
    effects: each.effects.filter((effect: Effect) => !isGone(effect)),
  })),
});
const writesTo =
  (entity: string) =>
  (effect: Effect): boolean =>
    effect.kind === 'writes' && effect.entity === entity;

const shops = {
  whole: shopWithout('toys', () => false),
  'the unique name': shopWithout('without-name', writesTo('trunk-name')),
  'the count': shopWithout('without-count', writesTo('count')),
  'the events': shopWithout('without-event', (effect) => effect.kind === 'records'),
  'writing toys at all': shopWithout('without-writes', writesTo('trunk')),
} as const;
const reader = resource('reader', {
  area: 'telephony',
  format: 'standard',
  endpoints: [{ ...toyShop.endpoints[0], effects: [reads('trunk', 'GSI1')] }],
});

describe('the local endpoint enforces the synthesized policies', () => {
  let endpoint: AwsEndpoint;
  let token: string;
  const app = bundlesFor([...Object.values(shops), reader]);

  const storeOf = (credentials: AwsEndpoint['operator']): Store => ({
    client: new DynamoDBClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 }),
    tableName: names.table,
  });
  const storeFor = ({ name }: Resource): Store => storeOf(endpoint.credentialsFor(names.function(name)));

  beforeAll(async () => {
    const { resources } = assemblyOf([...Object.values(shops), reader], app);
    endpoint = await startOnSharedStore({
      // The local cloud deletes expired items by its own clock, not the test's, in the middle of a request too.
      resources: resources.map((each) => ({ ...each, properties: omit(each.properties, 'TimeToLiveSpecification') })),
      policiesOf: rolePolicies(resources),
      dataDir: app.folder,
      invoke: () => Promise.reject(new Error('no function asks another')),
      announce: () => undefined,
    });
    token = await (await tenantsIn(storeOf(endpoint.operator))).join(1001);
  });
  afterAll(async () => {
    await endpoint.close();
    app.remove();
  });

  const make = async (shop: Resource, name: string) => {
    const { dependencies, written } = toyDependencies(storeFor(shop));
    const reply = await ask(toyHandler(dependencies), 'PUT /toys/{id}', {
      params: { id: 'new' },
      body: { name },
      headers: { 'idempotency-key': name },
      token,
    });
    return { status: reply.status, fault: (written.faults[0]?.error as Error | undefined)?.name };
  };

  test('with all its effects, a request passes the whole pipeline', async () => {
    expect(await make(shops.whole, 'Duck')).toEqual({ status: 201, fault: undefined });
  });

  test.each(['the unique name', 'the count', 'the events', 'writing toys at all'] as const)(
    'without %s a request ends with AccessDenied, and nothing is written',
    async (effect) => {
      expect(await make(shops[effect], effect)).toEqual({ status: 500, fault: 'AccessDeniedException' });
      expect(
        await tableFor<'trunk-name'>(storeOf(endpoint.operator), 1001).get(toyNameRow, { name: effect.toLowerCase() }),
      ).toBeUndefined();
    },
  );

  test('a reader reads its own entity, by table and by index, and writes nothing', async () => {
    const store = storeFor(reader);
    await commit(storeOf(endpoint.operator), 1001, [overwrite(toyRow, toy(1))]);
    const all = tableFor<'trunk' | 'trunk@GSI1' | 'trunk@GSI2' | 'trunk-name'>(store, 1001);
    expect(await all.get(toyRow, toy(1))).toEqual(toy(1));
    expect((await all.queryIndex(toyRow, 'GSI1', ['1001', 'odd'])).items).toContainEqual(toy(1));
    const denied = { name: 'AccessDeniedException' };
    await expect(all.queryIndex(toyRow, 'GSI2', ['1001', 'odd'])).rejects.toMatchObject(denied);
    await expect(all.get(toyNameRow, { name: 'duck' })).rejects.toMatchObject(denied);
    await expect(commit(store, 1001, [create(toyRow, toy(2))])).rejects.toMatchObject(denied);
  });

  test('no function may scan, as a Scan has no leading key', async () => {
    await expect(storeFor(shops.whole).client.send(new ScanCommand({ TableName: names.table }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

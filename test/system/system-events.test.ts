import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import { auth } from '#functions/accounts/auth/contract.ts';
import { events } from '#functions/platform/events/contract.ts';
import { organizations } from '#functions/accounts/organizations/contract.ts';
import { sipTrunks } from '#functions/telephony/sip-trunks/contract.ts';
import { client, type Client } from '#contract/client.ts';
import { entryHash, type EventLogEntry } from '#schema/event-log.ts';
import { eventually } from '../support/eventually.ts';
import { connect, operatorToken } from './cloud.ts';

const { outputs } = connect();

/** Outputs of the local cloud, the only one with an endpoint for table and queues. */
const {
  AwsEndpointUrl: endpoint,
  AccessKeyId: accessKeyId = '',
  SecretAccessKey: secretAccessKey = '',
  Region: region = '',
} = outputs;
const local = test.skipIf(endpoint === undefined);
const config = {
  region,
  credentials: { accessKeyId, secretAccessKey },
  ...(endpoint === undefined ? {} : { endpoint }),
};

async function logIn(username: string, password: string): Promise<Client> {
  const reply = await client(outputs.ApiUrl).call(auth, 'POST /auth/{entity}', {
    params: { entity: 'user' },
    body: { username, password },
  });
  if (!reply.ok || !('token' in reply.content)) return expect.fail(`${username} cannot log in: ${reply.status}`);
  return client(outputs.ApiUrl, reply.content.token);
}

type Tenant = { readonly number: number; readonly caller: Client };

async function newTenant(operator: Client): Promise<Tenant> {
  const name = `events-${crypto.randomUUID().slice(0, 8)}`;
  const admin = { username: name, password: 'Quiet-Otter-Lantern-4' };
  const reply = await operator.call(organizations, 'PUT /orgs', {
    body: { name, country: 'US', timezone: 'UTC', admin },
  });
  if (!reply.ok) return expect.fail(`${name} cannot be made: ${JSON.stringify(reply.body)}`);
  return { number: reply.content.org_id, caller: await logIn(admin.username, admin.password) };
}

async function newTrunk({ caller }: Tenant): Promise<string> {
  const reply = await caller.call(sipTrunks, 'PUT /siptrunk/{id}', {
    params: { id: 'new' },
    body: { name: crypto.randomUUID(), type: 'carrier', host: 'sip.example.com' },
  });
  return reply.ok ? reply.content.id : expect.fail(JSON.stringify(reply.body));
}

const readEvents = async (
  caller: Client,
  entity: string,
  query: { type?: string; limit?: string; page_token?: string; since?: string; until?: string } = {},
) => {
  const reply = await caller.call(events, 'GET /events/{entity+}', { params: { entity }, query });
  return reply.ok ? reply.content : expect.fail(`${reply.status} ${JSON.stringify(reply.body)}`);
};

const statusOf = async (caller: Client, entity: string): Promise<number> =>
  (await caller.call(events, 'GET /events/{entity+}', { params: { entity } })).status;

let operator: Client;
let one: Tenant;
let other: Tenant;

beforeAll(async () => {
  operator = client(outputs.ApiUrl, operatorToken());
  [one, other] = await Promise.all([newTenant(operator), newTenant(operator)]);
});

test('a change is an event of its resource and of its organization at once', async () => {
  const trunk = await newTrunk(one);
  const ofOrganization = await readEvents(one.caller, `org/${one.number}`, { type: 'trunk.*' });
  expect(ofOrganization).toMatchObject({
    entity: `org/org_${one.number}`,
    events: [{ type: 'trunk.created', entity: `trunk/${trunk}` }],
  });
  // The index by entity is eventually consistent.
  const ofTrunk = await eventually(async () => {
    const found = await readEvents(one.caller, `trunk/${trunk}`);
    expect(found.events).not.toEqual([]);
    return found;
  });
  expect(ofTrunk.events).toEqual(ofOrganization.events);
});

test('events of a deleted resource remain readable', async () => {
  const trunk = await newTrunk(one);
  await one.caller.call(sipTrunks, 'DELETE /siptrunk/{id}', { params: { id: trunk } });
  await eventually(async () =>
    expect((await readEvents(one.caller, `trunk/${trunk}`)).events.map(({ type }) => type)).toEqual([
      'trunk.deleted',
      'trunk.created',
    ]),
  );
});

test('pages continue each other, newest first, with each event once', async () => {
  for (let at = 0; at < 5; at += 1) await newTrunk(other);
  const whole = (await readEvents(other.caller, `org/${other.number}`)).events.map(({ event_id }) => event_id);
  const paged: string[] = [];
  let token = '';
  do {
    const page = await readEvents(other.caller, `org/${other.number}`, {
      limit: '2',
      ...(token === '' ? {} : { page_token: token }),
    });
    paged.push(...page.events.map(({ event_id }) => event_id));
    token = page.next_page_token;
  } while (token !== '');
  expect(paged).toEqual(whole);
  expect(whole).toEqual(whole.toSorted().reverse());
});

test('a time range includes its start and excludes its end', async () => {
  const [newest] = (await readEvents(one.caller, `org/${one.number}`, { limit: '1' })).events;
  const at = newest?.timestamp ?? '';
  const inside = await readEvents(one.caller, `org/${one.number}`, { since: at });
  expect(inside.events.map(({ event_id }) => event_id)).toContain(newest?.event_id);
  const before = await readEvents(one.caller, `org/${one.number}`, { until: at });
  expect(before.events.map(({ event_id }) => event_id)).not.toContain(newest?.event_id);
});

test("another tenant's organization is rejected, and its resources are 404", async () => {
  const trunk = await newTrunk(one);
  expect(await statusOf(other.caller, `org/${one.number}`)).toBe(403);
  expect(await statusOf(other.caller, `trunk/${trunk}`)).toBe(404);
  expect(await statusOf(other.caller, 'org/999999')).toBe(403);
  expect(await statusOf(operator, `org/${one.number}`)).toBe(200);
  expect(await statusOf(operator, 'org/999999')).toBe(404);
});

test.each([
  'trunk/trunk_none',
  'gateway/gw_none',
  'user/usr_none',
  'device/dev_none',
  'number/num_none',
  'email/eml_none',
  'policy/pol_none',
])('%s, which does not exist, has no events', async (entity) => {
  expect(await statusOf(one.caller, entity)).toBe(404);
});

test('a path that names no resource is rejected', async () => {
  expect(await statusOf(one.caller, 'fruit/fruit_1')).toBe(400);
  expect(await statusOf(one.caller, 'org/one')).toBe(400);
  expect(await statusOf(client(outputs.ApiUrl), `org/${one.number}`)).toBe(401);
});

/** The table by its fixed name, which only the operator of the local cloud may access. */
const tableName = 'trunkline-local-table';
const queueUrl = (name: string): string => `${endpoint}/000000000000/trunkline-local-${name}`;

local('within seconds every audited event of an organization is in its chain, and the chain is valid', async () => {
  await Promise.all(Array.from({ length: 10 }, () => newTrunk(one)));
  const recorded = (await readEvents(one.caller, `org/${one.number}`)).events;
  const dynamodb = new DynamoDBClient(config);
  const chain = await eventually(async () => {
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'PK = :partition AND begins_with(SK, :entry)',
        ExpressionAttributeValues: { ':partition': { S: `eventlog#${one.number}` }, ':entry': { S: 'evl_' } },
      }),
    );
    const storage = new Set(['PK', 'SK', 'GSI1PK', 'GSI1SK', 'GSI2PK', 'GSI2SK', 'schema']);
    const entries = Items.map(
      (item) =>
        Object.fromEntries(Object.entries(unmarshall(item)).filter(([name]) => !storage.has(name))) as EventLogEntry,
    );
    expect(entries).toHaveLength(recorded.length);
    return entries.toSorted((a, b) => a.chain.seq - b.chain.seq);
  });
  dynamodb.destroy();
  expect(chain.map(({ event_log_id }) => event_log_id.slice(4)).toSorted()).toEqual(
    recorded.map(({ event_id }) => event_id.slice(4)).toSorted(),
  );
  for (const [at, entry] of chain.entries()) {
    expect(entry.chain).toMatchObject({
      seq: at + 1,
      prev_hash: chain[at - 1]?.chain.hash ?? '0'.repeat(64),
      hash: entryHash(entry),
    });
  }
});

local('an unreadable message is moved unchanged to the dead-letter queue, with the reason', async () => {
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const body = `  {"schema": "event.v9", "note": "${crypto.randomUUID()} é"} `;
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('event-seal'), MessageBody: body }));
  const letter = await eventually(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl('event-seal-dlq'),
        MessageAttributeNames: ['All'],
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 1,
      }),
    );
    return Messages.find(({ Body }) => Body === body) ?? expect.fail('it is not there yet');
  });
  expect(letter.MessageAttributes).toMatchObject({ reason: { StringValue: 'UNKNOWN_SCHEMA' } });
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl('event-seal'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe('0');
  sqs.destroy();
});

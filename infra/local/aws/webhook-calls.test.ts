import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { toAttributes, type Attributes } from '#dynamodb/row.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { webhookDeliveryRow } from '#dynamodb/rows/webhook.ts';
import { newDelivery, type Delivery } from '#schema/webhook/delivery.ts';
import { eventually } from '#test/support/eventually.ts';
import { AwsCall, failure, json, type AwsService } from './aws-call.ts';
import { outboxIn } from '../outbox/outbox.ts';
import { recordWebhookCalls } from './webhook-calls.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const event: EventItem = {
  id: 'evt_1',
  org_id: 1001,
  type: 'sms.sent',
  at: '2026-11-20T10:00:00.000Z',
  entity: { type: 'sms', id: 'msg_1' },
  severity: 'info',
  description: 'SMS sent',
  actor: { id: 'system', type: 'system', name: 'system', credential: null },
  ip: null,
  user_agent: null,
  request_id: null,
  changes: null,
  data: { to: '+15550100' },
  callback_url: 'https://example.com/called-back',
  pending: false,
};

const attempted = (id: string, more: Partial<Delivery> = {}): Delivery => ({
  ...newDelivery({ webhookId: 'default', event: { id, type: 'sms.sent' } }, '', new Date('2026-11-20T10:00:00.000Z')),
  attempt: 1,
  status: 'delivered',
  response_status: 204,
  duration_ms: 12,
  ...more,
});

const call = (operation: string, parameters: object): AwsCall =>
  new AwsCall(
    {
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, Signature=0',
    },
    Buffer.from(JSON.stringify(parameters)),
  );
const put = (item: Attributes) => ({ TableName: 'table', Item: item });
const deliveryItem = (delivery: Delivery): Attributes => toAttributes(webhookDeliveryRow, 1001, delivery);

/** A store with the event, whose writes succeed or fail. */
function newStore({ fails = false, max = 1_000 } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'webhook-calls-'));
  folders.push(dataDir);
  const store: AwsService = async ({ operation, parameters }) => {
    if (operation !== 'GetItem') return fails ? failure(400, 'TransactionCanceledException', 'no') : json(200, {});
    const { PK } = (parameters as { Key: Attributes }).Key;
    return json(200, PK?.S?.startsWith('event#') === true ? { Item: toAttributes(eventRow, 1001, event) } : {});
  };
  return { service: recordWebhookCalls(store, dataDir, max), dataDir, outbox: outboxIn(dataDir) };
}
const listed = async (outbox: ReturnType<typeof outboxIn>) =>
  (await (await outbox.list({ kind: 'webhook', limit: 100, before: undefined })).read()).messages;

test('each stored attempt is a call with its URL, body and answer', async () => {
  const { service, outbox } = newStore();
  const writes = [put(deliveryItem(attempted('evt_1'))), put(toAttributes(eventRow, 1001, event))];
  await service(call('TransactWriteItems', { TransactItems: [{}, ...writes.map((Put) => ({ Put }))] }));
  await service(call('PutItem', put(deliveryItem(attempted('evt_1', { attempt: 2, version: 1 })))));
  await eventually(async () => expect(await listed(outbox)).toHaveLength(2));
  expect((await listed(outbox)).find(({ id }) => id === 'dlv_1-default-0')).toMatchObject({
    url: 'https://example.com/called-back',
    event_type: 'sms.sent',
    attempt: 1,
    response_status: 204,
    body: expect.stringMatching(/^\{"id":"evt_1","type":"sms.sent",.*"to":"\+15550100"/),
  });
});

test('a write that fails, a delivery without an attempt, and other items are no calls', async () => {
  const { service, dataDir, outbox } = newStore();
  const failing = newStore({ fails: true });
  await failing.service(call('PutItem', put(deliveryItem(attempted('evt_1')))));
  await service(call('PutItem', put(deliveryItem(attempted('evt_2', { attempt: 0 })))));
  await service(call('PutItem', put(toAttributes(eventRow, 1001, event))));
  await service(call('UpdateItem', {}));
  await service(call('PutItem', put(deliveryItem(attempted('evt_3')))));
  await eventually(async () => expect(await listed(outbox)).toHaveLength(1));
  expect(readdirSync(join(dataDir, 'outbox/webhook'))).toEqual(['dlv_3-default-0.json']);
  expect(await listed(failing.outbox)).toEqual([]);
});

test('the newest calls are kept', async () => {
  const { service, dataDir } = newStore({ max: 5 });
  const files = (): string[] => readdirSync(join(dataDir, 'outbox/webhook'));
  for (let number = 100; number < 201; number += 1) {
    await service(call('PutItem', put(deliveryItem(attempted(`evt_${number}`)))));
    await eventually(() => expect(files().some((name) => name.startsWith(`dlv_${number}-`))).toBe(true));
  }
  await eventually(() => expect(files()).toHaveLength(5));
  expect(files()).toContain('dlv_200-default-0.json');
});

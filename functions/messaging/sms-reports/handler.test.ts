import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { providerMessageRow, smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { Sms } from '#schema/sms.ts';
import { AppError } from '#errors.ts';
import { isOptedOut, optOutRow } from '../sms-opt-outs/row.ts';
import { deliveryLogHandler, smsReportsHandler } from './handler.ts';
import { queuedSms } from './reports.fixture.ts';

const stores = testStore();

const notification = (Message: object) => ({
  Type: 'Notification',
  Timestamp: noon.toISOString(),
  Message: JSON.stringify(Message),
});

/** Messages that reports woke. */
const woken: string[] = [];

/** Takes a report. @returns whether it is delivered again */
async function take(message: object, receives = 1): Promise<boolean> {
  const dependencies = { ...testDependencies(stores.store), clock: () => noon };
  const { batchItemFailures } = await smsReportsHandler(dependencies)(batchOf([notification(message)], receives));
  woken.push(...dependencies.queues.sent.map(({ message: { body } }) => (body as { id: string }).id));
  return batchItemFailures.length > 0;
}

let last = 6_700;

/** An organization with a message in a state, and a number. */
async function newPlace(status: Sms['status'], more: Partial<Sms> = {}, settings: OrganizationItem['settings'] = {}) {
  const organization = (last += 1);
  const number = `+1415555${organization}`;
  const provider_message_id = `eum-${organization}`;
  await commit(stores.store, organization, [
    create(organizationRow, { ...organizationOf(organization), settings }),
    create(smsRow, queuedSms({ status, ...more })),
    create(providerMessageRow, { provider: 'eum', provider_message_id, organization, id: 'msg_1', ttl: 2_000_000_000 }),
    create(numberRow, numberOf({ id: `num_${organization}`, number, org_id: organization, capabilities: ['sms'] })),
  ]);
  const table = tableFor<'sms' | 'smslog' | 'smsoptout'>(stores.store, organization);
  return {
    organization,
    table,
    delivered: { eventType: 'TEXT_DELIVERED', isFinal: true, messageId: provider_message_id },
    received: (messageBody: string, inboundMessageId = 'in-1') => ({
      originationNumber: '+14155551234',
      destinationNumber: number,
      messageBody,
      inboundMessageId,
    }),
    sms: () => table.get(smsRow, { id: 'msg_1' }),
    stateOf: async () => (await table.get(smsRow, { id: 'msg_1' }))?.status,
    types: async () => (await eventsOf(stores.store, organization)).map(({ type }) => type),
  };
}

test('a receipt delivers its message once, with its log entry and event', async () => {
  const { delivered, stateOf, table, types } = await newPlace('sent');
  expect([await take(delivered), await take(delivered)]).toEqual([false, false]);
  expect(await stateOf()).toBe('delivered');
  expect(await table.get(smsLogRow, { message_id: 'msg_1' })).toMatchObject({ status: 'delivered' });
  expect(await types()).toEqual(['sms.delivered']);
});

const entry = (messageId: string, status: string, providerResponse: string) =>
  JSON.stringify({ notification: { messageId }, delivery: { destination: '+1XXX5551234', providerResponse }, status });

/** What CloudWatch Logs invokes the function with. */
const logsOf = (...messages: readonly string[]) => {
  const logEvents = messages.map((message, at) => ({ id: String(at), timestamp: noon.getTime(), message }));
  const payload = { messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'sns/x', logStream: 's', logEvents };
  return { awslogs: { data: gzipSync(JSON.stringify(payload)).toString('base64') } };
};

test('entries of the delivery logs of SNS are queued, and each has its effect once', async () => {
  const { organization, stateOf, types, table } = await newPlace('sent', { provider: 'sns' });
  const id = `sns-${organization}`;
  const provider_message = { provider: 'sns', provider_message_id: id, organization, id: 'msg_1', ttl: 2_000_000_000 };
  await commit(stores.store, organization, [create(providerMessageRow, provider_message)]);
  const dependencies = testDependencies(stores.store);
  const failed = entry(id, 'FAILURE', 'Phone number is opted out');
  await deliveryLogHandler(dependencies)(logsOf(failed, 'no json', failed));
  const queued = dependencies.queues.sent.map(({ queue, message }) => ({ queue, body: JSON.stringify(message.body) }));
  expect(queued.map(({ queue }) => queue)).toEqual(['sms-reports', 'sms-reports', 'sms-reports']);
  const consume = smsReportsHandler(dependencies);
  expect(await consume(batchOf(queued.map(({ body }) => body)))).toEqual({ batchItemFailures: [] });
  expect(await stateOf()).toBe('failed');
  expect(await table.get(optOutRow, { number: '+14155551234' })).toMatchObject({ source: 'carrier' });
  expect(await types()).toEqual(['sms.failed', 'sms.optout']);
});

test('a delivery log that cannot be read is dropped, and one that cannot be queued comes again', async () => {
  const dependencies = testDependencies(stores.store);
  await deliveryLogHandler(dependencies)({ awslogs: { data: 'aGVsbG8=' } });
  expect(dependencies.queues.sent).toEqual([]);
  expect(dependencies.notes).toEqual(['entries of a delivery log cannot be read']);
  const send = () => Promise.reject(new AppError('UNAVAILABLE', 'no queue'));
  const broken = { ...dependencies, queues: { ...dependencies.queues, send } };
  await expect(deliveryLogHandler(broken)(logsOf(entry('sns-1', 'SUCCESS', 'ok')))).rejects.toThrow('no queue');
});

test('a receipt that comes before its message is stored as sent is delivered again, and given up later', async () => {
  const { delivered, stateOf } = await newPlace('sending');
  expect(await take(delivered)).toBe(true);
  expect(await take(delivered, 4)).toBe(false);
  expect(await stateOf()).toBe('sending');
  const unknown = { ...delivered, messageId: 'eum-unknown' };
  expect([await take(unknown), await take(unknown, 4)]).toEqual([true, false]);
});

test.each<[string, Partial<Sms>]>([
  ['that the provider did not answer', { confirmation: 'awaited' }],
  ['whose attempt has no end yet, as its answer is lost', {}],
])('a receipt confirms a message %s, and wakes its delivery once', async (_name, more) => {
  const { organization, sms } = await newPlace('sending', more);
  const receipt = {
    eventType: 'TEXT_SENT',
    messageId: 'eum-confirmed',
    context: { message_id: 'msg_1', organization: `org_${organization}` },
  };
  const foreign = { ...receipt, context: { ...receipt.context, organization: `org_${organization + 100}` } };
  woken.length = 0;
  expect([await take(foreign), await take(receipt), await take(receipt)]).toEqual([false, false, false]);
  expect(await sms()).toMatchObject({
    status: 'sending',
    confirmation: { provider: 'eum', provider_message_id: 'eum-confirmed' },
  });
  expect(woken).toEqual(['msg_1']);
  // The receipt of a state comes again once the message is stored as sent.
  expect(await take({ ...receipt, eventType: 'TEXT_DELIVERED' })).toBe(true);
});

test('a received STOP is filed, opts its sender out and is answered, once', async () => {
  const { organization, table, received, types } = await newPlace('sent');
  await take(received('Stop'));
  await take(received('Stop'));
  expect(await isOptedOut(table, '+14155551234')).toBe(true);
  expect(await table.get(smsLogRow, { message_id: 'in-1' })).toMatchObject({ message: 'Stop', status: 'received' });
  expect(await types()).toEqual(['sms.received', 'sms.optout', 'sms.queued']);
  const other = tableFor<'smsoptout'>(stores.store, organization + 100);
  expect(await isOptedOut(other, '+14155551234')).toBe(false);
});

test('a received word of the organization opts out as STOP does', async () => {
  const { table, received, types } = await newPlace('sent', {}, { sms: { stop_words: ['Abmelden'] } });
  await take(received('Abmelden!'));
  expect(await isOptedOut(table, '+14155551234')).toBe(true);
  expect(await types()).toEqual(['sms.received', 'sms.optout', 'sms.queued']);
});

test('a message to a number that no organization has is dropped', async () => {
  const { received, types } = await newPlace('sent');
  expect(await take({ ...received('Stop'), destinationNumber: '+14155559999' })).toBe(false);
  expect(await types()).toEqual([]);
});

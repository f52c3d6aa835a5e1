import { describe, expect, test } from 'vitest';
import { tableFor } from '#dynamodb/table.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { brakes, newBrake, windowsOfStore } from '#limits/brake.ts';
import { PermanentFault, TemporaryFault } from '#sms/provider.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { minute } from '#schema/time.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { batchId, messagesOf } from '../sms/batch.ts';
import { accepts, account, nextOrganization, providerOf, sender } from './sender.fixture.ts';
import { price, queuedSms, start } from './sms.fixture.ts';

const running = testStore();

test('a message is sent and charged once, although its message comes three times', async () => {
  const provider = providerOf(accepts);
  const { send, sms, events, balance, log, receipt, organization } = await sender(running.store, {
    provider,
    messages: [queuedSms()],
  });
  expect(await send('msg_1', 'msg_1', 'msg_1')).toBe(0);
  await send('msg_1');
  expect(provider.taken).toEqual(['msg_1']);
  expect(await sms()).toMatchObject({ status: 'sent', attempts: 1, provider: 'test', money: 'charged' });
  expect(await events()).toEqual(['sms.sending', 'sms.sent']);
  expect(await balance()).toEqual({ credits: 0n, charges: 7_500n, reservations: 0n });
  expect(await log()).toMatchObject({ status: 'sent', cost: 7_500 });
  expect(await receipt('p-msg_1')).toMatchObject({ id: 'msg_1', organization });
});

test('a permanent fault costs nothing', async () => {
  const provider = providerOf(() => Promise.reject(new PermanentFault('UNREACHABLE', 'no such line')));
  const { send, sms, events, balance, dead } = await sender(running.store, { provider, messages: [queuedSms()] });
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'failed', error: { code: 'UNREACHABLE' }, money: 'returned' });
  expect(await events()).toEqual(['sms.sending', 'sms.failed']);
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 0n });
  expect(dead).toEqual([]);
});

test('a recipient in an opt-out list of the provider is filed as opted out, once', async () => {
  const fault = new PermanentFault('BLOCKED', 'The number is opted out', { isOptOut: true });
  const provider = providerOf(() => Promise.reject(fault));
  const messages = [queuedSms(), queuedSms({ id: 'msg_2' })];
  const { send, sms, events, optOut } = await sender(running.store, { provider, messages });
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'failed', error: { code: 'BLOCKED' } });
  expect(await optOut('+14155551234')).toMatchObject({
    state: 'opted_out',
    source: 'carrier',
    reason: 'The number is opted out',
  });
  expect(await events()).toEqual(['sms.sending', 'sms.optout', 'sms.failed']);
  await send('msg_2');
  expect(await sms('msg_2')).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OPTED_OUT' } });
  expect(provider.taken).toEqual(['msg_1']);
});

test('a temporary fault is tried five times; then the message is a dead letter, and costs nothing', async () => {
  const provider = providerOf(() => Promise.reject(new TemporaryFault('busy')));
  const { send, sms, clock, balance, dead } = await sender(running.store, { provider, messages: [queuedSms()] });
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    await send('msg_1');
    clock.advance(3_600);
  }
  expect(provider.taken).toHaveLength(5);
  expect(await sms()).toMatchObject({ status: 'failed', error: { code: 'PROVIDER_UNAVAILABLE', message: 'busy' } });
  expect(dead.map(({ reason }) => reason)).toEqual(['PROVIDER_UNAVAILABLE']);
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 0n });
});

test('an attempt that the provider does not answer waits for a receipt, and fails without one', async () => {
  const provider = providerOf(() => Promise.reject(new Error('timed out')));
  const place = await sender(running.store, { provider, messages: [queuedSms()] });
  const { send, sms, sentAgain, clock, events, balance } = place;
  await send('msg_1');
  const error = { code: 'PROVIDER_TIMEOUT', message: 'timed out' };
  expect(await sms()).toMatchObject({ status: 'sending', attempts: 1, money: 'reserved', error });
  expect(sentAgain().map(({ delay }) => delay)).toEqual([600]);
  clock.advance(599);
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'sending' });
  clock.advance(1);
  await send('msg_1', 'msg_1');
  expect(await sms()).toMatchObject({ status: 'failed', error: { code: 'PROVIDER_TIMEOUT' }, money: 'returned' });
  expect(await sms()).not.toHaveProperty('confirmation');
  expect(await events()).toEqual(['sms.sending', 'sms.failed']);
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 0n });
  expect(provider.taken).toHaveLength(1);
});

test('a message that a receipt confirms is sent and charged, although the provider did not answer', async () => {
  const confirmation = { provider: 'test', provider_message_id: 'p-1' };
  const waiting = queuedSms({ status: 'sending', attempts: 1, next_at: Date.parse('2027-01-01'), confirmation });
  const provider = providerOf(accepts);
  const { send, sms, balance, receipt } = await sender(running.store, { provider, messages: [waiting] });
  await send('msg_1', 'msg_1');
  expect(await sms()).toMatchObject({ status: 'sent', provider_message_id: 'p-1', money: 'charged', error: null });
  expect(await sms()).not.toHaveProperty('confirmation');
  expect(await balance()).toMatchObject({ charges: 7_500n, reservations: 0n });
  expect(await receipt('p-1')).toMatchObject({ id: 'msg_1' });
  expect(provider.taken).toEqual([]);
});

test('an attempt that broke off is repeated after two minutes, which a note counts', async () => {
  const sending = queuedSms({ status: 'sending', attempts: 1, next_at: start.getTime() + 2 * minute });
  const provider = providerOf(accepts);
  const { send, sms, sentAgain, clock, notes } = await sender(running.store, { provider, messages: [sending] });
  await send('msg_1');
  expect(sentAgain().map(({ delay }) => delay)).toEqual([120]);
  expect(notes).not.toContain('sms handed over again');
  clock.advance(120);
  await send('msg_1');
  expect(provider.taken).toHaveLength(1);
  expect(notes).toContain('sms handed over again');
  expect(await sms()).toMatchObject({ status: 'sent', attempts: 2 });
});

test('beyond the brake a message waits with its price reserved, and longer for it, and is sent then', async () => {
  const provider = providerOf(accepts);
  const messages = [queuedSms(), queuedSms({ id: 'msg_2', to: '+14155550199' })];
  const { send, sms, clock, balance, sentAgain, organization } = await sender(running.store, { provider, messages });
  const brake = newBrake(windowsOfStore(running.store));
  for (let sent = 0; sent < brakes.sms.pair; sent += 1)
    await brake('sms', { organization, target: '+14155551234' }, start);
  await send('msg_1', 'msg_2');
  const wait = brakes.sms.minutes * minute;
  const { valid_until } = queuedSms();
  expect(provider.taken).toEqual(['msg_2']);
  expect(await sms()).toMatchObject({
    ...{ status: 'queued', attempts: 0, money: 'reserved', valid_until: valid_until + wait },
    next_at: start.getTime() + wait,
  });
  expect(sentAgain().map(({ delay }) => delay)).toEqual([wait / 1_000]);
  clock.advance(wait / 1_000);
  await send('msg_1');
  expect([provider.taken, (await sms()).status]).toEqual([['msg_2', 'msg_1'], 'sent']);
  expect(await balance()).toMatchObject({ charges: 15_000n, reservations: 0n });
});

test('the messages of a batch are stored once, whatever is repeated', async () => {
  const recipients = Array.from({ length: 45 }, (_recipient, at) => ({
    to: `+1415555${1_000 + at}`,
    price: price(7_500),
    error: null,
  }));
  const batch: SmsBatch = {
    ...queuedSms(),
    id: batchId('batch_01M80A5RM4M05JEBT5G3PPB36N'),
    kind: 'sms',
    validity_minutes: 60,
    recipients,
    expanded: false,
  };
  const { send, events, sms } = await sender(running.store, { batch });
  await send(batch.id);
  await send(batch.id);
  expect((await events()).filter((type) => type === 'sms.queued')).toHaveLength(45);
  expect(await sms(messagesOf(batch)[44]?.id)).toMatchObject({ status: 'queued', batch_id: batch.id });
});

describe('the reseller', () => {
  test('is charged once for a message of its customer', async () => {
    const reseller = nextOrganization();
    await account(running.store, reseller);
    const { send, sms, balance } = await sender(running.store, { messages: [queuedSms()], parent: reseller });
    await send('msg_1', 'msg_1');
    await send('msg_1');
    const { items } = await tableFor<'balance'>(running.store, reseller).query(creditRow, {});
    expect(balanceOf(items)).toEqual({ credits: 0n, charges: 7_500n, reservations: 0n });
    expect(await balance()).toMatchObject({ charges: 7_500n });
    expect((await sms()).wholesale).toMatchObject({ amount: 7_500 });
  });

  test('is charged later if that broke off', async () => {
    const reseller = nextOrganization();
    await account(running.store, reseller);
    const due = queuedSms({ status: 'sent', money: 'charged', wholesale: 'due' });
    const { send, sms } = await sender(running.store, { messages: [due], parent: reseller });
    await send('msg_1');
    const { items } = await tableFor<'balance'>(running.store, reseller).query(creditRow, {});
    expect(balanceOf(items)).toMatchObject({ charges: 7_500n });
    expect(await sms()).toMatchObject({ status: 'sent', wholesale: { amount: 7_500 } });
  });
});

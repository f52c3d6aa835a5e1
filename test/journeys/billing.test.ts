import { randomInt, randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { redrive } from '#bin/redrive.ts';
import { eventually } from '../support/eventually.ts';
import {
  callerOf,
  costOf,
  message,
  profileRates,
  queuesOf,
  rates,
  sendToQueue,
  unreadableMessage,
  type Api,
  type Call,
} from '../system/cdr.fixture.ts';
import { connect } from '../system/cloud.ts';

/** CDRs from outside: a switch pushes calls, and a reseller and its customer pay for them. */

const cloud = connect();
const timeout = 30_000;

/** A customer of a reseller, both with the same prices and nothing included. */
async function createFamily(api: Api): Promise<{ readonly reseller: string; readonly customer: string }> {
  const organization = async (more: object): Promise<string> =>
    String((await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC', ...more })).data['id']);
  const reseller = await organization({ type: 'reseller' });
  const customer = await organization({ parent_id: reseller });
  for (const [seller, of] of [
    ['org_1000', reseller],
    [reseller, customer],
  ]) {
    const tariff = { name: randomUUID(), currency: 'USD', rates };
    const { data } = await api('PUT', `/tariffs/new?org_id=${seller}`, tariff);
    await api('PUT', `/billingprofile/${of}`, { tariffPlan: data['id'], rates: profileRates });
  }
  return { reseller, customer };
}

/** The record of a call as the queue has it, for HTTPS. */
function recordIn(batch: string, customer: string, call: Call): object {
  const { records } = JSON.parse(message({ organization: customer, batch }, call)) as { records: [object] };
  return { ...records[0], org_id: customer };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const days = { start: dayOf(Date.now() - 2 * 86_400_000), end: dayOf(Date.now() + 86_400_000) };

test('a call that a switch pushes is charged to customer and reseller, corrected, voided and exported', async () => {
  const api = await callerOf(cloud);
  const { reseller, customer } = await createFamily(api);
  const call: Call = { id: randomUUID(), callee: '+12125550100', seconds: 342 };
  const range = `start=${days.start}T00:00:00Z`;
  const batch = `fix-${randomInt(1_000_000)}`;
  const balanceOf = async (organization: string): Promise<unknown> =>
    (await api('GET', `/billingprofile/${organization}`)).data['currentBalance'];
  /** Waits until the CDR has a revision, and customer and reseller are charged for a call, or (null) for none. */
  const expectCharged = async (revision: number, charged: Call | null): Promise<void> =>
    eventually(async () => {
      const { data } = await api('GET', `/cdr?org_id=${customer}&call_id=${call.id}&${range}`);
      expect(data).toMatchObject([{ record_revision: revision }]);
      const owed = charged === null ? 0 : Number(costOf(charged)) / 10_000;
      for (const organization of [customer, reseller]) expect(await balanceOf(organization)).toBeCloseTo(-owed, 6);
      const { numbers } = (await api('GET', `/profit/numbers?org_id=${reseller}&start=${days.start}&end=${days.end}`))
        .data as { numbers: unknown[] };
      expect(numbers).toMatchObject(
        charged === null ? [] : [{ calls: 1, revenue: owed.toFixed(4), cost: owed.toFixed(4), profit: '0.0000' }],
      );
    }, timeout);
  const push = (...calls: Call[]) =>
    sendToQueue(queuesOf(cloud), cloud.outputs['CdrQueueUrl'] ?? '', [
      message({ organization: customer, batch }, ...calls),
    ]);
  const post = (of: Call, more: object = {}) =>
    api('POST', `/cdr/${batch}`, { records: [{ ...recordIn(batch, customer, of), ...more }] });

  await push(call);
  await expectCharged(1, call);
  const shorter = { ...call, seconds: 61, revision: 2 };
  expect(await post(shorter)).toMatchObject({ accepted: 1, results: [{ status: 'accepted' }] });
  await expectCharged(2, shorter);
  expect(await post(call)).toMatchObject({ duplicate: 1, results: [{ status: 'superseded' }] });
  await push({ ...call, revision: 3, isVoid: true });
  await expectCharged(3, null);
  expect(await post({ ...call, revision: 4 })).toMatchObject({ results: [{ status: 'accepted' }] });
  await expectCharged(4, call);
  expect((await api('GET', `/cdr?org_id=${customer}&batch_id=${batch}`)).batch).toMatchObject({
    received: 2,
    rated: 1,
  });

  const wanted = {
    start: `${days.start}T00:00:00Z`,
    end: `${days.end}T00:00:00Z`,
    columns: ['call_id', 'rating.charge'],
  };
  const job = (await api('POST', `/cdr/export?org_id=${customer}`, wanted)).data['job_id'];
  const link = await eventually(async () => {
    const { data } = await api('GET', `/cdr/export/${String(job)}?org_id=${customer}`);
    expect(data['status']).toBe('completed');
    return String(data['download_url']);
  }, timeout);
  const file = gunzipSync(Buffer.from(await (await fetch(link)).arrayBuffer())).toString();
  expect(file.split('\r\n')[1]).toBe(`${call.id},${(Number(costOf(call)) / 10_000).toFixed(4)}`);
});

test('messages that cannot be read are dead letters, which the operator moves back', async () => {
  const queues = queuesOf(cloud);
  const to = cloud.outputs['CdrQueueUrl'] ?? '';
  const letters = Array.from({ length: 6 }, (_, at) => `${unreadableMessage(at % 2)} ${randomUUID()}`);
  await sendToQueue(queues, to, letters);
  let moved = 0;
  await eventually(async () => {
    moved += await redrive(queues, { from: `${to}-dlq`, to });
    if (moved < letters.length) throw new Error(`${moved} dead letters were moved`);
  }, 60_000);
});

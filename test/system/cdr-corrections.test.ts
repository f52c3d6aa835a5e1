import { randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { cdrId } from '#functions/billing/cdr-ingest/cdr.ts';
import { eventually } from '../support/eventually.ts';
import { callerOf, costOf, message, profileRates, queuesOf, rates, sendToQueue, type Call } from './cdr.fixture.ts';
import { connect } from './cloud.ts';

/** Corrections of CDRs over HTTPS and the queue (functions/billing/README.md, "Corrections"). */

const cloud = connect();
const timeout = 20_000;
type Api = Awaited<ReturnType<typeof callerOf>>;

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

test('a call of a customer of a reseller is corrected, gets its cost, is voided and revived', async () => {
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
  expect(await post(shorter, { cost: '0.0100', quality: { mos: 4.5 } })).toMatchObject({
    accepted: 1,
    results: [{ status: 'updated' }],
  });
  await eventually(async () => {
    const { data } = await api('GET', `/cdr?org_id=${customer}&call_id=${call.id}&${range}`);
    expect(data).toMatchObject([{ cost: '0.0100', quality: { mos: 4.5 }, rating: { cost: '0.0100' } }]);
  }, timeout);

  await push({ ...call, revision: 3, isVoid: true });
  await expectCharged(3, null);
  expect(await api('GET', `/cdr?org_id=${customer}&rating_status=void&${range}`)).toMatchObject({
    data: [{ call_id: call.id }],
  });

  expect(await post({ ...call, revision: 4 })).toMatchObject({ results: [{ status: 'accepted' }] });
  await expectCharged(4, call);
  const { data: revived } = await api(
    'GET',
    `/cdr/${cdrId(Number(customer.slice('org_'.length)), call.id, 'a')}?org_id=${customer}`,
  );
  expect(revived).toMatchObject({
    rating: { status: 'rated', wholesale: { status: 'rated' } },
    rating_history: [{ status: 'void' }, { status: 'rated' }, { status: 'rated' }],
  });
  expect((await api('GET', `/cdr?org_id=${customer}&batch_id=${batch}`)).batch).toMatchObject({
    received: 2,
    rated: 1,
    void: 1,
  });
});

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const days = { start: dayOf(Date.now() - 2 * 86_400_000), end: dayOf(Date.now() + 86_400_000) };

/** The record of a call as the queue has it, for HTTPS. */
function recordIn(batch: string, customer: string, call: Call): object {
  const { records } = JSON.parse(message({ organization: customer, batch }, call)) as { records: [object] };
  return { ...records[0], org_id: customer };
}

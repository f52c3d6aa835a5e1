import { randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { callerOf } from '../cdr.fixture.ts';
import { connect } from '../cloud.ts';

/** Batches of CDRs over HTTP, on queues with the limits of SQS. */

const cloud = connect();
const timeout = 60_000;

/** Of one instant, so that a call from nine to eight minutes ago takes a minute, and is charged as one. */
const now = Date.now();
const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

test('a batch of any characters is filed, each record with the organization that holds its number', async () => {
  const api = await callerOf(cloud);
  const customer = String(
    (await api('PUT', '/orgs', { name: `Calls ${randomUUID()}`, country: 'US', timezone: 'UTC' })).data['id'],
  );
  const number = `+1415555${randomInt(1_000, 10_000)}`;
  await api('PUT', `/numbers/${number}`, {
    state: 'available',
    country: 'US',
    type: 'geographic',
    capabilities: ['voice'],
  });
  await api('PUT', `/numbers/${number}?org_id=${customer}`, {});

  const name = `any-${randomUUID()}`;
  const record = (call: string, more: object) => ({
    call_id: `${call} ${name}`,
    caller: number,
    callee: '+442079460000',
    start_time: minutesAgo(9),
    end_time: minutesAgo(8),
    disposition: 'CONGESTION',
    ...more,
  });
  const records = [
    record('\uffff', { custom: { note: '😀'.repeat(400) } }),
    record('é😀', { caller: '\ufffe\uffff' }),
    record('long', { start_time: minutesAgo(8 * 24 * 60) }),
    record('seconds', { billable_seconds: 1 }),
  ];
  const answer = await api('POST', `/cdr/${name}`, { records });
  expect(answer).toMatchObject({
    results: [
      { status: 'accepted', org_id: customer },
      { status: 'accepted', org_id: 'org_1000' },
      { status: 'rejected', code: 'DURATION_TOO_LONG' },
      { status: 'rejected', code: 'VALIDATION_FAILED' },
    ],
  });
  await eventually(async () => {
    const { batch } = await api('GET', `/cdr?batch_id=${name}`);
    expect(batch).toMatchObject({ received: 4, free: 2, rejected: 2, pending: 0 });
  }, timeout);
  const found = await api('GET', `/cdr?org_id=${customer}&number=${encodeURIComponent(number)}`);
  expect(found.data).toMatchObject([
    { call_id: `\uffff ${name}`, disposition: 'FAILED', custom: { note: '😀'.repeat(400) } },
  ]);
});

test('numbers of a trunk are read by its format alike in rating, search and rate look-up', async () => {
  const api = await callerOf(cloud);
  const customer = String(
    (await api('PUT', '/orgs', { name: `Calls ${randomUUID()}`, country: 'US', timezone: 'UTC' })).data['id'],
  );
  const tariff = (
    await api('PUT', '/tariffs/new', {
      name: `Plan ${randomUUID()}`,
      currency: 'USD',
      rates: [{ prefix: '44', price_per_minute: '0.06' }],
    })
  ).data['id'];
  await api('PUT', `/billingprofile/${customer}`, { tariffPlan: tariff });
  const fields = { name: 'PBX', host: 'pbx.example.com', number_format: { strip: ['9'] } };
  const trunk = (await api('PUT', `/siptrunk/pbx?org_id=${customer}`, fields)).data;
  expect(trunk).toMatchObject({ number_format: { strip: ['9'] } });

  const dialed = '9011442079460000';
  const name = `trunk-${randomUUID()}`;
  const call = (id: string, more: object) => ({
    call_id: `${id} ${name}`,
    org_id: customer,
    caller: '+14155550100',
    callee: dialed,
    start_time: minutesAgo(9),
    end_time: minutesAgo(8),
    disposition: 'ANSWERED',
    ...more,
  });
  await api('POST', `/cdr/${name}`, { records: [call('with', { trunk_id: trunk['id'] }), call('without', {})] });
  await eventually(async () => {
    expect((await api('GET', `/cdr?batch_id=${name}`)).batch).toMatchObject({ rated: 1, unrated: 1, pending: 0 });
  }, timeout);
  const found = await api('GET', `/cdr?org_id=${customer}&callee=${dialed}&trunk_id=${String(trunk['id'])}`);
  expect(found.data).toMatchObject([{ call_id: `with ${name}`, rating: { charge: '0.0600' } }]);
  const rate = await api('GET', `/rates/lookup/${dialed}?org_id=${customer}&trunk_id=${String(trunk['id'])}`);
  expect(rate.data).toMatchObject({ number: '+442079460000', example: { charge: '0.0600' } });
});

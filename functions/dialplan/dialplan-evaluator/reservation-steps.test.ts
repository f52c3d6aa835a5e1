import { describe, expect, test } from 'vitest';
import type { Context } from 'aws-lambda';
import type { Scope } from '#contract/scopes.ts';
import { record } from '../../billing/cdr-ingest/filed-cdr.fixture.ts';
import { call, eventOf } from '#test/support/requests.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import type { Sender } from '#dynamodb/client.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { amountOf, decimalText, money } from '#schema/money.ts';
import { availableCredit, balanceOf, currentBalance } from '../../billing/schema/balance.ts';
import { chargesRow, creditRow } from '../../billing/charging/row.ts';
import { messageOf, startIngestion } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { sipService } from '../../billing/reservations/reservation.ts';
import { readReservation, reservationRow } from '../../billing/reservations/row.ts';
import { evaluator } from './handler.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

/** 0.01 to connect, then 0.015 a minute in steps of 6 seconds after the first minute: 0.04 pays for two minutes. */
const prepaid = {
  accountType: 'prepaid',
  rates: { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
} as const;
const tenant = ({ profile = {}, ...options }: TenantOptions = {}) =>
  running.tenant({ policies: [policyOf('pol_1', {})], profile: { ...prepaid, ...profile }, ...options });
const lambdaContext = { functionName: 'test', awsRequestId: 'test-request' } as Context;
const called = '14155550100';

/** Balance, available credit and reservations of an organization, decimal. */
async function sumsOf(organization: number) {
  const balance = balanceOf((await tableFor<'balance'>(running.store, organization).query(creditRow, {})).items);
  return {
    balance: decimalText(currentBalance(balance)),
    available: decimalText(availableCredit(balance, { creditLimit: money(0n) })),
    reserved: decimalText(balance.reservations),
  };
}

const reservationIn = (organization: number, callId: string) =>
  readReservation(tableFor<'reservation'>(running.store, organization), callId);

describe('a live call of a prepaid organization', () => {
  test('reserves what reservationMinutes cost, and may last one second less', async () => {
    const { decide, organization } = await tenant({ balance: '10000' });
    expect(await decide({ called, call_id: 'one' })).toMatchObject({
      allowed: true,
      limits: {
        max_duration: 14_399,
        reservation: {
          call_id: 'one',
          amount: '3.6100',
          currency: 'USD',
          // 5 minutes of ringing, the call, and 5 minutes until its CDR arrives.
          expires_at: '2026-11-20T16:09:59.000Z',
        },
      },
    });
    expect(await sumsOf(organization)).toEqual({ balance: '10000.0000', available: '9996.3900', reserved: '3.6100' });
  });

  test('reserves no more than the limit of its policy, the minutes of the profile, or what is left', async () => {
    const limited = [policyOf('pol_1', { actions: { allow: true, gateway: 'pstn', max_duration: 600 } })];
    const byPolicy = await tenant({ balance: '10', policies: limited });
    expect((await byPolicy.decide({ called })).limits).toMatchObject({
      max_duration: 599,
      reservation: { amount: '0.1600' },
    });
    const byProfile = await tenant({ balance: '10', profile: { reservationMinutes: 2 } });
    expect((await byProfile.decide({ called })).limits).toMatchObject({
      max_duration: 119,
      reservation: { amount: '0.0400' },
    });
    const byBalance = await tenant({ balance: '0.05' });
    expect((await byBalance.decide({ called })).limits).toMatchObject({
      max_duration: 155,
      reservation: { amount: '0.0490' },
    });
  });

  test('gets an id if the switch names none, another one for each call', async () => {
    const { decide } = await tenant({ balance: '10' });
    const ids = [await decide({ called }), await decide({ called })].map(({ limits }) => limits.reservation?.call_id);
    expect(ids).toEqual([expect.stringMatching(/^call_/), expect.stringMatching(/^call_/)]);
    expect(new Set(ids).size).toBe(2);
  });

  test('is denied with NO_CREDIT when others have reserved the rest, while the balance is untouched', async () => {
    const { decide, organization } = await tenant({ balance: '0.04' });
    expect(await decide({ called })).toMatchObject({ allowed: true });
    expect(await decide({ called })).toMatchObject({
      allowed: false,
      reason: 'NO_CREDIT',
      limits: { reservation: null },
    });
    expect(await sumsOf(organization)).toEqual({ balance: '0.0400', available: '0.0000', reserved: '0.0400' });
  });

  test('is priced as if no minutes were included and no discount by volume held', async () => {
    const discounts = [{ type: 'volume', threshold: 1, percentage: 50 }] as const;
    const { decide, organization } = await tenant({ balance: '0.1', profile: { discounts: [...discounts] } });
    const place = { period: '2026-11', shard: 0 };
    await commit(running.store, organization, [change(chargesRow, place, { set: place, add: { seconds: 600 } })]);
    expect((await decide({ called })).limits.reservation).toMatchObject({ amount: '0.1000' });
  });

  test('replaces its reservation when it is evaluated again, also when nothing else is left', async () => {
    const { decide, organization } = await tenant({ balance: '0.04' });
    await decide({ called, call_id: 'one' });
    expect(await decide({ called, call_id: 'one' })).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
    expect(await decide({ called, call_id: 'one', dry_run: true })).toMatchObject({ allowed: true });
    expect(await sumsOf(organization)).toMatchObject({ available: '0.0000', reserved: '0.0400' });
    await commit(running.store, organization, [change(creditRow, {}, { add: { credits: amountOf('10') } })]);
    expect((await decide({ called, call_id: 'one' })).limits.max_duration).toBe(14_399);
    expect(await sumsOf(organization)).toMatchObject({ reserved: '3.6100' });
  });

  test('replaces its reservation when it is evaluated again, also when what is left pays for no call', async () => {
    const { decide, organization } = await tenant({ balance: '0.05' });
    await decide({ called, call_id: 'one' });
    expect(await sumsOf(organization)).toMatchObject({ available: '0.0010', reserved: '0.0490' });
    expect(await decide({ called, call_id: 'one' })).toMatchObject({ allowed: true, limits: { max_duration: 155 } });
    expect(await sumsOf(organization)).toMatchObject({ available: '0.0010', reserved: '0.0490' });
    expect(await decide({ called, call_id: 'two' })).toMatchObject({ allowed: false, reason: 'NO_CREDIT' });
  });

  test('of FreeSWITCH reserves by its Unique-ID', async () => {
    const { organization, clock } = await tenant({ balance: '10' });
    const handler = evaluator(testDependencies(running.store, { clock }));
    const token = await running.tenants.join(organization);
    const form = { section: 'dialplan', 'Caller-Destination-Number': called, 'Unique-ID': 'unique-1' };
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const event = eventOf('POST /dialplan/freeswitch', { body: new URLSearchParams(form).toString(), headers });
    expect((await handler(event, lambdaContext)).body).toContain('sched_hangup +14399');
    expect(await reservationIn(organization, 'unique-1')).toMatchObject({ amount: 3_610_000n, number: `+${called}` });
  });
});

describe('nothing is reserved', () => {
  test.each([
    ['by a dry run', {}, { called, dry_run: true }, 155],
    ['by a postpaid organization', { profile: { accountType: 'postpaid' } }, { called }, null],
    [
      'by an emergency call',
      { policies: [policyOf('pol_1', { conditions: { pattern: '^911$' } })] },
      { called: '911' },
      null,
    ],
    [
      'by a call that goes over no gateway',
      {
        policies: [],
        template: {
          rules: [{ priority: 1, pattern: '^2', action: 'bridge', destination: 'user/$0@example.com' }],
          variables: {},
        },
      },
      { called: '204' },
      null,
    ],
    [
      'by a call that another limit denies',
      { organization: { limits: { ...organizationOf(1).limits, max_concurrent_calls: 0 } } },
      { called },
      155,
    ],
  ] as const)('%s', async (_case, options, question, duration) => {
    const { decide, organization } = await tenant({ balance: '0.05', ...(options as TenantOptions) });
    const { limits } = await decide(question);
    expect(limits).toMatchObject({ max_duration: duration, reservation: null });
    expect(await sumsOf(organization)).toMatchObject({ available: '0.0500', reserved: '0.0000' });
  });

  test('by a batch', async () => {
    const { ask, organization } = await tenant({ balance: '0.05' });
    const { results } = await ask('evaluate/batch', { calls: [{ called }] });
    expect(results).toMatchObject([{ allowed: true, limits: { reservation: null } }]);
    expect(await sumsOf(organization)).toMatchObject({ reserved: '0.0000' });
  });

  test('by a user that is limited to its own calls', async () => {
    const { organization, clock, decide } = await tenant({ balance: '0.04' });
    const handler = evaluator(testDependencies(running.store, { clock }));
    const token = await running.tenants.join(organization, {
      user: { roles: ['agent'] },
      session: { scopes: ['dialplan:read'], own_only: ['dialplan:read'] },
    });
    const ask = (json: object) => call(handler, 'POST /dialplan/evaluate', { token, json });
    expect((await ask({ called })).body).toMatchObject({
      decision: { allowed: true, limits: { max_duration: 119, reservation: null } },
    });
    await decide({ called, call_id: 'one' });
    expect((await ask({ called })).body).toMatchObject({ decision: { reason: 'NO_CREDIT' } });
    expect((await ask({ release: 'one' })).body).toMatchObject({ released: false });
    expect((await ask({ renew: 'one' })).status).toBe(404);
    expect(await sumsOf(organization)).toMatchObject({ reserved: '0.0400' });
  });
});

describe('a reservation ends', () => {
  test('by release, once', async () => {
    const { ask, decide, organization } = await tenant({ balance: '0.04' });
    await decide({ called, call_id: 'one' });
    expect(await ask('evaluate', { release: 'one' })).toEqual({ status: 200, success: true, released: true });
    expect(await ask('evaluate', { release: 'one' })).toEqual({ status: 200, success: true, released: false });
    expect(await sumsOf(organization)).toEqual({ balance: '0.0400', available: '0.0400', reserved: '0.0000' });
  });

  test('with the outbound CDR of its call, by which what it did not cost can be used again', async () => {
    const { decide, organization, clock } = await tenant({ balance: '0.04' });
    await decide({ called, call_id: 'one' });
    const ingestion = startIngestion(running.store, { clock: clock.now });
    const times = { start_time: '2026-11-20T11:58:00Z', end_time: '2026-11-20T11:59:00Z' };
    const file = (id: string, more: object) =>
      ingestion.deliver({ [id]: messageOf(organization, [record('one', { ...times, ...more })]) });
    await file('m1', { leg: 'in', direction: 'inbound' });
    await file('m2', { leg: 'int', direction: 'internal' });
    expect(await sumsOf(organization)).toMatchObject({ reserved: '0.0400' });
    await file('m3', { leg: 'a' });
    expect(await sumsOf(organization)).toEqual({ balance: '0.0150', available: '0.0150', reserved: '0.0000' });
    expect(await reservationIn(organization, 'one')).toBeNull();
    await file('m4', { leg: 'a' });
    expect(await sumsOf(organization)).toMatchObject({ available: '0.0150' });
  });
});

describe('renew', () => {
  test('raises the reservation so that it lasts its minutes from now on, and answers the new duration', async () => {
    const { ask, decide, organization, clock } = await tenant({ balance: '10', profile: { reservationMinutes: 10 } });
    expect((await decide({ called, call_id: 'one' })).limits.max_duration).toBe(599);
    clock.advance(300);
    expect(await ask('evaluate', { renew: 'one' })).toEqual({
      status: 200,
      success: true,
      max_duration: 899,
      reservation: {
        call_id: 'one',
        amount: '0.2350',
        currency: 'USD',
        expires_at: '2026-11-20T12:24:59.000Z',
      },
    });
    expect(await sumsOf(organization)).toMatchObject({ reserved: '0.2350', available: '9.7650' });
  });

  test('changes nothing when nothing is left, and never passes the limit of the policy', async () => {
    const poor = await tenant({ balance: '0.04' });
    await poor.decide({ called, call_id: 'one' });
    poor.clock.advance(60);
    expect(await poor.ask('evaluate', { renew: 'one' })).toMatchObject({ max_duration: 119 });
    const limited = await tenant({
      balance: '10',
      profile: { reservationMinutes: 1 },
      policies: [policyOf('pol_1', { actions: { allow: true, gateway: 'pstn', max_duration: 100 } })],
    });
    await limited.decide({ called, call_id: 'one' });
    limited.clock.advance(59);
    expect(await limited.ask('evaluate', { renew: 'one' })).toMatchObject({ max_duration: 99 });
  });

  test('of a call without a reservation is 404', async () => {
    const { ask } = await tenant({ balance: '10' });
    expect(await ask('evaluate', { renew: 'one' })).toMatchObject({ status: 404, error: { code: 'NOT_FOUND' } });
  });
});

describe('who ends the reservation of a call', () => {
  /** Requests of another user of the organization, or by another access key. */
  async function others({ organization, clock }: Awaited<ReturnType<typeof tenant>>) {
    const handler = evaluator(testDependencies(running.store, { clock }));
    const tokenWith = (...scopes: readonly Scope[]) => running.tenants.join(organization, { session: { scopes } });
    const asker = (token: string) => async (json: object) => {
      const { status, body } = await call(handler, 'POST /dialplan/evaluate', { token, json });
      return `${status} ${(body as { error?: { code: string } }).error?.code ?? ''}`.trim();
    };
    return {
      reader: asker(await tokenWith('dialplan:read')),
      writer: asker(await tokenWith('dialplan:read', 'dialplan:write')),
    };
  }
  const changes = [{ release: 'one' }, { renew: 'one' }, { called, call_id: 'one' }] as const;

  test.each(changes)('%j: the credential that evaluated it, or one with dialplan:write', async (change) => {
    const made = await tenant({ balance: '10' });
    const { reader, writer } = await others(made);
    expect(await reader({ called, call_id: 'one' })).toBe('200');
    expect(await reader(change)).toBe('200');
    await reader({ called, call_id: 'one' });
    const before = await reservationIn(made.organization, 'one');
    const { reader: stranger } = await others(made);
    expect(await stranger(change)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await reservationIn(made.organization, 'one')).toEqual(before);
    expect(await writer(change)).toBe('200');
  });

  test.each(changes)('%j of a call that the SIP service carries: no one else', async (asked) => {
    const made = await tenant({ balance: '10' });
    await made.decide({ called, call_id: 'one' });
    const key = { call_id: 'one' };
    await commit(running.store, made.organization, [change(reservationRow, key, { set: { owner: sipService } })]);
    const before = await reservationIn(made.organization, 'one');
    const { reader, writer } = await others(made);
    for (const ask of [reader, writer]) expect(await ask(asked)).toBe('409 CALL_IN_PROGRESS');
    expect(await reservationIn(made.organization, 'one')).toEqual(before);
  });
});

describe('64 evaluations with one call_id at the same time', () => {
  test.each([
    ['of one number', () => called],
    ['of different numbers', (at: number) => `141555501${String(at).padStart(2, '0')}`],
  ])('%s are 200 each, and the call has one reservation', async (_of, numberOf) => {
    const made = await tenant({ balance: '10000' });
    const processes = Array.from({ length: 4 }, () => made.process());
    const answers = await Promise.all(
      processes.flatMap(({ ask }, at) =>
        Array.from({ length: 16 }, (_each, of) => ask('evaluate', { called: numberOf(16 * at + of), call_id: 'one' })),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(answers.map((answer) => answer.decision.allowed)).toEqual(answers.map(() => true));
    expect(await sumsOf(made.organization)).toMatchObject({ reserved: '3.6100' });
  });
});

describe('the body', () => {
  test.each([
    [{}, 400, 'MISSING_FIELD', 'called'],
    [{ renew: 'a', release: 'b' }, 422, 'VALIDATION_FAILED', 'release'],
    [{ renew: 'a', called }, 422, 'VALIDATION_FAILED', 'called'],
    [{ release: 'a', dry_run: true }, 422, 'VALIDATION_FAILED', 'called'],
    [{ called, call_id: 'x'.repeat(129) }, 422, 'VALIDATION_FAILED', 'call_id'],
    [{ called, call_id: 'a\u2028b' }, 422, 'VALIDATION_FAILED', 'call_id'],
  ])('%j is answered with %i %s', async (json, status, code, path) => {
    const { ask } = await tenant({ balance: '10' });
    expect(await ask('evaluate', json)).toMatchObject({ status, error: { code, details: [{ path }] } });
  });
});

/** The requests of one live evaluation to the store, by a process that has the plan and the tariff. */
async function storeCallsOf(options: TenantOptions): Promise<string[]> {
  const { organization, clock } = await running.tenant({ balance: '10', ...options });
  const sent: string[] = [];
  const send: Sender['send'] = (command: object, ...more: never[]) => {
    sent.push(command.constructor.name);
    return running.store.client.send(command as never, ...more);
  };
  const handler = evaluator(testDependencies({ ...running.store, client: { send } }, { clock }));
  const token = await running.tenants.join(organization);
  const ask = (id: string) => call(handler, 'POST /dialplan/evaluate', { token, json: { called, call_id: id } });
  await ask('one');
  sent.length = 0;
  expect(await ask('two')).toMatchObject({ status: 200, body: { decision: { allowed: true } } });
  return sent;
}

describe('a live evaluation costs', () => {
  test('no store call for reservations, of a postpaid organization', async () => {
    expect(await storeCallsOf({})).toEqual(['BatchGetItemCommand', 'QueryCommand']);
  });

  test('one write for the reservation, of a prepaid organization', async () => {
    const unreserved = ['BatchGetItemCommand', 'QueryCommand', 'GetItemCommand'];
    expect(await storeCallsOf({ profile: prepaid })).toEqual([...unreserved, 'TransactWriteItemsCommand']);
  });
});

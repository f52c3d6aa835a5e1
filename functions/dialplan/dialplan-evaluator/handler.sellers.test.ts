import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { change } from '#dynamodb/write.ts';
import { amountOf } from '#schema/money.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

/** What a reseller's own balance and rates mean for the calls of its customers. */

const running = testEvaluators();

const rates = { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null };
const prepaid = { accountType: 'prepaid', rates } as const;
const policies = [policyOf('pol_1', { conditions: { pattern: '^[+1-9]' } })];
const template = {
  rules: [{ priority: 1, pattern: '^0', action: 'bridge' as const, destination: 'user/204@office.example' }],
  variables: {},
};
/** London, for which the customer has a rate and its reseller has none. */
const london = '+442079460000';
const sold = { ...rates, internationalCallRate: amountOf('0.6') };

/** A reseller, and a customer that may call anything. */
async function family(reseller: TenantOptions, customer: TenantOptions = {}) {
  const { organization: seller } = await running.tenant({ ...reseller, organization: { type: 'reseller' } });
  const tenant = await running.deciderFor({
    policies,
    template,
    profile: { rates: sold },
    ...customer,
    organization: { parent_id: seller },
  });
  const pay = (amount: string) =>
    commit(running.store, seller, [change(creditRow, {}, { add: { credits: amountOf(amount) } })]);
  return { ...tenant, seller, pay };
}

const bySeller = (reason: string) => ({ allowed: false, reason, seller: true });

test('a prepaid reseller without money denies what its customers would be charged for, until it has paid', async () => {
  const { decide, decider, call, pay } = await family({ profile: prepaid });
  expect(await decide()).toMatchObject(bySeller('NO_CREDIT'));
  expect(await decide({ dry_run: true })).toMatchObject(bySeller('NO_CREDIT'));
  expect(await decider.decide(call())).toMatchObject(bySeller('NO_CREDIT'));
  expect(await decide({ called: '0' })).toMatchObject({ allowed: true, destination: 'user/204@office.example' });
  expect(await decide({ called: '911' })).toMatchObject({ allowed: true });
  await pay('1');
  expect(await decide()).toMatchObject({ allowed: true });
  expect(await decider.decide(call())).toMatchObject({ allowed: true });
});

test('a call that costs the reseller nothing is permitted without its money', async () => {
  const free = { ...prepaid, tariffId: null, rates: { ...rates, defaultCallRate: amountOf('0') } };
  const { decide } = await family({ profile: free });
  expect(await decide({ called: '12125550100' })).toMatchObject({ allowed: true });
  expect(await decide({ called: london })).toMatchObject(bySeller('NO_CREDIT'));
});

test('a postpaid reseller denies at its credit limit', async () => {
  const profile = { creditLimit: amountOf('5') };
  const below = await family({ profile, balance: '-4.99' });
  expect(await below.decide()).toMatchObject({ allowed: true });
  const at = await family({ profile, balance: '-5' });
  expect(await at.decide()).toMatchObject(bySeller('NO_CREDIT'));
});

test('a reseller that runs out of money denies within seconds', async () => {
  const { decide, pay, clock } = await family({ profile: prepaid, balance: '1' });
  expect(await decide()).toMatchObject({ allowed: true });
  await pay('-1');
  clock.advance(6);
  expect(await decide()).toMatchObject(bySeller('NO_CREDIT'));
});

test.each([
  ['prepaid', prepaid, false],
  ['prepaid and permits such calls', { ...prepaid, unratedCalls: 'allow' }, true],
  ['postpaid', { rates }, true],
  ['postpaid and denies such calls', { rates, unratedCalls: 'deny' }, false],
] as const)('a call that has no rate for a reseller which is %s', async (_what, profile, isAllowed) => {
  const { decide } = await family({ profile, balance: '1' });
  expect(await decide({ called: london })).toMatchObject(isAllowed ? { allowed: true } : bySeller('NO_RATE'));
  expect(await decide()).toMatchObject({ allowed: true });
});

test('the limits of the organization itself come first, and reserve nothing if the seller denies', async () => {
  const own = await family({ profile: prepaid }, { profile: prepaid });
  expect(await own.decide()).not.toHaveProperty('seller');
  const { decide } = await family({ profile: prepaid }, { profile: prepaid, balance: '1' });
  expect(await decide()).toMatchObject({ ...bySeller('NO_CREDIT'), limits: { reservation: null } });
});

test('a decision reads a reseller once in a few seconds, not once a call', async () => {
  const readsOf = async ({ decide, storeCalls }: Awaited<ReturnType<typeof running.tenant>>) => {
    await decide();
    const before = storeCalls();
    await decide();
    return storeCalls() - before;
  };
  const direct = await running.tenant({ policies, profile: { rates: sold } });
  const sells = await family({ profile: prepaid, balance: '1' });
  expect(await readsOf(sells)).toBe(await readsOf(direct));
});

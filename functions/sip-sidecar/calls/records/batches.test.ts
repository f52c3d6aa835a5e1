import { beforeEach, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { tryCommit } from '#dynamodb/commit.ts';
import { callChange, callRow, newCallChange } from '#dynamodb/rows/call.ts';
import { organizationChannels, readChannels } from '#dynamodb/rows/channel.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { Call } from '#telephony/call.ts';
import { money } from '#schema/money.ts';
import { balanceOf } from '#functions/billing/schema/balance.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { callBatches, Departures, type CommitCall } from './batches.ts';
import { newRecord } from '../call/record.ts';
import { callFacts } from '../call/calls.fixture.ts';

let organization = 7_000;
const running = testStore();
let commit: CommitCall;
let transactions = 0;
beforeEach(() => {
  organization += 1;
  transactions = 0;
  commit = callBatches({
    clock: () => new Date(),
    tryCommit: (of, writes) => {
      transactions += 1;
      return tryCommit(running.store, of, writes);
    },
  });
});

const callOf = (number: number): Call =>
  newRecord(
    callFacts({
      id: `call_${number}`,
      org_id: organization,
      channels: [{ ...organizationChannels, direction: 'outbound' }],
    }),
    new Date(0),
  );
const calls = (count: number): Call[] => Array.from({ length: count }, (_, at) => callOf(at));
const begin = (call: Call, total: number | null = null) =>
  commit({ call, ...newCallChange(call, { organization: { total } }) });
const inUse = async () =>
  (await readChannels(tableFor<'channel'>(running.store, organization), organizationChannels)).total;
const codeOf = (outcome: PromiseSettledResult<void>): string =>
  outcome.status === 'fulfilled' ? 'begun' : (outcome.reason as { code: string }).code;

test('calls of one organization are counted together', async () => {
  await Promise.all(calls(12).map((call) => begin(call)));
  expect(await inUse()).toBe(12);
  expect(transactions).toBe(1);
});

test('a limit that all together exceed takes as many as there is room for', async () => {
  const outcomes = (await Promise.allSettled(calls(8).map((call) => begin(call, 5)))).map(codeOf);
  expect(outcomes.toSorted()).toEqual(
    [...Array<string>(5).fill('begun'), ...Array<string>(3).fill('CALL_LIMIT')].toSorted(),
  );
  expect(await inUse()).toBe(5);
});

test('a call that ends makes room in the same batch, but none while the limit is exceeded', async () => {
  const [first, second, third, fourth] = calls(4) as [Call, Call, Call, Call];
  await begin(first);
  await begin(second);
  const end = (call: Call) => commit({ call, ...callChange(call, { ...call, version: 2, channels: [] }) });
  const blocked = begin(fourth, 10);
  const outcomes = await Promise.allSettled([blocked, end(first), begin(third, 1)]);
  expect(outcomes.map(codeOf)).toEqual(['begun', 'begun', 'CALL_LIMIT']);
  expect(await inUse()).toBe(2);
});

test('a call that another task has taken over fails alone', async () => {
  const [first, lost, other] = calls(3) as [Call, Call, Call];
  await begin(lost);
  const stale = { ...lost, version: 7 };
  const outcomes = await Promise.allSettled([
    begin(first),
    commit({ call: lost, ...callChange(stale, { ...stale, version: 8, channels: [] }) }),
    begin(other),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await tableFor<'call'>(running.store, organization).get(callRow, { id: other.id })).toBeDefined();
  expect(await inUse()).toBe(3);
});

test('what calls that end together have reserved is given back once, as one sum', async () => {
  const ending = calls(6);
  for (const call of ending) await begin(call);
  await Promise.all(
    ending.map((call, at) =>
      commit({ call, ...callChange(call, { ...call, version: 2, channels: [] }), released: money(BigInt(at + 1)) }),
    ),
  );
  const { items } = await tableFor<'balance'>(running.store, organization).query(creditRow, {});
  expect(balanceOf(items).reservations).toBe(-21n);
});

test('changes that no one waits for depart together, at once if someone waits for one of them', async () => {
  const departures = new Departures();
  const departed: number[] = [];
  const depart = (at: number) => departures.next().then(() => departed.push(at));
  const together = [depart(1), depart(2)];
  expect(departed).toEqual([]);
  await Promise.all(together);
  expect(departed).toEqual([1, 2]);
  const hurried = depart(3);
  departures.hurry();
  await hurried;
  expect(departed).toEqual([1, 2, 3]);
});

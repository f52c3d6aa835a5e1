import { beforeAll, expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { waitingPointers, workOff } from '#test/support/outage.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import { day, minute } from '#schema/time.ts';
import { addAccount } from '../cdr-ingest/ingest.fixture.ts';
import { billingDayAlways } from '../schema/period.ts';
import { openClosingWrite } from '../rows/billing-profile.ts';
import { ledgerRow } from '../charging/row.ts';
import { tariffRow } from '../tariffs/row.ts';
import { periodCloseHandler } from './handler.ts';

/** Downtimes of several periods, on a real store with the sweeper: what they leave is compared with an oracle. */

const running = testStore();
beforeAll(async () => {
  await addAccount(running.store, 1000, { type: 'operator' });
});

const began = Date.parse('2028-01-31T12:00:00.000Z');
const ended = Date.parse('2028-04-10T12:00:00.000Z');

type Account = { readonly organization: number; readonly billingDay: number };

/** An organization with a minimum of 5.00 and two numbers with a fee of 2.00, the second one since after the outage. */
async function addOwing({ organization, billingDay }: Account): Promise<void> {
  const billingDays = billingDayAlways(billingDay);
  await addAccount(running.store, organization, { profile: { billingDays } });
  await commit(running.store, 1000, [
    change(tariffRow, { id: `trf_${organization}` }, { set: { monthly_minimum: '5.0000' } }),
  ]);
  for (const [position, activated_at] of ['2028-01-02T00:00:00.000Z', '2028-04-10T00:00:00.000Z'].entries()) {
    const place = { id: `num_${organization}x${position}`, number: `+4689${organization}${position}` };
    const number = numberOf({ ...place, org_id: organization, monthly_fee: 2_000_000n, activated_at });
    await commit(running.store, 0, [create(numberRow, number)]);
  }
  await commit(running.store, organization, [openClosingWrite({ organization, billingDays }, began, {})]);
}

/** What is waiting for its time: organization and period. */
const waitingClosings = async (): Promise<string[]> =>
  (await waitingPointers(running.store)).map(({ org_id, subject, at }) => `${org_id} ${subject} ${at}`).toSorted();

const ledgerOf = async (organization: number): Promise<string[]> =>
  (await tableFor<'ledger'>(running.store, organization).query(ledgerRow, {})).items
    .map(({ type, period, reference, amount }) => `${type} ${period} ${reference} ${Number(amount) / 1_000_000}`)
    .toSorted();

const monthName = (month: number): string => `2028-${String(month + 1).padStart(2, '0')}`;

/** The months of 2028 whose periods end, and take no calls any more, between the begin of the outage and an instant. */
const closedMonths = ({ billingDay }: Account, until: number): number[] =>
  Array.from({ length: 12 }, (_, month) => month).filter((month) => {
    const end = Date.UTC(2028, month + 1, billingDay) + day + 5 * minute;
    return end > began && end <= until;
  });

/** What an organization owes: the minimum of each closed period, and the fees of numbers held in the next one. */
function owed(account: Account, until: number): string[] {
  const { organization, billingDay } = account;
  return closedMonths(account, until)
    .flatMap((month) => [
      `minimum ${monthName(month)} trf_${organization} -5`,
      `number ${monthName(month + 1)} +4689${organization}0 -2`,
      ...(Date.UTC(2028, month + 2, billingDay) > Date.parse('2028-04-10')
        ? [`number ${monthName(month + 1)} +4689${organization}1 -2`]
        : []),
    ])
    .toSorted();
}

/** The closing that is waiting afterwards. */
function nextClosing(account: Account, until: number): string {
  const month = (closedMonths(account, until).at(-1) ?? -1) + 1;
  const at = new Date(Date.UTC(2028, month + 1, account.billingDay) + day + 5 * minute).toISOString();
  return `${account.organization} ${monthName(month)} ${at}`;
}

test.each([
  { name: 'that nothing disturbs', killed: 0, first: 4000, minutes: 10 },
  { name: 'in which processes are killed again and again', killed: 0.03, first: 4100, minutes: 15 },
])(
  'an outage over several closings, with a start $name, costs what the time cost',
  async ({ killed, first, minutes }) => {
    const accounts = [1, 2, 9, 20, 28].map((billingDay, at) => ({ organization: first + at, billingDay }));
    for (const account of accounts) await addOwing(account);
    await workOff(running.store, { queue: 'jobs', consumerOf: periodCloseHandler, from: ended, minutes, killed });
    const until = ended + minutes * minute;
    for (const account of accounts) expect(await ledgerOf(account.organization)).toEqual(owed(account, until));
    const own = (await waitingClosings()).filter((each) => Number(each.slice(0, 4)) >= first);
    expect(own).toEqual(accounts.map((account) => nextClosing(account, until)).toSorted());
  },
);

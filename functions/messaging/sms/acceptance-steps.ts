import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Context } from '#http/handlers.ts';
import { limitOf, minuteOf } from '#http/admission/rate-limits.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';
import { dayOf, payerOf, periodOf, termsOf, tooMany, type Payer } from './acceptance.ts';
import type { smsMessages } from './contract.ts';
import { accountStore, countedIn, countWrite, type AccountTable } from './store.ts';

/** The account that pays for a request, and the recipients that it counts. */

export type SmsContext = Context<typeof smsMessages>;

/** Where accounts are read. */
export type Accounts = Pick<SmsContext, 'environment'> & {
  readonly table: AccountTable;
  readonly tableOf: (organization: number) => AccountTable;
};

type Paying = { readonly organization: Pick<OrganizationItem, 'parent_id'>; readonly now: Date };

/** The seller of an organization: its parent; the operator sells to itself. */
const sellerOf = ({ parent_id: parent }: Paying['organization']): number => parent ?? operatorOrganization;

/**
 * The account that pays. The item of credits is read before the charges (functions/billing/README.md, "Reservations").
 * @throws AppError INSUFFICIENT_CREDITS without a billing profile
 */
export async function readPayer(
  { organization, now }: Paying,
  { table, tableOf, environment }: Accounts,
): Promise<Payer> {
  const store = accountStore(table);
  const [profile, first] = await Promise.all([store.profile(), store.credit()]);
  const tariffId = profile?.tariffId ?? null;
  const tariff = tariffId === null ? null : await accountStore(tableOf(sellerOf(organization))).tariff(tariffId);
  const terms = termsOf(profile, tariff, environment);
  const period = periodOf(terms, now.getTime());
  const [used, balance] = await Promise.all([store.used(period), store.balanceAfter(first)]);
  return payerOf(terms, balance, { period, used });
}

/** Counts the recipients of the minute and of the day. @throws AppError RATE_LIMITED */
export function countingWrites(
  recipients: number,
  { organization, now }: { readonly organization: OrganizationItem; readonly now: Date },
  environment: SmsContext['environment'],
) {
  const { minute, reset } = minuteOf(now);
  const { day, ends } = dayOf(now);
  const limit = { minute: limitOf(environment, 'RATE_LIMIT_SMS'), day: smsSettingsOf(organization).dailyLimit };
  const own = organization.org_id;
  return [
    countWrite({
      subject: countedIn(own, 'minute'),
      window: minute,
      ends: reset,
      recipients,
      limit: limit.minute,
      error: tooMany(limit.minute, 'minute', reset, now),
    }),
    countWrite({
      subject: countedIn(own, 'day'),
      window: day,
      ends,
      recipients,
      limit: limit.day,
      error: tooMany(limit.day, 'day', ends, now),
    }),
  ];
}

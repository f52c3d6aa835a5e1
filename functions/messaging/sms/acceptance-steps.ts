import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Context } from '#http/handlers.ts';
import { limitOf, minuteOf } from '#limits/rate-limits.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';
import type { Write } from '#dynamodb/write.ts';
import { recordAll, type Recorder } from '#runtime/event-record.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { dayOf, payerOf, periodOf, termsOf, tooMany, type Payer } from './acceptance.ts';
import type { smsMessages } from './contract.ts';
import {
  accountStore,
  countedIn,
  countWrite,
  expandedWrite,
  newMessageWrites,
  readMessages,
  type AccountTable,
} from './store.ts';
import { chunksOf, messagesOf } from './batch.ts';
import { newMessageEvents } from './submission.ts';

type ExpansionWrite = 'sms' | 'smslog' | 'due' | 'batch' | 'event:sms.queued' | 'event:sms.failed';

/** What the expansion of a batch needs. */
export type ExpansionContext = {
  readonly organization: number;
  readonly table: Parameters<typeof readMessages>[0];
  readonly record: Recorder;
  readonly now: Date;
  /** Commits what is decided, and decides again if another expansion was faster. */
  readonly transact: (decide: () => Promise<readonly Write<ExpansionWrite>[]>) => Promise<void>;
};

/** Stores the messages of an accepted batch. A repetition stores those that are missing. */
export async function expandBatch(batch: SmsBatch, context: ExpansionContext): Promise<void> {
  const { organization, table, record, now, transact } = context;
  if (batch.expanded) return;
  for (const chunk of chunksOf(messagesOf(batch)))
    await transact(async () => {
      const messages = await readMessages(
        table,
        chunk.map(({ id }) => id),
      );
      const stored = new Set(messages.map(({ id }) => id));
      const missing = chunk.filter(({ id }) => !stored.has(id));
      return [
        ...newMessageWrites(organization, missing, now.getTime()),
        ...recordAll(record, newMessageEvents(missing)),
      ];
    });
  await transact(async () => [expandedWrite(batch)]);
}

/** The account that pays for a request, and the recipients that it counts. */

export type SmsContext = Context<typeof smsMessages>;

/** Where accounts are read. */
export type Accounts = Pick<SmsContext, 'environment'> & {
  readonly table: AccountTable;
  readonly tableOf: (organization: number) => AccountTable;
};

/** Where a text message is decided that no request asks for, but for its own tables. */
export type Texting = Omit<Accounts, 'table'> & {
  readonly organization: number;
  readonly record: Recorder;
  readonly now: Date;
};

type TextingFunction<Tables> = {
  readonly tableOf: (organization: number) => Tables;
  readonly environment: Accounts['environment'];
  readonly recorderOf: (organization: number) => Recorder;
  readonly clock: () => Date;
};

/** That of an organization, as the function has it now. */
export const textingOf = <Tables extends AccountTable>(organization: number, context: TextingFunction<Tables>) => ({
  table: context.tableOf(organization),
  tableOf: context.tableOf,
  environment: context.environment,
  organization,
  record: context.recorderOf(organization),
  now: context.clock(),
});

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

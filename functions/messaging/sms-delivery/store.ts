import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { operatorOrganization, organizationRow, resellerOf } from '#dynamodb/rows/organization.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { providerMessageRow, smsRow } from '#dynamodb/rows/sms.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, overwrite, replace, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { Sms } from '#schema/sms.ts';
import { day, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { readPayer, readProfile, usageRow } from '../../billing/charging/row.ts';
import { wholesaleSmsWrites } from '../../billing/sms-charges/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import { maxQueueDelay, smsChangeWrites } from '../sms/row.ts';
import type { WishChange } from '../sms-opt-outs/opt-out.ts';
import { isOptedOut, optOutRow, optOutWrite } from '../sms-opt-outs/row.ts';
import type { smsDelivery } from './contract.ts';
import { lineOf, periodOf, slotOf, type Circumstances, type Reseller } from './delivery.ts';

type Reads = Table<ReadName<EffectOf<typeof smsDelivery>>>;

/** Milliseconds that a message of the queue can wait; longer ones are woken by a pointer. */
export const longestDelay = maxQueueDelay;

const keyOfLine = (organization: number, from: string) => ({
  subject: `sms-line/${organizationText(organization)}/${from}`,
  minute: 0,
});

export const deliveryStore = (table: Reads) => ({
  sms: (id: string): Promise<Sms | undefined> => table.get(smsRow, { id }),
  batch: (id: string): Promise<SmsBatch | undefined> => table.get(smsBatchRow, { id }),
  circumstances: async ({ from, to }: Sms): Promise<Circumstances> => {
    const [organization, number, optedOut] = await Promise.all([
      table.get(organizationRow, {}),
      from.startsWith('+') ? table.get(numberRow, { number: from }) : undefined,
      isOptedOut(table, to),
    ]);
    return { organization, number, optedOut };
  },
  optOut: (number: string) => table.get(optOutRow, { number }),
  /** When the last waiting message of a sender tries again (Unix milliseconds). */
  line: async (from: string): Promise<number | undefined> =>
    (await table.get(rateRow, keyOfLine(table.organization, from)))?.used,
  profile: () => readProfile(table),
  used: (period: string) => table.get(usageRow, { period }),
  tariff: async (id: string | null) => (id === null ? null : ((await table.get(tariffRow, { id })) ?? null)),
  /** The reseller that sells to the organization; null: the operator does. */
  reseller: async (): Promise<number | null> => {
    const organization = await table.get(organizationRow, {});
    return organization === undefined || organization.org_id === operatorOrganization ? null : resellerOf(organization);
  },
});

/** The account of a reseller; the operator, who sells to it, has its tariff. @param now Unix milliseconds */
export async function readReseller(tableOf: (organization: number) => Reads, reseller: number, now: number) {
  const payer = await readPayer(tableOf(reseller));
  if (payer === null || payer.profile === null) return null;
  const { profile, currencyFixed } = payer;
  const [tariff, used] = await Promise.all([
    deliveryStore(tableOf(operatorOrganization)).tariff(profile.tariffId),
    deliveryStore(tableOf(reseller)).used(periodOf({ profile }, now)),
  ]);
  return { profile, tariff, used, currencyFixed } satisfies Reseller & { readonly currencyFixed: boolean };
}

/** The error of `slotWrite` if the second is full: the message joins the line of its sender. */
const noSlot = new AppError('RATE_LIMITED', 'The sender has sent enough messages in this second');
export const hasNoSlot = (error: unknown): boolean => error === noSlot;

/** Takes one of the messages that a sender may send in this second; fails with `noSlot` if there is none left. */
export function slotWrite(organization: number, sms: Sms, now: Date): Write<'rate'> {
  const slot = slotOf(sms, now);
  return change(
    rateRow,
    { subject: `sms-pace/${organizationText(organization)}/${sms.from}`, minute: slot.second },
    {
      set: { ttl: slot.second + 120 },
      add: { used: 1 },
      onlyIf: { expression: 'attribute_not_exists(used) OR used < :limit', values: { ':limit': slot.limit } },
      conflict: noSlot,
    },
  );
}

/** Hours after which a line that no message joins is forgotten, in seconds. */
const lineTtl = (2 * day) / second;

/**
 * Joins the line of a sender, or begins one. Stale: there is one by now, or it has ended. @param last when the last
 * waiting message of the sender tries again (Unix milliseconds), as it was read
 */
export function lineWrite(organization: number, sms: Sms, now: Date, last: number | undefined): Write<'rate'> {
  const { start, interval } = lineOf(sms, now);
  const ttl = Math.ceil(start / second) + lineTtl;
  return change(
    rateRow,
    keyOfLine(organization, sms.from),
    last === undefined || last < start
      ? {
          set: { used: start, ttl },
          onlyIf: { expression: 'attribute_not_exists(used) OR used < :start', values: { ':start': start } },
        }
      : {
          set: { ttl },
          add: { used: interval },
          onlyIf: { expression: 'used >= :start', values: { ':start': start } },
        },
  );
}

/** Seconds for which the receipts of a message find it. */
const receiptTtl = (7 * day) / second;

type ChangePlace = { readonly organization: number; readonly period: string; readonly now: Date };

/** The next form of a message; with its provider's id, so that receipts find it. */
export const changeWrites = (before: Sms, after: Sms, { organization, period, now }: ChangePlace) => [
  ...smsChangeWrites(before, after, {
    organization,
    period,
    day: now.toISOString().slice(0, 10),
    now: now.getTime(),
  }),
  ...providerWrites(before, after, { organization, now }),
];

function providerWrites(
  before: Sms,
  after: Sms,
  { organization, now }: Omit<ChangePlace, 'period'>,
): Write<'provider-message'>[] {
  const { id, provider, provider_message_id } = after;
  if (provider === null || provider_message_id === null || before.provider_message_id === provider_message_id)
    return [];
  const ttl = Math.floor(now.getTime() / second) + receiptTtl;
  return [overwrite(providerMessageRow, { provider, provider_message_id, organization, id, ttl })];
}

export const optOutWrites = ({ before, after }: WishChange): Write<'smsoptout'> => optOutWrite(before, after);

/** The message without a charge of its reseller. */
export const updateWrite = (before: Sms, after: Sms): Write<'sms'> => replace(smsRow, after, before);

export const wholesaleWrites = (
  reseller: number,
  charged: Parameters<typeof wholesaleSmsWrites>[1],
  usage: Parameters<typeof wholesaleSmsWrites>[2],
) => wholesaleSmsWrites(reseller, charged, usage);

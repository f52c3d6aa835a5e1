import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { providerMessageRow, smsRow } from '#dynamodb/rows/sms.ts';
import type { Table } from '#dynamodb/table.ts';
import { replace, type Write } from '#dynamodb/write.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import type { Sms } from '#schema/sms.ts';
import { answerWrites, countAnswers, readAnswers, receivedWrite } from '../rows/received-sms.ts';
import { logEntryWrite } from '../rows/sms-log.ts';
import { optOutRow, optOutWrite } from '../sms-opt-outs/row.ts';
import type { smsReports } from './contract.ts';
import type { WishChange } from '../sms-opt-outs/opt-out.ts';
import { maxAnswers } from './inbound.ts';

export const reportStore = (table: Table<ReadName<EffectOf<typeof smsReports>>>) => ({
  /** The message of an id of the provider. */
  sent: (provider: string, provider_message_id: string) =>
    table.get(providerMessageRow, { provider, provider_message_id }),
  sms: (id: string): Promise<Sms | undefined> => table.get(smsRow, { id }),
  number: (number: string) => table.get(numberRow, { number }),
  organization: () => table.get(organizationRow, {}),
  optOut: (number: string) => table.get(optOutRow, { number }),
  isFiled: async (message_id: string): Promise<boolean> => (await table.get(smsLogRow, { message_id })) !== undefined,
  answers: (number: string, now: Date) => readAnswers(table, [number], now),
});

/** The message that a receipt confirms; stale if it changed since it was read. */
export const confirmationWrite = (before: Sms, after: Sms): Write<'sms'> => replace(smsRow, after, before);

const wishWrites = (wish: WishChange | undefined): Write<'smsoptout'>[] =>
  wish === undefined ? [] : [optOutWrite(wish.before, wish.after)];

/** The next state of a message with its log entry; stale if it changed since it was read. */
export const receiptWrites = (before: Sms, after: Sms, wish?: WishChange): Write<'sms' | 'smslog' | 'smsoptout'>[] => [
  replace(smsRow, after, before),
  logEntryWrite(after),
  ...wishWrites(wish),
];

/** What a received message stores. */
export type Stored = {
  readonly entry: SmsLogEntry;
  readonly wish: WishChange | undefined;
  readonly answer: Sms | undefined;
};

/** The writes of a received message, without events; stale if it was filed before. */
export const receivedWrites = (
  { entry, wish, answer }: Stored,
  { organization, now }: { readonly organization: number; readonly now: Date },
): Write<'smslog' | 'smsoptout' | 'sms' | 'rate'>[] => [
  receivedWrite(entry),
  ...wishWrites(wish),
  ...(answer === undefined
    ? []
    : [...answerWrites(answer), ...countAnswers([answer.to], { organization, now, most: maxAnswers })]),
];

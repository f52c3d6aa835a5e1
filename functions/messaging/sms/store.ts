import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { smsIn, smsRow, smsTo } from '#dynamodb/rows/sms.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { change, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { Sms, SmsStatus } from '#schema/sms.ts';
import { organizationText } from '#schema/values.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { batchesOfUser, batchesWithReference, smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { creditRow, readBalanceAfter, readProfile, usageRow } from '../../billing/charging/row.ts';
import type { BalancePart, UsedOfPeriod } from '../../billing/schema/balance.ts';
import { reserveSmsWrites } from '../../billing/sms-charges/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import type { Tariff } from '../../billing/tariffs/tariff.ts';
import { findOwnTemplate } from '#dynamodb/rows/email-template.ts';
import { findSmsSender } from '../rows/sms-sender.ts';
import { voicemailRow } from '../rows/voicemail.ts';
import { isOptedOut, optedOutAmong } from '../sms-opt-outs/row.ts';
import { isFree, type Payer } from './acceptance.ts';
import { batchOf, messageIdOf, messagesOf } from './batch.ts';
import type { smsMessages } from './contract.ts';
import { cancelWrites, createBatch, markExpanded, newSmsWrites } from './row.ts';
import { isAlphanumeric } from './submission.ts';

type Reads = Table<ReadName<EffectOf<typeof smsMessages>>>;

/** The messages of a batch, as far as they are stored; the others as they will be. */
async function messagesIn(table: Pick<Reads, 'getAll'>, batch: SmsBatch): Promise<Sms[]> {
  const first = messagesOf(batch);
  const stored = await table.getAll(
    smsRow,
    first.map(({ id }) => ({ id })),
  );
  return first.map((sms, at) => stored[at] ?? sms);
}

/** Those of the messages that are stored. */
export const readMessages = async (table: Pick<Table<'sms'>, 'getAll'>, ids: readonly string[]): Promise<Sms[]> => {
  const keys = ids.map((id) => ({ id }));
  return (await table.getAll(smsRow, keys)).filter((sms) => sms !== undefined);
};

export const smsStore = (table: Reads) => ({
  /** The platform's record of a sender that is a number. */
  number: (from: string) =>
    isAlphanumeric(from) ? Promise.resolve(undefined) : table.get(numberRow, { number: from }),
  optedOut: (numbers: readonly string[]) => optedOutAmong(table, numbers),
  /** A message; one of a batch that was just accepted as it will be stored. */
  message: async (id: string): Promise<Sms | undefined> => {
    const [sms, batch] = await Promise.all([table.get(smsRow, { id }), table.get(smsBatchRow, { id: batchOf(id) })]);
    if (sms !== undefined || batch === undefined || batch.expanded) return sms;
    return messagesOf(batch).find((each) => each.id === id);
  },
  /** A batch of several messages. */
  batch: async (id: string): Promise<{ readonly batch: SmsBatch; readonly messages: Sms[] } | undefined> => {
    const batch = await table.get(smsBatchRow, { id });
    if (batch === undefined || batch.recipients.length === 1) return undefined;
    return { batch, messages: await messagesIn(table, batch) };
  },
  messages: (ids: readonly string[]) => readMessages(table, ids),
  page: (request: PageRequest, filters: ListFilters, keep: (sms: Sms) => boolean) =>
    readPage(request, { read: sourceOf(table, filters), keep }),
});

export type AccountTable = Pick<Table<'billingprofile' | 'tariff' | 'balance' | 'usage'>, 'get' | 'query'>;

/** @param table of the organization that pays, or of its seller for the tariff */
export const accountStore = (table: AccountTable) => ({
  profile: () => readProfile(table),
  credit: async (): Promise<BalancePart> => (await table.get(creditRow, {})) ?? {},
  balanceAfter: (credit: BalancePart) => readBalanceAfter(credit, table),
  used: (period: string): Promise<UsedOfPeriod | undefined> => table.get(usageRow, { period }),
  tariff: async (id: string): Promise<Tariff | null> => (await table.get(tariffRow, { id })) ?? null,
});

type ListFilters = {
  readonly to?: string | undefined;
  readonly status?: SmsStatus | undefined;
  readonly reference?: string | undefined;
  /** The only user whose messages are listed. */
  readonly user: string | null;
  readonly since: string;
  readonly until: string;
};

/** The most selective partition: by reference, user, recipient or state, else all. */
function sourceOf(table: Reads, filters: ListFilters): (range: Range) => Promise<Slice<Sms>> {
  const { to, status, reference, user } = filters;
  const own = table.organization;
  if (reference !== undefined) return batchSource(table, 'GSI2', batchesWithReference(own, reference), filters);
  if (user !== null) return batchSource(table, 'GSI1', batchesOfUser(own, user), filters);
  const between = idsBetween('msg', filters);
  if (to !== undefined) return (range) => table.queryIndex(smsRow, 'GSI1', smsTo(own, to), { ...range, between });
  if (status !== undefined)
    return (range) => table.queryIndex(smsRow, 'GSI2', smsIn(own, status), { ...range, between });
  return (range) => table.query(smsRow, {}, { ...range, between });
}

/** Batches that are read at once. Each has up to 100 messages. */
const batchesAtOnce = 10;

/** The messages of batches of an index, newest first. A cursor is the id of a message. */
function batchSource(
  table: Reads,
  index: 'GSI1' | 'GSI2',
  partition: readonly string[],
  filters: ListFilters,
): (range: Range) => Promise<Slice<Sms>> {
  const [from, to] = idsBetween('batch', filters);
  return async ({ after }) => {
    // The batch of the cursor may have more messages.
    const until = after === undefined ? to : batchOf(after);
    const slice = await table.queryIndex(smsBatchRow, index, partition, {
      limit: batchesAtOnce,
      between: [from, until],
    });
    const messages = (await Promise.all(slice.items.map((batch) => messagesIn(table, batch)))).flatMap((own) =>
      own.toReversed(),
    );
    const items = messages.filter(({ id }) => after === undefined || id < after);
    const last = slice.items.at(-1);
    return {
      items,
      cursor: slice.cursor === undefined || last === undefined ? undefined : firstIdIn(last),
      cursorAt: (position) => items[position]?.id ?? '',
    };
  };
}

/** After this message of a batch there are none. */
const firstIdIn = ({ id }: SmsBatch): string => messageIdOf(id, 0);

type Count = {
  readonly subject: string;
  /** Unix minutes or days. */
  readonly window: number;
  /** Unix seconds. */
  readonly ends: number;
  readonly recipients: number;
  readonly limit: number;
  readonly error: AppError;
};

/** Counts recipients in a window; fails if it has not that many left. @throws AppError if it never has */
export function countWrite({ subject, window, ends, recipients, limit, error }: Count): Write<'rate'> {
  if (recipients > limit) throw error;
  return change(
    rateRow,
    { subject, minute: window },
    {
      set: { ttl: ends + 60 },
      add: { used: recipients },
      onlyIf: {
        expression: 'attribute_not_exists(used) OR used <= :most',
        values: { ':most': limit - recipients },
      },
      conflict: error,
    },
  );
}

/** Where recipients of an organization are counted. */
export const countedIn = (organization: number, window: 'minute' | 'day'): string =>
  `sms-${window}/${organizationText(organization)}`;

/** Where notices of a mailbox are counted. */
export const noticesOf = (organization: number, mailbox: string): string =>
  `sms-notices/${organizationText(organization)}/${mailbox}`;

export type NoticeTable = Pick<
  Table<'sms' | 'smsoptout' | 'number@GSI1' | 'voicemail' | 'voicemailprefs' | 'organization' | 'event'>,
  'get' | 'queryIndex'
>;

/** What notices depend on. */
export const noticeStore = (table: NoticeTable) => ({
  sms: (id: string): Promise<Sms | undefined> => table.get(smsRow, { id }),
  voicemail: (id: string) => table.get(voicemailRow, { id }),
  event: (id: string) => table.get(eventRow, { id }),
  preferences: (mailbox: string) => table.get(voicemailPreferencesRow, { mailbox }),
  owner: () => table.get(organizationRow, {}),
  sender: (owner: OrganizationItem) => findSmsSender(table, owner),
  optedOut: (number: string) => isOptedOut(table, number),
});

export type FlowSmsTable = Pick<
  Table<
    | 'sms'
    | 'smsoptout'
    | 'number@GSI1'
    | 'organization'
    | 'emailtemplate'
    | 'emailtemplate-name'
    | 'emailtemplate-version'
  >,
  'get' | 'queryIndex' | 'organization'
>;

/** What text messages of flows depend on. */
export const flowSmsStore = (table: FlowSmsTable) => ({
  owner: () => table.get(organizationRow, {}),
  sender: (owner: OrganizationItem) => findSmsSender(table, owner),
  optedOut: (number: string) => isOptedOut(table, number),
  template: (id: string) => findOwnTemplate(table, id),
  isStored: async (id: string): Promise<boolean> => (await table.get(smsRow, { id })) !== undefined,
});

type FlowCount = {
  readonly organization: number;
  readonly number: string;
  /** Unix hour, Unix seconds of its end, and messages in it. */
  readonly hour: { readonly window: number; readonly ends: number; readonly limit: number };
  /** Unix seconds. */
  readonly pause: { readonly from: number; readonly until: number };
};

/** Counts a message of a flow in the hour of its organization, and begins the pause of its number. */
export function countFlowWrites({ organization, number, hour, pause }: FlowCount): Write<'rate'>[] {
  const subject = `flow-sms/${organizationText(organization)}`;
  const tooMany = `the flows of the organization have sent ${hour.limit} messages in this hour`;
  return [
    countWrite({ subject, ...hour, recipients: 1, error: new AppError('RATE_LIMITED', tooMany) }),
    change(
      rateRow,
      { subject: `${subject}/${number}`, minute: 0 },
      {
        set: { ttl: pause.until },
        add: { used: 1 },
        onlyIf: {
          expression: 'attribute_not_exists(#ttl) OR #ttl <= :from',
          names: { '#ttl': 'ttl' },
          values: { ':from': pause.from },
        },
        conflict: new AppError('RATE_LIMITED', 'the number got a message of a flow within 10 minutes'),
      },
    ),
  ];
}

type Accepted = { readonly batch: SmsBatch; readonly payer: Payer; readonly total: Parameters<typeof isFree>[0] };

/** Stores a batch and reserves what it costs. */
export const acceptanceWrites = ({ batch, payer, total }: Accepted): Write<'batch' | 'balance' | 'usage'>[] => [
  createBatch(batch),
  ...(isFree(total)
    ? []
    : reserveSmsWrites(payer.account, total, {
        period: payer.period,
        includedOf: payer.terms.tariff?.included_sms ?? 0,
      })),
];

/** Stores new messages. @param now Unix milliseconds */
export const newMessageWrites = (organization: number, messages: readonly Sms[], now: number) =>
  messages.flatMap((sms) => newSmsWrites(organization, sms, now));

export const expandedWrite = (batch: SmsBatch): Write<'batch'> => markExpanded(batch);

export const cancellation = (changes: Parameters<typeof cancelWrites>[0]) => cancelWrites(changes);

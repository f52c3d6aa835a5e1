import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { emailRow } from '../../../shared/dynamodb/rows/email.ts';
import { linesBetween, linesOf, logRow } from '../../../shared/dynamodb/rows/log.ts';
import { entriesOf, smsLogRow } from '../../../shared/dynamodb/rows/sms-log.ts';
import { smsBatchRow } from '../../../shared/dynamodb/rows/sms-batch.ts';
import { smsRow } from '../../../shared/dynamodb/rows/sms.ts';
import { firstIdAt, lastIdAt } from '../../../shared/dynamodb/ulid.ts';
import type { Slice } from '../../../shared/dynamodb/table.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { overwrite, remove, type Write } from '../../../shared/dynamodb/write.ts';
import { logEntryOf } from '../../../shared/schema/sms-log.ts';
import type { RecordClass, RecordFacts } from '../../../shared/schema/record-class.ts';
import type { logRetention } from './contract.ts';
import { batchFacts, emailFacts, entryFacts, lineFacts } from './record-facts.ts';
import { roundRow } from './row.ts';

type Reads = Table<ReadName<EffectOf<typeof logRetention>>>;

const roundKey = { kind: 'retention', id: 'log' } as const;

/** Organizations between two records of the progress. */
const organizationsAtOnce = 50;
/** Items in one transaction, beside the check of holds. */
const linesAtOnce = 99;

/** The cursor of a query; null at its beginning. */
type Cursor = string | null;
const startAfter = (after: Cursor) => (after === null ? {} : { after });

/** @param table of the platform */
export const roundStore = (table: Reads) => ({
  progress: async (): Promise<Cursor> => (await table.get(roundRow, roundKey))?.after ?? null,
  organizations: (after: Cursor) =>
    table.queryIndex(organizationRow, 'GSI2', ['all'], {
      order: 'asc',
      limit: organizationsAtOnce,
      ...startAfter(after),
    }),
});

export const progressWrites = (after: Cursor): Write<'lease'>[] => [overwrite(roundRow, { ...roundKey, after })];

/** What is deleted by age: how to read what is older than an instant (ISO 8601 UTC), oldest first, and to delete it. */
export type Aging<N extends string> = {
  readonly of: RecordClass;
  /** @param table of the organization */
  readonly before: (table: Reads, to: string, after: Cursor) => Promise<Expired<N>>;
};

/** Some items that are too old, with the writes that delete them. */
type Expired<N extends string> = {
  readonly items: readonly { readonly facts: RecordFacts; readonly deletion: Write<N> }[];
  readonly cursor: Cursor;
};

const expired = <Item, N extends string>(
  { items, cursor }: Slice<Item>,
  of: (item: Item) => Expired<N>['items'][number],
): Expired<N> => ({ items: items.map(of), cursor: cursor ?? null });

const oldest = (after: Cursor) => ({ order: 'asc', limit: linesAtOnce, ...startAfter(after) }) as const;

/** Ids between which all those lie that were made before an instant. */
const idsBefore = (prefix: string, to: string) => [firstIdAt(prefix, 0), lastIdAt(prefix, Date.parse(to))] as const;

export const logLines: Aging<'log'> = {
  of: 'logs',
  before: async (table, to, after) =>
    expired(
      await table.queryIndex(logRow, 'GSI1', linesOf(table.organization), {
        ...oldest(after),
        between: linesBetween({ from: '0', to }),
      }),
      (line) => ({ facts: lineFacts(line), deletion: remove(logRow, line) }),
    ),
};

export const smsLogEntries: Aging<'smslog'> = {
  of: 'sms',
  before: async (table, to, after) =>
    expired(
      await table.queryIndex(smsLogRow, 'GSI1', entriesOf(table.organization), {
        ...oldest(after),
        between: ['0', to],
      }),
      (entry) => ({ facts: entryFacts(entry), deletion: remove(smsLogRow, entry) }),
    ),
};

/** Ids have the time of their creation, which is also that of their messages. */
export const batches: Aging<'batch'> = {
  of: 'sms',
  before: async (table, to, after) =>
    expired(await table.query(smsBatchRow, {}, { ...oldest(after), between: idsBefore('batch', to) }), (batch) => ({
      facts: batchFacts(batch),
      deletion: remove(smsBatchRow, batch),
    })),
};

export const messages: Aging<'sms'> = {
  of: 'sms',
  before: async (table, to, after) =>
    expired(await table.query(smsRow, {}, { ...oldest(after), between: idsBefore('msg', to) }), (sms) => ({
      facts: entryFacts(logEntryOf(sms)),
      deletion: remove(smsRow, sms),
    })),
};

export const emails: Aging<'email'> = {
  of: 'email',
  before: async (table, to, after) =>
    expired(await table.query(emailRow, {}, { ...oldest(after), between: idsBefore('eml', to) }), (email) => ({
      facts: emailFacts(email),
      deletion: remove(emailRow, email),
    })),
};

import { emailRow } from '#dynamodb/rows/email.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { entriesOf, smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { remove } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { logEntryOf, type SmsLogEntry } from '#schema/sms-log.ts';
import type { Sms, SmsStatus } from '#schema/sms.ts';
import { batchFacts, emailFacts, entryFacts } from './record-facts.ts';
import { idsIn, oldest, recordSource } from './source.ts';

/** States in which a message is still to be sent. */
const waiting: ReadonlySet<string> = new Set(['queued', 'sending'] satisfies SmsStatus[]);
const isSent = ({ status }: { readonly status: string }): boolean => !waiting.has(status);

const smsDescribed = (entry: SmsLogEntry, record: object) => ({
  id: entry.message_id,
  facts: entryFacts(entry),
  record,
  fileBytes: 0,
  isFinished: isSent(entry),
});

/** The log of SMS, with the messages of the platform: each is a record with its entry. */
export const smsLog = recordSource<SmsLogEntry>({
  atOnce: 49,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.queryIndex(smsLogRow, 'GSI1', entriesOf(table.organization), {
      ...oldest(range),
      between: [range.from ?? '0', range.before],
    });
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      smsLogRow,
      ids.map((message_id) => ({ message_id })),
    ),
  describe: async (entries) => entries.map((entry) => smsDescribed(entry, entry)),
  deletions: (entries) =>
    entries.flatMap((entry) => [
      remove(smsLogRow, entry),
      ...(entry.source === 'platform' ? [remove(smsRow, { id: entry.message_id })] : []),
    ]),
});

/** Messages whose entry is gone. */
export const smsMessages = recordSource<Sms>({
  counts: false,
  atOnce: 98,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.query(smsRow, {}, { ...oldest(range), between: idsIn('msg', range) });
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      smsRow,
      ids.map((id) => ({ id })),
    ),
  describe: async (messages) => messages.map((sms) => smsDescribed(logEntryOf(sms), sms)),
  deletions: (messages) => messages.map((sms) => remove(smsRow, sms)),
});

/** Batches go before their messages, which a batch could make again. */
export const smsBatches = recordSource<SmsBatch>({
  counts: false,
  atOnce: 98,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.query(
      smsBatchRow,
      {},
      { ...oldest(range), between: idsIn('batch', range) },
    );
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      smsBatchRow,
      ids.map((id) => ({ id })),
    ),
  describe: async (batches) =>
    batches.map((batch) => ({
      id: batch.id,
      facts: batchFacts(batch),
      record: batch,
      fileBytes: 0,
      isFinished: batch.expanded,
    })),
  deletions: (batches) => batches.map((batch) => remove(smsBatchRow, batch)),
});

export const emails = recordSource<Email>({
  atOnce: 98,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.query(
      emailRow,
      {},
      { ...oldest(range), between: idsIn('eml', range) },
    );
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      emailRow,
      ids.map((id) => ({ id })),
    ),
  describe: async (found) =>
    found.map((email) => ({
      id: email.id,
      facts: emailFacts(email),
      record: email,
      fileBytes: 0,
      isFinished: isSent(email),
    })),
  deletions: (found) => found.map((email) => remove(emailRow, email)),
});

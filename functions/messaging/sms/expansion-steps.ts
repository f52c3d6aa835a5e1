import type { Write } from '#dynamodb/write.ts';
import { recordAll, type Recorder } from '#runtime/event-record.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { chunksOf, messagesOf } from './batch.ts';
import { newMessageEvents } from './state-event.ts';
import { expandedWrite, newMessageWrites, readMessages } from './store.ts';

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

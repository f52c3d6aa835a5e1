import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { eventRow, settleEvent } from '#dynamodb/rows/event.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { webhookRow } from '#dynamodb/rows/webhook.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, type Write } from '#dynamodb/write.ts';
import type { ChainLink, EventLogEntry } from '#schema/event-log.ts';
import type { Trigger } from '#schema/notifier/notifier-settings.ts';
import type { eventSealer } from './contract.ts';
import { eventLogHeadRow, eventLogRow, type StoredEntry } from '../../platform/event-log/row.ts';

export const sealerStore = (table: Table<ReadName<EffectOf<typeof eventSealer>>>) => ({
  /** The pending ones among events, oldest first. */
  pending: async (ids: readonly string[]) => {
    const found = await table.getAll(
      eventRow,
      ids.map((id) => ({ id })),
    );
    return found
      .filter((event) => event !== undefined)
      .filter(({ pending }) => pending)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  },
  /** What the enabled rules of the organization need to select events. */
  rules: async (): Promise<readonly Trigger[]> =>
    ((await table.get(notifierSettingsRow, {}))?.notification_rules ?? [])
      .filter(({ enabled }) => enabled)
      .map(({ trigger, enabled }) => ({ trigger, enabled })),
  head: () => table.get(eventLogHeadRow, {}),
  /** All of the organization: 21 at most. */
  webhooks: async () => (await table.query(webhookRow, {})).items,
});

/** Moves the head of the chain, on condition that it is still as read: so a chain has neither gap nor fork. */
const advanceHead = (read: ChainLink | undefined, { seq, hash }: ChainLink) =>
  change(
    eventLogHeadRow,
    {},
    {
      set: { seq, hash },
      onlyIf:
        read === undefined
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#seq = :seq', names: { '#seq': 'seq' }, values: { ':seq': read.seq } },
    },
  );

/** An entry as it is stored. @param token of the outsider whom its resource names */
export const withToken = (entry: EventLogEntry, token: string | undefined): StoredEntry =>
  token === undefined ? entry : { ...entry, lookup_token: token };

/** Writes that append entries (oldest first) to the chain whose head was read. */
export function appendWrites(entries: readonly StoredEntry[], read: ChainLink | undefined): Write<'eventlog'>[] {
  const last = entries.at(-1);
  return last === undefined
    ? []
    : [...entries.map((entry) => create(eventLogRow, entry)), advanceHead(read, last.chain)];
}

/** Writes that mark events as settled. */
export const settleWrites = (events: readonly { readonly id: string }[], now: Date) =>
  events.map(({ id }) => settleEvent(id, now));

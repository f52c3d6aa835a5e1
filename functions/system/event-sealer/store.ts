import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { eventRow, settled } from '../../../shared/dynamodb/rows/event.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, type Write } from '../../../shared/dynamodb/write.ts';
import type { ChainLink, EventLogEntry } from '../../../shared/schema/event-log.ts';
import type { eventSealer } from './contract.ts';
import { eventLogHeadRow, eventLogRow } from '../../platform/event-log/row.ts';

export const sealerStore = (table: Table<ReadName<EffectOf<typeof eventSealer>>>) => ({
  /** Those that are there and not settled, oldest first. */
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
  head: () => table.get(eventLogHeadRow, {}),
});

/** The head moves on from what was read, or all of it is stale: so a chain has neither gap nor fork. */
const advance = (read: ChainLink | undefined, { seq, hash }: ChainLink) =>
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

/** Puts entries, oldest first, at the end of the chain whose head was read. */
export function appending(entries: readonly EventLogEntry[], read: ChainLink | undefined): Write<'eventlog'>[] {
  const last = entries.at(-1);
  return last === undefined ? [] : [...entries.map((entry) => create(eventLogRow, entry)), advance(read, last.chain)];
}

/** The events are pending no more. */
export const settlement = (events: readonly { readonly id: string }[], now: Date) =>
  events.map(({ id }) => settled(id, now));

import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { eventRow, settled } from '../../shared/dynamodb/rows/event.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { change, create } from '../../shared/dynamodb/write.ts';
import type { EventLogEntry, Head } from './chain.ts';
import type { eventSealer } from './contract.ts';
import { eventLogHeadRow, eventLogRow } from './row.ts';

export const sealerStore = (table: Table<ReadName<EffectOf<typeof eventSealer>>>) => ({
  event: (id: string) => table.get(eventRow, { id }),
  head: () => table.get(eventLogHeadRow, {}),
});

/** The head moves on from what was read, or all of it is stale: so a chain has neither gap nor fork. */
const advance = (read: Head | undefined, { seq, hash }: Head) => change(eventLogHeadRow, {}, {
  set: { seq, hash },
  onlyIf: read === undefined
    ? { expression: 'attribute_not_exists(PK)' }
    : { expression: '#seq = :seq', names: { '#seq': 'seq' }, values: { ':seq': read.seq } },
});

/** An event that needs no entry. */
export const settlement = (event: { readonly id: string }, now: Date) => [settled(event.id, now)] as const;

/** Entry, head, and the event that is pending no more. */
export const sealing = (entry: EventLogEntry, read: Head | undefined, event: { readonly id: string }, now: Date) =>
  [create(eventLogRow, entry), advance(read, entry.chain), settled(event.id, now)] as const;

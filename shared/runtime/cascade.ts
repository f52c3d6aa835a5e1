import type { Effect, ReadName, WriteName } from '../contract/effects.ts';
import type { CascadeEffect, CascadeEvent } from '../contract/resource.ts';
import type { EventType } from '../contract/events.ts';
import type { Table } from '../dynamodb/table.ts';
import type { Write } from '../dynamodb/write.ts';
import type { Recorder } from './event-record.ts';

/** What a step of a cascade may use: the rows that its contract declares, of the organization of the event. */
export type CascadeContext<F = Effect> = {
  readonly table: Table<ReadName<F>>;
  readonly now: Date;
  /** Records an event of the platform itself. */
  readonly record: Recorder;
  /** Runs all cascades of another event to their end, for something that goes together with its owner. */
  readonly cascade: (event: EventType, id: string) => Promise<void>;
};

/**
 * One step of a cascade: the writes of its next slice, which are committed in one transaction. It is called again until
 * it has none, so it reads what remains and is safe to repeat. At most 100 items in a slice.
 *
 * @param id of the deleted resource
 */
export type CascadeStep<F = Effect> = (
  id: string,
  context: CascadeContext<F>,
) => Promise<readonly Write<WriteName<F>>[]>;

/**
 * What `cascade.ts` in a resource's folder exports as `cascade`: the steps for each event that its contract declares.
 */
export type CascadeSteps<C> = {
  readonly [E in CascadeEvent<C> & string]: readonly CascadeStep<CascadeEffect<C>>[];
};

import type { Write } from '../dynamodb/write.ts';
import type { Audit, ChangeVerb } from '../schema/audit.ts';
import type { EventDetails, Recorder } from './event-record.ts';

/** The events of the changes of an item, as its audit describes them. */

type Identified = { readonly id: string };
/** What an event says besides the item. */
export type EventFields = NonNullable<EventDetails['fields']>;

const detailsOf = <Item extends Identified>(audit: Audit<Item>, item: Item, verb: ChangeVerb, fields: EventFields) => ({
  entity: { type: audit.type, id: item.id },
  description: audit.describe(item, verb),
  fields,
});

export const recordCreation = <Item extends Identified, C extends string>(
  audit: Audit<Item, C>,
  record: Recorder,
  item: Item,
  fields: EventFields = {},
): Write<`event:${C}`> =>
  record(audit.created, { ...detailsOf(audit, item, 'created', fields), after: audit.logged(item) });

export const recordUpdate = <Item extends Identified, U extends string>(
  audit: Audit<Item, string, U>,
  record: Recorder,
  { before, after }: { readonly before: Item; readonly after: Item },
  fields: EventFields = {},
): Write<`event:${U}`> =>
  record(audit.updated, {
    ...detailsOf(audit, after, 'updated', fields),
    before: audit.logged(before),
    after: audit.logged(after),
  });

export const recordDeletion = <Item extends Identified, D extends string>(
  audit: Audit<Item, string, string, D>,
  record: Recorder,
  item: Item,
  fields: EventFields = {},
): Write<`event:${D}`> =>
  record(audit.deleted, { ...detailsOf(audit, item, 'deleted', fields), before: audit.logged(item) });

import type { BlfList } from '../../schema/blf-list.ts';
import type { ServedEntity, ServiceList } from '../../schema/service-list.ts';
import { day, second } from '../../schema/time.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';

/** Subscriptions are in one partition of their organization: the lists of keys, and those of services. */

/** `subscription#1001`, `blf/usr_…` or `blf/dev_…`. */
export const blfListRow = row<'subscription', BlfList, { entity_id: string }>('subscription', {
  sort: ({ entity_id }) => `blf/${entity_id}`,
});

type ServiceListKey = { readonly entity: ServedEntity; readonly entity_id: string };

/** How long services are stored after the last of them has ended: longer than a period takes calls after its end. */
const endedTtl = 62 * day;

/** `subscription#1001`, `service/<kind>/<id>`. Ended services are read when their period is closed. */
export const serviceListRow = row<'subscription', ServiceList, ServiceListKey>('subscription', {
  sort: ({ entity, entity_id }) => `service/${entity}/${entity_id}`,
  expires: ({ services }) => {
    const ends = services.map(({ ends_at: end }) => (end === null ? Infinity : Date.parse(end)));
    const last = Math.max(...ends);
    return last === Infinity ? undefined : Math.floor((last + endedTtl) / second);
  },
});

/** A slice of the service lists of an organization. @param after the last list of the slice before; empty at first */
export async function serviceListsAfter(table: Pick<Table<'subscription'>, 'query'>, after: string, limit: number) {
  const { items, cursor } = await table.query(
    serviceListRow,
    {},
    { order: 'asc', limit, between: [`service/${after}!`, 'service/~'] },
  );
  const last = items.at(-1);
  return {
    lists: items,
    last: cursor === undefined || last === undefined ? null : `${last.entity}/${last.entity_id}`,
  };
}

type WatchKey = { readonly resource: string; readonly list: string };

/** `reference#1001#<user>`, `blf/<list>`: the lists that watch a user. */
export const watchRow = row<'reference', WatchKey, WatchKey, { readonly resource: string }>('reference', {
  partition: ({ resource }) => [resource],
  sort: ({ list }) => `blf/${list}`,
});

/** The sort keys of lists among the references to a user. */
export const watchingLists = { prefix: 'blf/' } as const;

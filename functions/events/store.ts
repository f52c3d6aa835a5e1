import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { readPage, type Page, type PageRequest } from '../../shared/dynamodb/page.ts';
import { eventRow, eventsOfThing, type EventItem } from '../../shared/dynamodb/rows/event.ts';
import { gatewayRow } from '../../shared/dynamodb/rows/gateway.ts';
import { trunkRow } from '../../shared/dynamodb/rows/trunk.ts';
import { userRow } from '../../shared/dynamodb/rows/user.ts';
import type { Range, Table } from '../../shared/dynamodb/table.ts';
import { idsBetween } from '../../shared/dynamodb/ulid.ts';
import { create } from '../../shared/dynamodb/write.ts';
import type { events } from './contract.ts';
import { isWanted, type EventFilter } from './event.ts';
import type { EventEntity } from '../../shared/schema/event-entity.ts';

export const eventStore = (table: Table<ReadName<EffectOf<typeof events>>>) => {
  const read = (entity: EventEntity, range: Range) =>
    (entity.type === 'org' ? table.query(eventRow, {}, range) : table.queryIndex(eventRow, 'GSI1', eventsOfThing(table.organization, entity), range));
  const hasEvents = async (entity: EventEntity): Promise<boolean> => (await read(entity, { limit: 1 })).items.length > 0;

  return {
    page: (entity: EventEntity, request: PageRequest, filter: EventFilter): Promise<Page<Awaited<ReturnType<typeof read>>['items'][number]>> =>
      // The answer has no total, so nothing is read to count.
      readPage({ ...request, countTo: 0 }, { read: (range) => read(entity, { ...range, between: idsBetween('evt', filter) }), keep: (event) => isWanted(event, filter) }),

    /** Whether the organization has, or had lately, such a thing. Of kinds that are not kept yet nobody can tell. */
    knows: async (entity: EventEntity): Promise<boolean> => {
      switch (entity.type) {
        case 'trunk': return (await table.get(trunkRow, { id: entity.id })) !== undefined || hasEvents(entity);
        case 'gateway': return (await table.get(gatewayRow, { id: entity.id })) !== undefined || hasEvents(entity);
        case 'user': return (await table.get(userRow, { id: entity.id })) !== undefined || hasEvents(entity);
        default: return true;
      }
    },
  };
};

/** Files an event. */
export const filing = (event: EventItem) => [create(eventRow, event)];

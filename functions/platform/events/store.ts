import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { eventRow, eventsOfEntity, type EventItem } from '#dynamodb/rows/event.ts';
import { fileRow } from '#dynamodb/rows/file.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { policyKeyRow } from '../rows/event-entity.ts';
import { webhookRow } from '#dynamodb/rows/webhook.ts';
import { hasEntity } from '../rows/event-entity.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { create } from '#dynamodb/write.ts';
import type { events } from './contract.ts';
import { matchesFilter, type EventFilter } from './event.ts';
import type { EventEntity } from '#schema/event-entity.ts';

type Reads = Table<ReadName<EffectOf<typeof events>>>;

/** Whether the organization has an entity of a kind that has events but no logs; undefined for other kinds. */
async function hasEntityWithoutLogs(table: Reads, { type, id }: EventEntity): Promise<boolean | undefined> {
  if (type === 'webhook') return (await table.get(webhookRow, { id })) !== undefined;
  if (type === 'policy') return (await table.get(policyKeyRow, { id })) !== undefined;
  if (type === 'archive') return (await table.get(archiveRow, { id })) !== undefined;
  if (type === 'file') return (await table.get(fileRow, { id })) !== undefined;
  return type === 'email' ? (await table.get(emailRow, { id })) !== undefined : undefined;
}

export const eventStore = (table: Reads) => {
  const read = (entity: EventEntity, range: Range) =>
    entity.type === 'org'
      ? table.query(eventRow, {}, range)
      : table.queryIndex(eventRow, 'GSI1', eventsOfEntity(table.organization, entity), range);
  const hasEvents = async (entity: EventEntity): Promise<boolean> =>
    (await read(entity, { limit: 1 })).items.length > 0;

  return {
    page: (
      entity: EventEntity,
      request: PageRequest,
      filter: EventFilter,
    ): Promise<Page<Awaited<ReturnType<typeof read>>['items'][number]>> =>
      // The answer has no total, so nothing is read to count.
      readPage(
        { ...request, countTo: 0 },
        {
          read: (range) => read(entity, { ...range, between: idsBetween('evt', filter) }),
          keep: (event) => matchesFilter(event, filter),
        },
      ),

    /** The webhooks of the organization: 21 at most. */
    webhooks: async () => (await table.query(webhookRow, {})).items,
    /** The rules of its notifier. */
    rules: async () => (await table.get(notifierSettingsRow, {}))?.notification_rules ?? [],

    /**
     * Whether the organization has the entity, or has events of it. Of kinds that are not stored yet only events are
     * known.
     */
    knows: async (entity: EventEntity): Promise<boolean> => {
      const has = (await hasEntityWithoutLogs(table, entity)) ?? (await hasEntity(table, entity));
      return has !== false || hasEvents(entity);
    },
  };
};

/** Writes of a new event. */
export const fileWrites = (event: EventItem) => [create(eventRow, event)];

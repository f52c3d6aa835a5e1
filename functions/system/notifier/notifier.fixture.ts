import { readShards } from '#dynamodb/index-shards.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { duePartition, dueRow, type DueItem } from '#dynamodb/rows/due.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { DeliveryPreferences, NotifierRule } from '#schema/notifier/notifier-settings.ts';
import { exampleRule } from '../bespoke/notifier-settings.ts';
import { notifierMessage } from './contract.ts';
import { notifierHandler } from './handler.ts';
import { noticeStateRow } from './row.ts';

/** Organizations with rules, their events, and what the notifier makes of them. */

let organizations = 7_000;

export const ruleOf = (more: Partial<NotifierRule> = {}): NotifierRule => ({ ...exampleRule, ...more });

const noQuietHours = { enabled: false, start: '22:00', end: '07:00', timezone: 'UTC' };

type Given = {
  readonly rules?: readonly NotifierRule[];
  readonly preferences?: Partial<DeliveryPreferences>;
  /** ISO 8601. */
  readonly start?: string;
  /** The store as the notifier reaches it. */
  readonly through?: Store;
};

/** An organization with rules. */
export async function organizationWith(store: Store, given: Given = {}) {
  const { rules = [ruleOf()], preferences = {}, start = '2026-11-20T10:00:00.000Z', through = store } = given;
  organizations += 1;
  const organization = organizations;
  const clock = manualClock(start);
  const context = testDependencies(through, { clock });
  const settings = {
    notification_rules: rules,
    delivery_preferences: { quiet_hours: noQuietHours, max_notifications_per_hour: 10, ...preferences },
    ...{ created_at: start, updated_at: start, version: 1 },
  };
  await commit(store, organization, [
    overwrite(organizationRow, organizationOf(organization)),
    overwrite(notifierSettingsRow, settings),
  ]);
  const handle = notifierHandler(context);
  const newEvent = (more: Partial<EventItem> = {}): EventItem => ({
    ...{ id: context.nextId('evt'), org_id: organization, type: 'call.missed', at: clock.now().toISOString() },
    ...{ entity: { type: 'call', id: 'call_1' }, severity: 'info' as const, description: 'A call', changes: null },
    actor: { id: 'system', type: 'system', name: 'system', credential: null },
    ...{ ip: null, user_agent: null, request_id: null, data: { number: { caller: '+14155550100' } }, pending: false },
    ...more,
  });
  const saveEvents = async (events: readonly EventItem[]): Promise<void> => {
    for (let at = 0; at < events.length; at += 90)
      await commit(
        store,
        organization,
        events.slice(at, at + 90).map((event) => overwrite(eventRow, event)),
      );
  };
  const table = tableFor<'event' | 'email' | 'notice' | 'due@GSI2'>(store, organization);
  const allEvents = () => readToEnd((after) => table.query(eventRow, {}, { order: 'asc', ...after }));
  return {
    ...{ organization, clock, context, newEvent, saveEvents },
    /** Delivers messages in one batch. @returns the number of those that come again */
    deliver: async (...ids: readonly (string | null)[]): Promise<number> =>
      (await handle(batchOf(ids.map((id) => notifierMessage(organization, id).body)))).batchItemFailures.length,
    /** Records an event, and delivers it. */
    happen: async (more: Partial<EventItem> = {}): Promise<EventItem> => {
      const event = newEvent(more);
      await saveEvents([event]);
      const { batchItemFailures } = await handle(batchOf([notifierMessage(organization, event.id).body]));
      if (batchItemFailures.length > 0) throw new Error(String(context.faults[0]));
      return event;
    },
    /** The events of notices, or of digests. */
    sent: async (type: 'notifier.notice' | 'notifier.digest' = 'notifier.notice') =>
      (await allEvents()).filter((event) => event.type === type),
    emails: async () => (await table.query(emailRow, {}, { order: 'asc' })).items,
    state: () => table.get(noticeStateRow, {}),
    /** The instants at which what is held back is due, each once. */
    due: async (): Promise<readonly string[]> => {
      const shards = await Promise.all(readShards.map((at) => table.queryIndex(dueRow, 'GSI2', duePartition(at))));
      const items: readonly DueItem[] = shards.flatMap((shard) => shard.items);
      return items.filter(({ org_id: of }) => of === organization).map(({ at }) => at);
    },
    allEvents,
  };
}

import { maximumWrites } from '#dynamodb/commit.ts';
import { transact } from '#dynamodb/transact.ts';
import type { Context, Request } from '#http/handlers.ts';
import type { EventType } from '#contract/events.ts';
import { recordAll, type EventDetails } from '#runtime/event-record.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { stateEvent } from '#schema/sms.ts';
import type { pushSmsLogs, smsLogs } from './contract.ts';
import {
  answeringParties,
  answersIn,
  groupsOf,
  packed,
  planPush,
  receivedEvents,
  wishesIn,
  wishingNumbers,
} from './push.ts';
import { pushWrites, smsLogStore, type Stored } from './store.ts';

type PushRequest = Pick<Request<typeof pushSmsLogs>, 'organization' | 'now' | 'record'>;
type PushContext = Pick<Context<typeof smsLogs>, 'table' | 'nextId' | 'dependencies'>;
type RecordedEvent = EventDetails & { readonly type: EventType };
type Counts = { readonly processed: number; readonly duplicates: number };

/** The events of what a part of a push stores. */
const eventsOf = ({ changes, wishes, answers }: Stored): readonly RecordedEvent[] => [
  ...receivedEvents(changes),
  ...wishes.flatMap(({ event }) => event ?? []),
  ...answers.map(stateEvent),
];

/** Decides about some entries by what is stored now. */
async function decidePart(entries: readonly SmsLogEntry[], { organization, now }: PushRequest, context: PushContext) {
  const store = smsLogStore(context.table);
  const plan = planPush(entries, await store.entries([...new Set(entries.map(({ message_id: id }) => id))]));
  const { from, to } = answeringParties(plan.changes, now);
  const [optOuts, facts] = await Promise.all([
    store.optOuts(wishingNumbers(plan.changes)),
    store.answerFacts(from, to, now),
  ]);
  const stored: Stored = {
    changes: plan.changes,
    wishes: [...wishesIn(plan.changes, optOuts).values()],
    answers: answersIn(plan.changes, facts, {
      texts: organization.settings.sms,
      organization: organization.org_id,
      now,
      nextId: () => context.nextId('msg'),
    }),
  };
  return { plan, stored };
}

/** Stores some entries in one transaction. @throws AppError UNAVAILABLE while others keep changing them */
async function storePart(entries: readonly SmsLogEntry[], request: PushRequest, context: PushContext): Promise<Counts> {
  const { organization, now, record } = request;
  let counts: Counts = { processed: 0, duplicates: 0 };
  const decide = async () => {
    const { plan, stored } = await decidePart(entries, request, context);
    counts = plan;
    return [...pushWrites(stored, { organization: organization.org_id, now }), ...recordAll(record, eventsOf(stored))];
  };
  await transact(context.dependencies, { organization: organization.org_id, decide });
  return counts;
}

/**
 * Stores the entries of a push, with what follows from them, a transaction at a time. Each message is stored with its
 * consequences or not at all, so that a repeated push continues an interrupted one.
 */
export async function storeEntries(
  entries: readonly SmsLogEntry[],
  request: PushRequest,
  context: PushContext,
): Promise<Counts> {
  const total = { processed: 0, duplicates: 0 };
  // One write is left for the count of the organization's answers.
  for (const part of packed(groupsOf(entries, request.now), maximumWrites - 1)) {
    const { processed, duplicates } = await storePart(
      part.flatMap((group) => group.entries),
      request,
      context,
    );
    total.processed += processed;
    total.duplicates += duplicates;
  }
  return total;
}

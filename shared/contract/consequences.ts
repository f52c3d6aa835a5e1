import { sends, type Effect } from './effects.ts';
import type { EventType } from './events.ts';
import type { Queue } from './queues.ts';
import type { Consumer, FunctionContract } from './resource.ts';
import { consumersIn } from './shared-queues.ts';

/**
 * What follows from an event, from the passing of time, or from a deletion. The function that does the work declares
 * it in its contract; the senders (event sealer, sweeper, cascading deletes) run over these values and name no
 * consumer.
 */

/** A message as a queue takes it. */
export type QueueMessage = {
  readonly body: unknown;
  /** For fair queues: one busy organization does not delay the others. */
  readonly group?: string;
  /** Seconds, at most 900. */
  readonly delay?: number;
};

/** A recorded event, as far as a trigger sees it. */
export type TriggeringEvent = {
  readonly org_id: number;
  readonly type: string;
  readonly entity: { readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
  /** Fields that the change has changed; null: none is recorded. */
  readonly changes: Readonly<Record<string, unknown>> | null;
};

/** The same with what its subscribers need. */
export type SubscribedEvent = TriggeringEvent & {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
};

/** A pointer to something that is due, as far as a trigger sees it. */
export type TriggeringPointer = {
  readonly kind: string;
  readonly org_id: number;
  readonly subject: string;
  /** ISO 8601. */
  readonly at: string;
};

/** The events that start a consumer. `cascades`: all events after which something is deleted. */
export type EventTrigger = {
  readonly events: readonly EventType[] | 'cascades';
  /** The message for an event; null if this one does not concern the consumer. */
  readonly message: (event: TriggeringEvent) => QueueMessage | null;
};

/**
 * What becomes of the turns of a timer that an outage misses. `made up`: each is done, with its own date. `skipped`:
 * the next turn does what they would have done, and the one after it is in the future. `ends`: the timer looks at one
 * piece of work until that is done or its time is over.
 */
export type MissedTurns = 'made up' | 'skipped' | 'ends';

/** The kinds of due pointers that start a consumer. */
export type DueTrigger = {
  readonly kinds: readonly string[];
  /** The kinds that the consumer schedules itself. */
  readonly successors?: Readonly<Record<string, MissedTurns>>;
  /** @param delay seconds until the pointer is due */
  readonly message: (pointer: TriggeringPointer, delay: number) => QueueMessage;
};

/** Who wants an event: a webhook of the event's organization, or rules of its notifier. */
export type Subscriber =
  | {
      readonly kind: 'webhook';
      /** Id of the webhook. */
      readonly id: string;
      /** Whether its receiver is known to answer quickly. */
      readonly isQuick: boolean;
    }
  | { readonly kind: 'rules' };

/**
 * Any event that an organization subscribed to. The dispatcher reads the subscriptions, so that an event that no one
 * wants costs no message.
 */
export type SubscriberTrigger = {
  readonly events: 'subscribed';
  /** The message for a subscriber of an event; null if another consumer takes it. */
  readonly message: (event: SubscribedEvent, subscriber: Subscriber) => QueueMessage | null;
};

/** `startedBy: onSubscribed(deliveryMessage)`. */
export const onSubscribed = (message: SubscriberTrigger['message']): SubscriberTrigger => ({
  events: 'subscribed',
  message,
});

/** `startedBy: on('email.queued', emailMessage)`, or `on('cascades', …)`. */
export const on = (events: EventType | readonly EventType[], message: EventTrigger['message']): EventTrigger => ({
  events: events === 'cascades' || typeof events !== 'string' ? events : [events],
  message,
});

/**
 * `due: at('number.quarantine_end', releaseMessage)`.
 * @param successors those of the kinds that the consumer schedules itself: `{ 'period.close': 'made up' }`
 */
export const at = (
  kinds: string | readonly string[],
  message: DueTrigger['message'],
  successors?: DueTrigger['successors'],
): DueTrigger => ({
  kinds: typeof kinds === 'string' ? [kinds] : kinds,
  message,
  ...(successors === undefined ? {} : { successors }),
});

/** The kinds whose consumer schedules them, with what becomes of missed turns. */
export const successorsIn = (contracts: readonly FunctionContract[]): ReadonlyMap<string, MissedTurns> =>
  new Map(consumersIn(contracts).flatMap(({ due }) => Object.entries(due?.successors ?? {})));

/** Whether a function takes pointers of this kind and does not declare that it schedules them. */
export const isUndeclaredSuccessor = ({ due }: Pick<Consumer, 'due'>, kind: string): boolean =>
  due?.kinds.includes(kind) === true && due.successors?.[kind] === undefined;

/** What a resource deletes or changes after an event; the code is the folder's `cascade.ts`. */
export type Cascade<T extends EventType = EventType, F extends Effect = Effect> = {
  readonly event: T;
  readonly effects: readonly F[];
};

/** `cascades: [after('user.deleted', [writes('session')])]`. */
export const cascadeAfter = <const T extends EventType, const F extends Effect>(
  event: T,
  effects: readonly F[],
): Cascade<T, F> => ({ event, effects });

/** The senders of consequences: of events, of what is due, of deletions. */
export type Dispatch = 'events' | 'due' | 'cascades';

const isConsumer = (contract: FunctionContract): contract is Consumer => contract.kind === 'consumer';
const cascadesOf = (contracts: readonly FunctionContract[]): Cascade[] =>
  contracts.flatMap(({ cascades = [] }) => cascades);

/** The consumers, with the events that have cascades in place of `cascades` as a trigger. */
export const startedByCascades = (consumers: readonly Consumer[], events: readonly EventType[]): readonly Consumer[] =>
  consumers.map((consumer) => consumerWithEvents(consumer, events));

function consumerWithEvents({ parts, startedBy, ...consumer }: Consumer, events: readonly EventType[]): Consumer {
  return {
    ...consumer,
    ...(startedBy === undefined
      ? {}
      : { startedBy: startedBy.events === 'cascades' ? { events, message: startedBy.message } : startedBy }),
    ...(parts === undefined ? {} : { parts: startedByCascades(parts, events) }),
  };
}

/** What a dispatcher may do, from the declarations of those that it serves. */
function effectsOfDispatch(dispatch: Dispatch, contracts: readonly FunctionContract[]): readonly Effect[] {
  const consumers = consumersIn(contracts);
  switch (dispatch) {
    case 'events':
      return consumers.filter(({ startedBy }) => startedBy !== undefined).map(({ queue }) => sends(queue));
    case 'due':
      return consumers.filter(({ due }) => due !== undefined).map(({ queue }) => sends(queue));
    case 'cascades':
      return cascadesOf(contracts).flatMap(({ effects }) => effects);
  }
}

/** The contracts, each dispatcher with the effects of what it dispatches. */
export function withConsequences(contracts: readonly FunctionContract[]): readonly FunctionContract[] {
  const events = [...new Set(cascadesOf(contracts).map(({ event }) => event))];
  return contracts.map((contract) => {
    if (contract.kind === 'resource' || contract.kind === 'answering' || contract.dispatches === undefined)
      return contract;
    const effects = [...contract.effects, ...effectsOfDispatch(contract.dispatches, contracts)];
    const dispatcher = { ...contract, effects };
    return isConsumer(dispatcher) ? consumerWithEvents(dispatcher, events) : dispatcher;
  });
}

/** Messages for one queue. */
export type Dispatched = { readonly queue: Queue; readonly messages: readonly QueueMessage[] };

/** The subscribers of an event. */
export type SubscribersTo<E extends SubscribedEvent> = (event: E) => readonly Subscriber[];

/** The messages by which events start one consumer. */
function messagesFor<E extends SubscribedEvent>(
  startedBy: Consumer['startedBy'],
  events: readonly E[],
  subscribersTo: SubscribersTo<E>,
): QueueMessage[] {
  if (startedBy === undefined || startedBy.events === 'cascades') return [];
  if (startedBy.events === 'subscribed')
    return events.flatMap((event) =>
      subscribersTo(event).flatMap((subscriber) => startedBy.message(event, subscriber) ?? []),
    );
  const types = new Set<string>(startedBy.events);
  return events.filter(({ type }) => types.has(type)).flatMap((event) => startedBy.message(event) ?? []);
}

/** The messages that events start, one group for each consumer that has any. */
export const messagesOnEvents = <E extends SubscribedEvent>(
  contracts: readonly FunctionContract[],
  events: readonly E[],
  subscribersTo: SubscribersTo<E>,
): Dispatched[] =>
  consumersIn(contracts).flatMap(({ queue, startedBy }) => {
    const messages = messagesFor(startedBy, events, subscribersTo);
    return messages.length === 0 ? [] : [{ queue, messages }];
  });

/**
 * The messages that due pointers start, one group for each consumer that has any.
 * @param delayOf seconds until a pointer is due
 */
export const messagesWhenDue = <P extends TriggeringPointer>(
  contracts: readonly FunctionContract[],
  pointers: readonly P[],
  delayOf: (pointer: P) => number,
): Dispatched[] =>
  consumersIn(contracts).flatMap(({ queue, due }) => {
    if (due === undefined) return [];
    const messages = pointers
      .filter(({ kind }) => due.kinds.includes(kind))
      .map((pointer) => due.message(pointer, delayOf(pointer)));
    return messages.length === 0 ? [] : [{ queue, messages }];
  });

/** Whether a consumer takes due pointers of this kind. */
export const isDueKind = (contracts: readonly FunctionContract[], kind: string): boolean =>
  consumersIn(contracts).some(({ due }) => due?.kinds.includes(kind) === true);

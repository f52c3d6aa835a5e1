import { isDeepStrictEqual } from 'node:util';
import type { EventType } from '../contract/events.ts';
import { eventRow, type EventItem, type Severity } from '../dynamodb/rows/event.ts';
import { create, type Write } from '../dynamodb/write.ts';

/** The actor of an event, and the request that caused it. */
export type Origin = Pick<EventItem, 'actor' | 'ip' | 'user_agent' | 'request_id'>;

export type EventDetails = {
  /** The id of the event, if it was used before the event is recorded. */
  readonly id?: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly description: string;
  readonly severity?: Severity;
  /** The resource before and after the change. Fields that differ become `changes`. */
  readonly before?: object;
  readonly after?: object;
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * Whom it is about besides its entity and the users who own `before` and `after`: ids of users, telephone numbers and
   * e-mail addresses. The event log can erase them (functions/platform/README.md, "Persons in the event log").
   */
  readonly persons?: readonly (string | null | undefined)[];
  /** A URL to which the event is posted as well (functions/platform/README.md, "Callbacks"). */
  readonly callback_url?: string | undefined;
  /** A notice of the notifier causes it, so that it starts no rule. */
  readonly cause?: 'notice' | undefined;
  /** False: webhooks do not get it. */
  readonly published?: false | undefined;
};

/** Makes the write of an event, for the transaction of its change (shared/dynamodb/README.md, "Events"). */
export type Recorder = <T extends EventType>(type: T, details: EventDetails) => Write<`event:${T}`>;

/** Makes the writes of several events. */
export const recordAll = <T extends EventType>(
  record: Recorder,
  events: readonly (EventDetails & { readonly type: T })[],
): Write<`event:${T}`>[] => events.map(({ type, ...details }) => record(type, details));

/** Names of fields whose values are never in an event: `***` replaces them. */
const secret = /password|secret|token|page_key|hash/i;
/** Fields that change with every write and are not reported. */
const bookkeeping = new Set(['version', 'updated_at', 'permission_epoch', 'session_epoch']);

/** A value without secrets, at any depth. */
function maskSecrets(name: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (secret.test(name)) return '***';
  if (Array.isArray(value)) return value.map((element) => maskSecrets('', element));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, maskSecrets(field, inner)]));
  return value;
}

/** Old and new value of each field that differs; null for a new resource. */
export function changesBetween(before: object | undefined, after: object | undefined): EventItem['changes'] {
  if (before === undefined) return null;
  const old: Record<string, unknown> = { ...before };
  const now: Record<string, unknown> = { ...after };
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => !bookkeeping.has(name) && !isDeepStrictEqual(old[name] ?? null, now[name] ?? null),
  );
  return Object.fromEntries(
    names.map((name) => [name, { old: maskSecrets(name, old[name]), new: maskSecrets(name, now[name]) }]),
  );
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

type Owned = {
  readonly user_id?: unknown;
  readonly owners?: unknown;
  readonly route?: { readonly type?: unknown; readonly id?: unknown } | null;
};

/** The users who own a resource: its `user_id`, its `owners`, or the user whom it routes to. */
function ownersIn(resource: object | undefined): string[] {
  const { user_id: user, owners, route }: Owned = resource ?? {};
  const routed = route?.type === 'user' ? route.id : null;
  return [user, routed, owners].flat().filter(isText);
}

const personsOf = ({ persons = [], before, after }: EventDetails): string[] => [
  ...new Set([...persons.filter(isText), ...ownersIn(before), ...ownersIn(after)]),
];

type RecorderContext = {
  readonly origin: Origin;
  readonly organization: number;
  readonly now: Date;
  readonly nextId: (prefix: string) => string;
};

/** Makes the recorder of an organization's events. */
export const recorder =
  ({ origin, organization, now, nextId }: RecorderContext): Recorder =>
  <T extends EventType>(type: T, details: EventDetails): Write<`event:${T}`> => {
    const persons = personsOf(details);
    const item: EventItem = {
      ...origin,
      id: details.id ?? nextId('evt'),
      org_id: organization,
      type,
      at: now.toISOString(),
      entity: details.entity,
      severity: details.severity ?? 'info',
      description: details.description,
      changes: changesBetween(details.before, details.after),
      data: { ...details.fields },
      ...(persons.length === 0 ? {} : { persons }),
      ...(details.callback_url === undefined ? {} : { callback_url: details.callback_url }),
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      ...(details.published === undefined ? {} : { published: details.published }),
      pending: true,
    };
    return { ...create(eventRow, item), organization, effect: `event:${type}` };
  };

/** The origin of what the platform does by itself: schedules, consumers, the first start. */
export const systemOrigin: Origin = {
  actor: { id: 'system', type: 'system', name: 'system', credential: null },
  ip: null,
  user_agent: null,
  request_id: null,
};

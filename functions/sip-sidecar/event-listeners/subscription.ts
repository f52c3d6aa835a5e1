import type { CatalogueType } from '#event-types';

/** Which events a listener gets, and which may end it (functions/sip-sidecar/event-listeners/README.md). */

/** Who listens: an organization, or one of its phone lines. */
export type Subscription = {
  readonly organization: number;
  /** The user or service account whose credentials it has; null for a line of no user. */
  readonly user_id: string | null;
  /** Unix milliseconds at which its credential ends by itself; undefined: never. */
  readonly expiresAt?: number;
  /** Absent: all events of the organization. */
  readonly line?: { readonly username: string };
};

/** A recorded event, as far as subscriptions see it. */
type Event = {
  readonly type: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (Object(inner) as Record<string, unknown>)[name], value);

/** The places where a call names a SIP user. */
const sipUsers = [
  ['auth', 'user'],
  ['destination', 'req', 'user'],
  ['destination', 'to', 'user'],
] as const;

/** Whether a subscription has an event: a line has its own, and those of its calls and of the calls of its user. */
export function isSubscribed({ line, user_id: user }: Subscription, { type, entity, data }: Event): boolean {
  if (line === undefined) return true;
  if (type.startsWith('phone.')) return entity.type === 'phone' && entity.id === line.username;
  if (!type.startsWith('call.')) return false;
  const isOfUser = user !== null && at(data, 'user_id') === user;
  return isOfUser || sipUsers.some((path) => at(data, ...path) === line.username);
}

/** Events that may end credentials of the user that they are about. */
const endingForUser: readonly CatalogueType[] = [
  // A log-in may end the oldest session of its user.
  'auth.login',
  'auth.logout',
  'access.2fa_reset',
  'access.revoked',
  'access.updated',
  'permission.changed',
  'user.deleted',
  'user.password_changed',
  'user.updated',
];

/** Events that may end credentials of any user or line of the organization. */
const endingForAll: readonly CatalogueType[] = [
  'accesskey.deleted',
  'accesskey.rotated',
  'group.deleted',
  'group.member_added',
  'group.member_removed',
  'group.updated',
  'org.closed',
  'org.suspended',
  'org.updated',
  'role.changed',
];

const forUser: ReadonlySet<string> = new Set(endingForUser);
const forAll: ReadonlySet<string> = new Set(endingForAll);

/** Whether a listener may have lost its right to listen by what the event tells. */
export function mayEnd({ user_id: user, line }: Subscription, { type, entity }: Event): boolean {
  if (forAll.has(type)) return true;
  if (type === 'phone.deleted') return entity.id === line?.username;
  // The rights of a group are those of its members.
  return forUser.has(type) && (entity.type !== 'user' || entity.id === user);
}

/** Which events a listener gets (functions/sip-sidecar/README.md, "Events"). */

/** Who listens: an organization, or one of its phone lines. */
export type Subscription = {
  readonly organization: number;
  /** Absent: all events of the organization. */
  readonly line?: { readonly username: string; readonly user_id: string | null };
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
export function isSubscribed({ line }: Subscription, { type, entity, data }: Event): boolean {
  if (line === undefined) return true;
  if (type.startsWith('phone.')) return entity.type === 'phone' && entity.id === line.username;
  if (!type.startsWith('call.')) return false;
  const isOfUser = line.user_id !== null && at(data, 'user_id') === line.user_id;
  return isOfUser || sipUsers.some((path) => at(data, ...path) === line.username);
}

/** An entry of the event log, as clients file and read it (functions/platform/README.md, "Event log"). */
import * as z from 'zod';
import type { EventLogEntry, PersonalPath, UnsealedEntry } from '#schema/event-log.ts';
import { canonicalAddress } from '#schema/ip-address.ts';
import { JsonObject } from '#schema/json.ts';
import { text, Timestamp } from '#schema/values.ts';
import { entryId, toUnsealedEntry, type AuditedEvent } from '#schema/event-chain.ts';

export const severities = ['info', 'warning', 'error', 'critical'] as const;
export const actorTypes = ['user', 'system', 'api'] as const;

/** Id of a person or program; a plain integer `n` stands for the user `usr_n`. */
export const ActorId = z.union([
  z
    .int()
    .min(0)
    .transform((number) => `usr_${number}`),
  z.string().regex(/^[a-z]{2,16}(_[0-9A-Za-z_-]{1,64})?$/, 'is not a well-formed id'),
]);
/** An IPv4 or IPv6 address, parsed to its canonical form. */
export const IpAddress = z
  .union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address')
  .transform((address) => canonicalAddress(address) ?? address);

/** The fields of a new entry, besides its type. */
export const filingFields = {
  description: text(1_000, 1),
  severity: z.enum(severities).nullish(),
  actor_id: ActorId.nullish(),
  actor_type: z.enum(actorTypes).nullish(),
  resource_type: text(64, 1).nullish(),
  resource_id: text(128, 1).nullish(),
  metadata: JsonObject({ bytes: 32_768, depth: 8 }).nullish(),
  ip_address: IpAddress.nullish(),
};
type Filing = z.output<z.ZodObject<typeof filingFields>>;

const nullableText = z.string().nullable();

const byPath = z.record(z.string(), z.string()).optional();
const sealed = z.object({
  state: z.literal('sealed'),
  seq: z.int(),
  prev_hash: z.string(),
  hash: z.string(),
  pseudonyms: byPath.describe(
    'What the hash covers in place of values that name persons, by path (`actor.name`). A value whose person was ' +
      'erased is null; `description` is then "Erased" and `metadata` empty.',
  ),
  keys: byPath.describe('The key of each of these values that is shown, which proves it (base64url).'),
});
const pending = z.object({ state: z.literal('pending') });

export const Entry = z
  .object({
    event_log_id: z.string(),
    org_id: z.int(),
    event_type: z.string(),
    severity: z.string(),
    actor: z.object({ id: z.string(), type: z.enum(actorTypes), name: nullableText, email: nullableText }),
    resource: z.object({ type: nullableText, id: nullableText, name: nullableText }).nullable(),
    description: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    ip_address: nullableText,
    user_agent: nullableText,
    recorded_by: z.string(),
    request_id: nullableText,
    created_at: Timestamp,
    chain: z
      .union([sealed, pending])
      .describe('Position in the chain of the organization; assigned within seconds after the entry is filed.'),
  })
  .meta({ id: 'EventLogEntry' });

/** An entry, sealed or pending. */
export type LogEntry = UnsealedEntry & { readonly chain: EventLogEntry['chain'] | { readonly state: 'pending' } };

/** The values of persons in the entries that one request reads. */
export type PersonalValues = {
  /** Reads the keys of the persons in entries: those that were not read yet, in one round trip. */
  readonly load: (entries: readonly LogEntry[]) => Promise<void>;
  /** The entry with the values of the persons whose keys were read and exist. @param only the values at these paths */
  readonly show: (entry: LogEntry, only?: readonly PersonalPath[]) => LogEntry;
  /** The token by which entries about an outsider are found; undefined if there are none, or it was erased. */
  readonly tokenOf: (outsider: string) => Promise<string | undefined>;
};

/** The entry that a pending event will become. */
export const pendingEntry = (event: AuditedEvent): LogEntry => ({
  ...toUnsealedEntry(event),
  chain: { state: 'pending' },
});

export const FiledAnswer = z
  .object({
    event_log_id: z.string(),
    org_id: z.int(),
    created_at: Timestamp,
    event_type: z.string(),
    severity: z.string(),
  })
  .meta({ id: 'FiledLogEntry' });

export const presentFiled = ({
  id,
  org_id,
  at,
  type,
  severity,
}: Pick<AuditedEvent, 'id' | 'org_id' | 'at' | 'type' | 'severity'>): z.input<typeof FiledAnswer> => ({
  event_log_id: entryId(id),
  org_id,
  created_at: at,
  event_type: type,
  severity,
});

/** A user whom an entry names. */
type Person = { readonly id: string; readonly username: string; readonly email: string | null };

/** Id of the actor: by default the caller. */
export const actorIdOf = ({ actor_id, actor_type }: Filing, caller: Pick<Person, 'id'>): string =>
  actor_id ?? (actor_type === 'system' ? 'system' : caller.id);

const typeById = (id: string): (typeof actorTypes)[number] =>
  id === 'system' ? 'system' : id.startsWith('svc_') ? 'api' : 'user';

/** The part of an entry that the client supplies. @param person the user with the actor's id, if there is one */
export function filedBy(filing: Filing, id: string, person: Person | undefined) {
  const { resource_type: type = null, resource_id = null } = filing;
  return {
    as: 'entry' as const,
    actor: {
      id,
      type: filing.actor_type ?? typeById(id),
      name: person?.username ?? null,
      email: person?.email ?? null,
    },
    resource: type === null && resource_id === null ? null : { type, id: resource_id, name: null },
    ip_address: filing.ip_address ?? null,
  };
}

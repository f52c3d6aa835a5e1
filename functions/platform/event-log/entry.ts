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
  description: text(1_000, 1).describe('What happened'),
  severity: z.enum(severities).nullish().describe('How serious it is. Default: `info`'),
  actor_id: ActorId.nullish().describe('Who did it; an integer `67890` means `usr_67890`. Default: the caller'),
  actor_type: z.enum(actorTypes).nullish().describe('Kind of the actor. Default: by its id'),
  resource_type: text(64, 1).nullish().describe('Kind of the resource that it is about, such as `trunk`'),
  resource_id: text(128, 1).nullish().describe('Id of the resource that it is about'),
  metadata: JsonObject({ bytes: 32_768, depth: 8 }).nullish().describe('A JSON object of up to 32 KiB and 8 levels'),
  ip_address: IpAddress.nullish().describe('IP address of the actor. Default: that of the request'),
};
type Filing = z.output<z.ZodObject<typeof filingFields>>;

const nullableText = z.string().nullable();

const byPath = z.record(z.string(), z.string()).optional();
const sealed = z.object({
  state: z.literal('sealed').describe('`sealed`: the entry has its place in the chain; `pending`: not yet'),
  seq: z.int().describe('Place in the chain: 1, 2, 3 and so on, without gaps'),
  prev_hash: z.string().describe('Hash of the entry before (hexadecimal); 64 zeros for the first'),
  hash: z.string().describe('SHA-256 of the stored entry as canonical JSON (RFC 8785), hexadecimal'),
  pseudonyms: byPath.describe(
    'What the hash covers in place of values that name persons, by path (`actor.name`). A value whose person was ' +
      'erased is null; `description` is then "Erased" and `metadata` empty.',
  ),
  keys: byPath.describe('The key that proves each of these values, by path (base64url); none of an erased value'),
});
const pending = z.object({ state: z.literal('pending').describe('The entry is not in the chain yet') });

export const Entry = z
  .object({
    event_log_id: z.string().describe('Id of the entry'),
    org_id: z.int().describe('Number of the organization'),
    event_type: z.string().describe('What happened, such as `trunk.created`'),
    severity: z.string().describe('How serious it is'),
    actor: z
      .object({
        id: z.string().describe('Id of the actor'),
        type: z.enum(actorTypes).describe('Kind of the actor'),
        name: nullableText.describe('Its name; null: unknown or erased'),
        email: nullableText.describe('Its e-mail address; null: unknown or erased'),
      })
      .describe('Who did it'),
    resource: z
      .object({
        type: nullableText.describe('Kind of the resource'),
        id: nullableText.describe('Id of the resource'),
        name: nullableText.describe('Its name; null: unknown or erased'),
      })
      .nullable()
      .describe('The resource that it is about; null: none'),
    description: z.string().describe('A sentence about it'),
    metadata: z
      .record(z.string(), z.unknown())
      .describe('Further fields, such as the values before and after a change'),
    ip_address: nullableText.describe('IP address of the caller, or as filed'),
    user_agent: nullableText.describe('`User-Agent` of the request'),
    recorded_by: z.string().describe('Id of the caller that recorded the entry'),
    request_id: nullableText.describe('Id of the request; null: no request caused it'),
    created_at: Timestamp.describe('Time of the entry'),
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
    event_log_id: z.string().describe('Id of the entry'),
    org_id: z.int().describe('Number of the organization'),
    created_at: Timestamp.describe('Time of the entry'),
    event_type: z.string().describe('Type of the entry'),
    severity: z.string().describe('How serious it is'),
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

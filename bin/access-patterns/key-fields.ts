/** A field that keys are made of. */
export type KeyField = {
  /** A value that no other text of a key contains. */
  readonly sample: unknown;
  /** How keys have the value. */
  readonly texts: readonly string[];
  /** Bytes of UTF-8 of the longest text. */
  readonly bytes: number;
  /** Text of clients, which may contain `#`. */
  readonly isFree?: true;
};

const field = (sample: string | number | null, bytes: number): KeyField => ({
  sample,
  texts: [String(sample)],
  bytes,
});
const free = (sample: string, bytes: number): KeyField => ({ ...field(sample, bytes), isFree: true });

/** A reference to a resource: rows have it as an object, or as a text. */
const reference = (type: string, id: string, bytes: number): KeyField => {
  const text = `${id}_text`;
  return { sample: { type, id, toString: () => text }, texts: [id, text], bytes };
};

/** Bytes of an id: the prefix of a type, and a ULID or another text of up to 64 characters. */
const idBytes = 81;
/** Bytes of a character that is not ASCII. */
const wide = 4;
const time = '2026-01-15T10:30:00.000Z';
const organization = field(1_001, 12);
const parent = field(1_000, 12);

/** The fields that are no ids, and texts that clients choose. */
const known: Readonly<Record<string, KeyField>> = {
  org_id: organization,
  organization,
  holder: organization,
  claim: organization,
  parent,
  parent_id: parent,
  minute: field(29_000_000, 10),
  generation: field(73, 6),
  version: field(500, 10),
  part: field(74, 6),
  expires_at: field(1_800_000_000, 10),
  seq: field(75, 10),
  shard: field(5, 3),
  charge_shards: field(6, 3),
  port: field(5_060, 5),
  at: field(time, 24),
  created_at: field(time, 24),
  since: field(time, 24),
  archived_at: field(time, 24),
  received_at: field(time, 24),
  registered_at: field(time, 24),
  timestamp: field(time, 24),
  start_time: field(time, 24),
  hour: field('2026-01-15T10', 13),
  day: field('2026-01-15', 10),
  call_day: field('2026-01-14', 10),
  rated_day: field('2026-01-16', 10),
  period: field('2026-01', 7),
  leg: field('leg-a', 16),
  type: field('sometype', 32),
  kind: field('somekind', 32),
  of: field('counted', 32),
  status: field('somestatus', 32),
  currency: field('USD', 3),
  alias: field('acme-alias', 63),
  client_id: field('svc_reports', 52),
  extension: field('204', 16),
  mac_address: field('00:1A:2B:3C:4D:5E', 17),
  number: field('+4610100555', 21),
  address: free('someone@example.com', 254),
  network: field('203.0.113.0/24', 49),
  host: field('sip.example.com', 259),
  route: reference('group', 'route_id', 161),
  mailbox: field('mailbox-7', 32),
  contact_key: field('contact-0123456789', 64),
  mark: field('mark-0123456789', 64),
  hash: field('hash-0123456789', 64),
  token_hash: field('token-0123456789', 64),
  receiver: field('receiver-0123456789', 64),
  entity: reference('trunk', 'entity_id', 161),
  resource: { ...reference('user', 'resource_id', (64 + 1 + 128) * wide), isFree: true },
  actor: reference('user', 'actor_id', 81),
  principal: field('principal_id', 81),
  name: free('some name', 200 * wide),
  display_name: free('display name', 200 * wide),
  username: free('a3b1c5d7e9f0a1b2c3d4e5', 254),
  sip_username: field('b3b1c5d7e9f0a1b2c3d4e5', 64),
  email: free('mail@example.com', 254),
  // A recipient, or several.
  to: { ...free('+4610100556', 254), sample: ['+4610100556'] },
  from: free('+4610100557', 64 * wide),
  key: free('idempotency key', 255 * 2),
  // A name. Foreign ids are longer, in a partition key.
  value: free('some value', 200 * wide),
  callee_party: free('callee party', 128 * wide),
  caller_party: free('caller party', 128 * wide),
  trunk_id: free('trunk label', 64 * wide),
  call_id: free('call id', 128 * wide),
  batch_id: free('batch id', 128 * wide),
  reference: free('some reference', 128 * wide),
  reason: free('some reason', 64 * wide),
  message_id: free('message id', 128 * wide),
  provider_message_id: free('provider message', 128 * wide),
  subject: field('some subject', 161),
  ended_at: field(null, 24),
  // Of the addresses of a trunk those without proof are indexed.
  ips: { sample: [{ type: 'signaling', active: true }], texts: [], bytes: 0 },
};

/** A field of keys: what is not listed is an id. */
export const keyField = (name: string): KeyField => known[name] ?? field(`id_${name}`, idBytes);

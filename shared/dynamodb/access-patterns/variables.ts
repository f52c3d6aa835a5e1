/**
 * What the variables of the key templates hold: their form, and how many bytes at most (DynamoDB takes
 * 2,048 in a partition key and 1,024 in a sort key). Free text may hold a `#` and so stands last.
 */
export type Variable = { readonly form: RegExp | 'free'; readonly bytes: number };

const some = (form: RegExp, bytes: number): Variable => ({ form, bytes });
const free = (bytes: number): Variable => ({ form: 'free', bytes });
const digits = (count: number): Variable => some(/\d+/, count);

const id = some(/[a-z0-9]{2,16}_[0-9A-Za-z_-]{1,64}/, 81);
const hash = some(/[0-9A-Za-z_-]{16,64}/, 64);
/** ISO 8601 UTC with milliseconds. */
const time = some(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 24);
const word = some(/[a-z][a-z0-9_-]*/, 32);
/** A kind and what it names: `user/usr_…`, `number/+4610100555`. */
const thing = some(/[a-z]+\/[^#]+/, 161);
const bytesOfCharacter = 4;

export const variables = {
  // Numbers and counters.
  org: digits(12), parent: digits(12), shard: digits(3), minute: digits(10), version: digits(10), generation: digits(6), part: digits(6), priority: digits(7),
  // Times.
  time, expiry: digits(10), start: time, day: some(/\d{4}-\d\d-\d\d/, 10), hour: some(/\d{4}-\d\d-\d\dT\d\d/, 13), period: some(/\d{4}-\d\d/, 7),
  // Ids: a type's prefix and a ULID, so that their order is that of making.
  id, user: id, group: id, tariff: id, device: id, gateway: id, webhook: id, template: id, event: id, session: id, task: id, call: id, phone: hash,
  hash, secret: hash, principal: some(/[^#]+/, 81), subject: some(/[^#]+/, 161), thing, other: thing,
  // Closed or narrow vocabularies.
  kind: word, class: word, state: word, type: word, role: word, leg: some(/[A-Za-z0-9_-]{1,16}/, 16), direction: word,
  mailbox: some(/[0-9A-Za-z._-]{1,32}/, 32), sequence: some(/[a-z0-9][a-z0-9._-]{0,63}/, 64), extension: some(/[0-9*]{1,16}/, 16),
  number: some(/\+?\d{1,15}/, 16), mac: some(/[0-9A-F:]{17}/, 17), address: some(/[0-9a-f.:]+/, 45), network: some(/[0-9a-f.:]+\/\d+/, 49), port: digits(5),
  host: some(/[a-z0-9.-]{1,253}/, 253), client: some(/svc_[a-z0-9_]{3,48}/, 52), alias: some(/[a-z][a-z0-9-]{1,62}/, 63), provider: word,
  route: some(/[A-Z]+ \/[^#]*/, 120),
  // Free text, in bytes of UTF-8.
  name: free(200 * bytesOfCharacter), username: free(254), email: free(254), idempotencyKey: free(255 * bytesOfCharacter - 200), value: free(255 * bytesOfCharacter),
  party: free(128 * bytesOfCharacter), reference: free(128 * bytesOfCharacter), label: free(64 * bytesOfCharacter), messageId: free(128 * bytesOfCharacter),
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

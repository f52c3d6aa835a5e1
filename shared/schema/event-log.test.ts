import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal } from './event-chain.ts';
import {
  chainBreaks as breaksOf,
  entryHash,
  erasedValues,
  personalPaths,
  showValues,
  startOfChain,
  type EventLogEntry,
  type Owners,
  type UnsealedEntry,
} from './event-log.ts';

/** Breaks by sequence number, id and problem. */
const chainBreaks = (...of: Parameters<typeof breaksOf>) =>
  breaksOf(...of).map(({ entry, problem }) => ({ seq: entry.chain.seq, id: entry.event_log_id, problem }));

/** A valid chain of some entries. */
function chainOf(length: number): EventLogEntry[] {
  const entries: EventLogEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const entry = {
      event_log_id: `evl_${seq}`,
      org_id: 1001,
      event_type: 'door.opened',
      severity: 'info',
      actor: { id: 'usr_1', type: 'user' as const, name: 'ann', email: null },
      resource: null,
      description: `Door ${seq} opened`,
      metadata: { seq },
      ip_address: null,
      user_agent: null,
      recorded_by: 'usr_1',
      request_id: null,
      created_at: '2026-11-20T10:00:00.000Z',
      chain: { seq, prev_hash: entries.at(-1)?.chain.hash ?? startOfChain.hash },
    };
    entries.push({ ...entry, chain: { state: 'sealed', ...entry.chain, hash: entryHash(entry) } });
  }
  return entries;
}

test('a complete chain is valid, whatever the order of its entries', () => {
  expect(chainBreaks(chainOf(5))).toEqual([]);
  expect(chainBreaks(chainOf(5).toReversed())).toEqual([]);
  expect(chainBreaks([])).toEqual([]);
});

test('a changed entry is reported', () => {
  fc.assert(
    fc.property(fc.nat(4), fc.constantFrom('description', 'created_at', 'event_type', 'request_id'), (at, field) => {
      const forged = chainOf(5).map((entry, position) => (position === at ? { ...entry, [field]: 'another' } : entry));
      expect(chainBreaks(forged)).toEqual([
        { seq: at + 1, id: `evl_${at + 1}`, problem: 'was changed: its hash does not match its content' },
      ]);
    }),
  );
});

test('a missing entry is reported at the next one', () => {
  expect(chainBreaks(chainOf(5).filter(({ chain }) => chain.seq !== 3 && chain.seq !== 4))).toEqual([
    { seq: 5, id: 'evl_5', problem: 'follows 2: 2 missing in between' },
  ]);
});

test('an entry that is replaced with a matching hash breaks the chain after it', () => {
  const [first, second, third] = chainOf(3) as [EventLogEntry, EventLogEntry, EventLogEntry];
  const changed = { ...second, description: 'Nothing' };
  const replaced = { ...changed, chain: { ...changed.chain, hash: entryHash(changed) } };
  expect(chainBreaks([first, replaced, third])).toEqual([
    { seq: 3, id: 'evl_3', problem: 'does not follow the entry before it' },
  ]);
});

test('two entries with one sequence number are a fork', () => {
  const [first, second] = chainOf(2) as [EventLogEntry, EventLogEntry];
  expect(chainBreaks([first, second, { ...second, event_log_id: 'evl_x' }])).toEqual([
    { seq: 2, id: 'evl_x', problem: 'has the sequence number of another entry: the chain forks here' },
  ]);
});

test('the rest of a chain is valid after its beginning was purged', () => {
  const chain = chainOf(5);
  const rest = chain.slice(2);
  expect(chainBreaks(rest, chain[1]?.chain)).toEqual([]);
  expect(chainBreaks(rest)).toMatchObject([{ seq: 3, problem: 'follows 0: 2 missing in between' }]);
});

/** Persons with keys. */
const keys = new Map([
  ['usr_1', Buffer.alloc(32, 1)],
  ['usr_2', Buffer.alloc(32, 2)],
]);
const withoutSecond = new Map([...keys].filter(([person]) => person !== 'usr_2'));

/** A text that no other value of an entry has. @param of the value */
const text = (of: string) => fc.stringMatching(/^[A-Za-z]{8,20}$/).map((letters) => `${of}-${letters}`);
const nullable = (of: string) => fc.option(text(of));
const entryOf = fc.record({
  event_log_id: fc.constant('evl_1'),
  org_id: fc.constant(1001),
  event_type: fc.constant('user.updated'),
  severity: fc.constant('info'),
  actor: fc.record({
    id: fc.constant('usr_1'),
    type: fc.constant('user' as const),
    name: nullable('name'),
    email: nullable('email'),
  }),
  resource: fc.option(fc.record({ type: nullable('type'), id: nullable('id'), name: nullable('resource') })),
  description: text('description'),
  metadata: fc.dictionary(text('field'), fc.oneof(text('value'), fc.integer())),
  ip_address: nullable('ip'),
  user_agent: nullable('agent'),
  recorded_by: fc.constant('usr_1'),
  request_id: fc.constant(null),
  created_at: fc.constant('2026-11-20T10:00:00.000Z'),
});
const ownersOf: fc.Arbitrary<Owners> = fc.record(
  Object.fromEntries(personalPaths.map((path) => [path, fc.subarray(['usr_1', 'usr_2'])])),
);

const valuesOf = (entry: UnsealedEntry) => ({
  'actor.name': entry.actor.name,
  'actor.email': entry.actor.email,
  'resource.id': entry.resource?.id ?? null,
  'resource.name': entry.resource?.name ?? null,
  description: entry.description,
  metadata: entry.metadata,
  ip_address: entry.ip_address,
  user_agent: entry.user_agent,
});
const isIn = (text: string, value: unknown): boolean =>
  value !== null && JSON.stringify(value) !== '{}' && text.includes(JSON.stringify(value));

test('a sealed entry shows what it was, and after a person is forgotten nothing that names the person is left', () => {
  fc.assert(
    fc.property(entryOf, ownersOf, (entry, owners) => {
      const stored = seal({ entry, owners }, keys);
      const shown = showValues(stored, keys);
      expect({ ...shown, chain: null }).toEqual({ ...entry, chain: null });
      const left = showValues(stored, withoutSecond);
      const [before, after] = [valuesOf(entry), valuesOf(left)];
      for (const path of personalPaths) {
        const of = owners[path] ?? [];
        expect(after[path]).toEqual(of.includes('usr_2') ? erasedValues[path] : before[path]);
        if (of.length > 0) expect(isIn(JSON.stringify(stored), before[path])).toBe(false);
      }
      for (const each of [stored, shown, left]) {
        expect(breaksOf([each])).toEqual([]);
        expect(entryHash(each)).toBe(stored.chain.hash);
      }
    }),
  );
});

test('a value that is shown is proven: another one in its place is reported', () => {
  const entry = { ...chainOf(1)[0]!, metadata: { old: 'Ann' }, ip_address: '192.0.2.1' };
  const owners = Object.fromEntries(personalPaths.map((path) => [path, ['usr_1']]));
  const shown = showValues(seal({ entry, owners }, keys), keys);
  const problems = (forged: EventLogEntry) => breaksOf([forged]).map(({ problem }) => problem);
  expect(problems(shown)).toEqual([]);
  expect(problems({ ...shown, description: 'Nothing' })).toEqual([
    'was changed: description does not match its pseudonym',
  ]);
  expect(problems({ ...shown, metadata: { old: 'Eve' } })).toEqual([
    'was changed: metadata does not match its pseudonym',
  ]);
  expect(problems({ ...shown, ip_address: null })).toEqual(['was changed: ip_address does not match its pseudonym']);
  const { keys: _shownKeys, ...chain } = shown.chain;
  expect(problems({ ...shown, chain })).toHaveLength(4);
  const { 'actor.name': _taken, ...others } = shown.chain.pseudonyms ?? {};
  expect(problems({ ...shown, chain: { ...shown.chain, pseudonyms: others } })).toEqual([
    'was changed: its hash does not match its content',
  ]);
});

test('the value of a person who was erased before is not in the entry at all', () => {
  const entry = chainOf(1)[0]!;
  const stored = seal({ entry, owners: { 'actor.name': ['usr_9'], description: ['usr_1', 'usr_9'] } }, keys);
  expect(stored.chain.pseudonyms).toEqual({ 'actor.name': 'erased', description: 'erased' });
  expect(showValues(stored, keys)).toEqual(stored);
  expect(stored).toMatchObject({ actor: { name: null }, description: 'Erased' });
});

test('a value that would not fit into its item is left out, and the entry is sealed', () => {
  const entry = chainOf(1)[0]!;
  const sealedWith = (length: number) =>
    seal({ entry: { ...entry, metadata: { text: 'é'.repeat(length) } }, owners: { metadata: ['usr_1'] } }, keys);
  const [fits, tooLarge] = [sealedWith(139_000), sealedWith(140_000)];
  expect(JSON.stringify(fits).length).toBeLessThan(380_000);
  expect(showValues(fits, keys).metadata).toEqual({ text: 'é'.repeat(139_000) });
  expect(tooLarge.chain.pseudonyms).toEqual({ metadata: 'erased' });
});

test('an entry without values of persons has the hash and the form of before', () => {
  const entry = chainOf(1)[0]!;
  const { hash, ...link } = entry.chain;
  const { chain: _chain, ...clear } = entry;
  expect(seal({ entry: clear, owners: {} }, keys)).toEqual({ ...clear, chain: { ...link, hash } });
});

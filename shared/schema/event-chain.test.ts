import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryHash, type EventLogEntry } from './event-log.ts';
import { seal, toUnsealedEntry, type AuditedEvent } from './event-chain.ts';

const event = (at: number, more: Partial<AuditedEvent> = {}): AuditedEvent => ({
  id: `evt_${at}`,
  org_id: 1001,
  type: 'trunk.created',
  at: '2026-11-20T10:00:00.000Z',
  entity: { type: 'trunk', id: `trunk_${at}` },
  severity: 'info',
  description: 'SIP trunk created',
  actor: { id: 'usr_1', type: 'user', name: 'admin', credential: 'ses_1' },
  ip: '192.0.2.1',
  user_agent: 'curl',
  request_id: 'req',
  changes: null,
  data: {},
  ...more,
});

const chained = (events: readonly AuditedEvent[]): EventLogEntry[] => {
  const entries: EventLogEntry[] = [];
  for (const each of events)
    entries.push(seal({ entry: toUnsealedEntry(each), owners: {} }, new Map(), entries.at(-1)?.chain));
  return entries;
};

/** Whether a chain is valid, as an auditor checks it. */
const holds = (entries: readonly EventLogEntry[]): boolean =>
  entries.every(
    (entry, at) =>
      entry.chain.seq === at + 1 &&
      entry.chain.prev_hash === (entries[at - 1]?.chain.hash ?? '0'.repeat(64)) &&
      entry.chain.hash === entryHash(entry),
  );

test('the first entry follows 64 zeros, every other one the entry before it', () => {
  const [first, second] = chained([event(1), event(2)]);
  expect(first?.chain).toMatchObject({ state: 'sealed', seq: 1, prev_hash: '0'.repeat(64) });
  expect(second?.chain).toMatchObject({ seq: 2, prev_hash: first?.chain.hash });
});

test('the hash of an entry is that of its canonical JSON without state and hash', () => {
  const [entry] = chained([event(1)]);
  // Computed once by another implementation (Python: json.dumps with sorted keys and no white space; hashlib).
  expect(entry?.chain.hash).toBe('defcd615b422ad7bdfc094e20914dc3fc887a42cede13f412b46d62ca98791f8');
});

test('a changed, missing or moved entry breaks the chain', () => {
  const entries = chained(Array.from({ length: 5 }, (_item, at) => event(at)));
  expect(holds(entries)).toBe(true);
  fc.assert(
    fc.property(fc.nat(4), fc.constantFrom('changed', 'left out', 'moved'), (at, how) => {
      const forged = [...entries];
      const [taken] = forged.splice(at, 1);
      if (taken === undefined) return;
      if (how === 'changed') forged.splice(at, 0, { ...taken, description: 'Nothing happened' });
      if (how === 'moved') forged.splice((at + 1) % 5, 0, taken);
      expect(holds(forged)).toBe(how === 'left out' && at === 4);
    }),
  );
});

test('numbers that a double cannot hold are texts, so that every reader computes the same hash', () => {
  const [entry] = chained([event(1, { data: { balance: 9_007_199_254_740_993n, nested: [{ charge: 1n }] } })]);
  expect(entry?.metadata).toMatchObject({ balance: '9007199254740993', nested: [{ charge: '1' }] });
  expect(JSON.parse(JSON.stringify(entry))).toEqual(entry);
});

test('an entry has the actor, the action, the resource and the origin', () => {
  const [entry] = chained([
    event(1, {
      actor: { id: 'svc_1', type: 'service', name: 'billing', credential: 'key_1' },
      changes: { name: { old: 'a', new: 'b' } },
    }),
  ]);
  expect(entry).toMatchObject({
    event_log_id: 'evl_1',
    org_id: 1001,
    event_type: 'trunk.created',
    actor: { id: 'svc_1', type: 'api', name: 'billing', email: null },
    resource: { type: 'trunk', id: 'trunk_1' },
    metadata: { credential: 'key_1', changes: { name: { old: 'a', new: 'b' } } },
    recorded_by: 'svc_1',
    created_at: '2026-11-20T10:00:00.000Z',
  });
});

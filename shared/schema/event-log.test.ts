import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainBreaks as breaksOf, entryHash, startOfChain, type EventLogEntry } from './event-log.ts';

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

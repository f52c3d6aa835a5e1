import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { seal } from '#schema/event-chain.ts';
import { entryHash, showValues, startOfChain, type EventLogEntry } from '#schema/event-log.ts';
import { verify } from './verify-event-log.ts';

function chainOf(organization: number, length: number): EventLogEntry[] {
  const entries: EventLogEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const entry = {
      event_log_id: `evl_${organization}_${seq}`,
      org_id: organization,
      event_type: 'door.opened',
      severity: 'info',
      actor: { id: 'usr_1', type: 'user' as const, name: 'ann', email: null },
      resource: { type: 'door', id: 'north', name: null },
      description: `Tür ${seq}`,
      metadata: { seq, deep: [{ a: 1.5 }] },
      ip_address: '192.0.2.1',
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

const exported = (entries: readonly object[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
const lines = (text: string): number[] => [...new Set(verify(text).findings.map(({ line }) => line))];

const both = [...chainOf(1001, 4), ...chainOf(1002, 3)];

test('an export with intact chains is valid in any order of its lines', () => {
  expect(verify(exported(both.toReversed()))).toEqual({
    ...{ findings: [], missing: [] },
    ...{ entries: 7, organizations: 2, pending: 0 },
  });
});

test('one flipped byte is found and located anywhere in the export', () => {
  const whole = Buffer.from(exported(both));
  fc.assert(
    fc.property(fc.nat(whole.length - 2), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const line = whole.subarray(0, at).toString('latin1').split('\n').length;
      // A flipped line break joins two lines; a new one splits a line.
      expect(lines(flipped.toString())).toContain(line);
    }),
    { numRuns: runs(300) },
  );
});

/** The key of the person whom the entries name. */
const keys = new Map([['usr_1', Buffer.alloc(32, 1)]]);
const named = both.slice(0, 2).reduce<EventLogEntry[]>((chain, { chain: _chain, ...entry }) => {
  const owners = { 'actor.name': ['usr_1'], description: ['usr_1'], metadata: ['usr_1'], ip_address: ['usr_1'] };
  return [...chain, seal({ entry, owners }, keys, chain.at(-1)?.chain)];
}, []);

test('values of persons are verified with the entries, and their absence after an erasure is valid', () => {
  const shown = named.map((entry) => showValues(entry, keys));
  expect(JSON.stringify(shown)).toContain('"ann"');
  for (const entries of [named, shown, [named[0]!, shown[1]!]]) expect(lines(exported(entries))).toEqual([]);
  const whole = Buffer.from(exported(shown));
  fc.assert(
    fc.property(fc.nat(whole.length - 2), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const line = whole.subarray(0, at).toString('latin1').split('\n').length;
      expect(lines(flipped.toString())).toContain(line);
    }),
    { numRuns: runs(300) },
  );
  expect(verify(exported([{ ...shown[0]!, actor: { ...shown[0]!.actor, name: 'eve' } }])).findings).toEqual([
    { line: 1, problem: 'org_1001, entry 1 (evl_1001_1) was changed: actor.name does not match its pseudonym' },
  ]);
});

test('a missing entry is a gap, and a repeated one is a fork', () => {
  expect(verify(exported(both.filter((_, at) => at !== 1))).findings).toEqual([
    { line: 2, problem: 'org_1001, entry 3 (evl_1001_3) follows 1: 1 missing in between' },
  ]);
  expect(verify(exported([...both, ...both.slice(2, 3)])).findings).toMatchObject([
    { line: 8, problem: expect.stringContaining('forks') },
  ]);
});

const hashOf = (at: number): string => both[at]?.chain.hash ?? '';

test('an export without its newest entry is found by the head that was published', () => {
  const cut = exported(both.filter((_, at) => at !== 3));
  expect(verify(cut)).toMatchObject({ findings: [], missing: [] });
  expect(verify(cut, [hashOf(3), hashOf(6)])).toMatchObject({ findings: [], missing: [hashOf(3)] });
  expect(verify(exported(both), [hashOf(3), hashOf(6), hashOf(0)]).missing).toEqual([]);
});

test('a whole chain that is missing is found by its head', () => {
  expect(verify(exported(both.slice(4)), [hashOf(3)]).missing).toEqual([hashOf(3)]);
});

test('the command takes heads, and ends with 1 if one is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-eventlog-'));
  const file = join(folder, 'export.jsonl');
  writeFileSync(file, exported(both.slice(0, 3)));
  const run = (...more: string[]) =>
    new Promise<number>((resolve) => {
      execFile(process.execPath, ['bin/verify-event-log.ts', file, ...more], (error) =>
        resolve(Number(error?.code ?? 0)),
      );
    });
  const codes = await Promise.all([run(), run('--head', hashOf(2)), run('--head', hashOf(3)), run('--head', 'no')]);
  rmSync(folder, { recursive: true });
  expect(codes).toEqual([0, 0, 1, 2]);
});

test('a purged chain is valid from the purge on', () => {
  const [, second] = both;
  const rest = both.slice(2, 4);
  expect(lines(exported(rest))).toEqual([1]);
  const purge = {
    ...both[4],
    org_id: 1001,
    event_type: 'archiving.purged',
    metadata: { last_seq: 2, last_hash: second?.chain.hash },
    event_log_id: 'evl_1001_5',
  } as EventLogEntry;
  const chain = { seq: 5, prev_hash: both[3]?.chain.hash ?? '' };
  const sealed = { ...purge, chain: { state: 'sealed', ...chain, hash: entryHash({ ...purge, chain }) } };
  expect(lines(exported([...rest, sealed]))).toEqual([]);
  expect(verify(exported([...rest, sealed]), [second?.chain.hash ?? '']).missing).toEqual([]);
});

test('entries that are not chained yet are counted, and lines that are not entries are reported', () => {
  const text = `${exported([{ ...both[0], chain: { state: 'pending' } }, ...chainOf(1003, 1)])}\nnonsense\n{"seq":1}\n`;
  expect(verify(text)).toEqual({
    findings: [
      { line: 4, problem: 'is not JSON' },
      { line: 5, problem: 'is not an entry of an event log' },
    ],
    missing: [],
    entries: 1,
    organizations: 1,
    pending: 1,
  });
});

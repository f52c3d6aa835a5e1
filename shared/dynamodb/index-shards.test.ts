import { afterEach, describe, expect, test, vi } from 'vitest';
import { duePartition, dueRow, scheduleDue } from './rows/due.ts';
import { eventRow, pendingPartition, type EventItem } from './rows/event.ts';
import { indexShards, maxIndexShards, readShards } from './index-shards.ts';

afterEach(() => void vi.unstubAllEnvs());

const event = (at: number): EventItem => ({
  ...{ id: `evt_${at}`, org_id: 1001, type: 'call.hangup', at: '2026-11-20T10:00:00.000Z', severity: 'info' },
  ...{ entity: { type: 'call', id: 'call_1' }, description: '', changes: null, data: {}, pending: true },
  ...{ actor: { id: 'system', type: 'system', name: 'system', credential: null }, ip: null },
  ...{ user_agent: null, request_id: null },
});

const pointer = (at: number) =>
  scheduleDue({ kind: 'call.reservation', at: '2026-11-20T10:00:00.000Z', org_id: 1001, subject: `call_${at}` });

/** The partitions of GSI2 that rows of this moment have. */
const written = (): Set<string> =>
  new Set(
    Array.from({ length: 2_000 }, (_, at) => [
      eventRow.index2?.(event(at), 1001)?.partition.join('#') ?? '',
      pointer(at).render('table', 0, 0).Put?.Item?.['GSI2PK']?.S?.replace(/^due#/, '') ?? '',
    ]).flat(),
  );
const read = new Set(readShards.flatMap((shard) => [pendingPartition(shard).join('#'), duePartition(shard).join('#')]));

describe('rows that wait', () => {
  test.each([1, 3, 8, 32, maxIndexShards])('are in %i shards, all of which readers read, whatever theirs', (shards) => {
    vi.stubEnv('INDEX_SHARDS', String(shards));
    const partitions = written();
    // A reader may run with another number already, or still.
    vi.stubEnv('INDEX_SHARDS', '1');
    expect(partitions.size).toBe(2 * shards);
    expect([...partitions].filter((each) => !read.has(each))).toEqual([]);
  });

  test('are in eight shards by default', () => {
    expect(written().size).toBe(16);
  });

  test.each(['0', '65', '1.5', 'many'])('are in no number of shards that is %s', (shards) => {
    vi.stubEnv('INDEX_SHARDS', shards);
    expect(() => indexShards()).toThrow('INDEX_SHARDS must be a whole number from 1 to 64');
  });

  test('have a shard of the range of a pointer, too', () => {
    vi.stubEnv('INDEX_SHARDS', '64');
    const item = pointer(1).render('table', 0, 0).Put?.Item;
    expect(Number(item?.['shard']?.N)).toBeLessThan(64);
    expect(dueRow.entity).toBe('due');
  });
});

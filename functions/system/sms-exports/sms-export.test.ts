import { describe, expect, test } from 'vitest';
import type { StoredArchive } from '#schema/stored-archive.ts';
import { examples } from './examples.ts';
import { contentOf, keyOf, linesOf, NewSmsExport, presentExport, type SmsExport } from './sms-export.ts';

const now = new Date('2026-02-01T12:00:00.000Z');
const policy = { id: 'arp_1', name: 'SMS', retention_days: 30 };
const { policyId, data } = examples.storeSmsExport;
const parse = (more: object = {}, beside: object = {}) =>
  NewSmsExport.safeParse({ policyId, data: { ...data, ...more }, ...beside });
const exportOf = (...messages: object[]): SmsExport => NewSmsExport.parse({ policyId, data: { ...data, messages } });
const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) });

describe('an export', () => {
  test('has messages with any fields and an id, in one form', () => {
    const [line] = linesOf(exportOf({ message_id: 'b', text: 'ü\u2028\n', cost: 0.01, tags: ['x'] }));
    expect(line).toBe('{"cost":0.01,"message_id":"b","tags":["x"],"text":"ü\u2028\\n"}');
  });

  test.each([
    [{ messages: [] }, 'data.messages'],
    [{ messages: [{}] }, 'data.messages.0.message_id'],
    [{ messages: [{ message_id: ' ' }] }, 'data.messages.0.message_id'],
    [{ messages: [{ message_id: 7 }] }, 'data.messages.0.message_id'],
    [{ messages: ['text'] }, 'data.messages.0'],
    [{ messages: [null, []] }, 'data.messages.0 data.messages.1'],
    [{ messages: [{ message_id: 'a' }, { message_id: 'a' }] }, 'data.messages.1.message_id'],
    [{ messages: [{ message_id: 'a', deep: nested(9) }] }, 'data.messages.0'],
    [{ messages: [{ message_id: 'a', text: 'x'.repeat(65_536) }] }, 'data.messages.0'],
    [{ messages: Array.from({ length: 5_001 }, (_, at) => ({ message_id: String(at) })) }, 'data.messages'],
    [{ export_date: '2026-02-01T00:00:00' }, 'data.export_date'],
    [{ date_range: { start: '2026-02-01T00:00:00Z', end: '2026-01-01T00:00:00Z' } }, 'data.date_range.end'],
  ])('with %o is rejected at its field', (more, path) => {
    expect(
      parse(more)
        .error?.issues.map((issue) => issue.path.join('.'))
        .join(' '),
    ).toBe(path);
  });

  test('has metadata of up to 16 KiB', () => {
    expect(parse({}, { metadata: { note: 'x'.repeat(16_000) } }).success).toBe(true);
    expect(parse({}, { metadata: { note: 'x'.repeat(16_384) } }).success).toBe(false);
  });

  test.each([
    [7, 'arp_7'],
    ['7', 'arp_7'],
    ['arp_x', 'arp_x'],
  ])('is archived by the policy %s', (given, id) =>
    expect(NewSmsExport.parse({ policyId: given, data }).policyId).toBe(id),
  );
});

describe('two exports', () => {
  const one = exportOf({ message_id: 'a' }, { message_id: 'b', text: 'B' });

  test('with the same ids in any order and the same range are the same', () => {
    expect(keyOf(exportOf({ message_id: 'b' }, { message_id: 'a' }))).toBe(keyOf(one));
    expect(keyOf(exportOf({ message_id: 'a' }))).not.toBe(keyOf(one));
    expect(keyOf(exportOf({ message_id: 'a","b' }))).not.toBe(keyOf(one));
    const { start } = one.data.date_range;
    expect(keyOf({ ...one, data: { ...one.data, date_range: { start, end: start } } })).not.toBe(keyOf(one));
  });

  test('have the same content if all of their lines are the same', () => {
    const contentIn = (of: SmsExport) => contentOf(keyOf(of), linesOf(of));
    expect(contentIn(exportOf({ text: 'B', message_id: 'b' }, { message_id: 'a' }))).not.toBe(contentIn(one));
    expect(contentIn(exportOf({ message_id: 'a' }, { text: 'B', message_id: 'b' }))).toBe(contentIn(one));
    expect(contentIn(exportOf({ message_id: 'a' }, { message_id: 'b', text: 'C' }))).not.toBe(contentIn(one));
  });
});

test('an archived export is shown with the folder of its archive and the policy of then', () => {
  const archive: StoredArchive = {
    ...{ id: 'arch_1', class: 'sms', policy, range: null, records: 2, parts: [], bytes: 1, objects: 3 },
    ...{ previous_manifest_sha256: '0', manifest_sha256: '1', lock: null, by: null, sealed_at: null },
    manifest_key: 'archive/org_1001/sms/2026-02/arch_1/manifest.json',
    created_at: now.toISOString(),
  };
  expect(presentExport(archive, 'bucket')).toEqual({
    ...{ archive_id: 'arch_1', status: 'stored', message_count: 2, policy_applied: policy },
    storage_location: 's3://bucket/archive/org_1001/sms/2026-02/arch_1/',
    created_at: now.toISOString(),
  });
});

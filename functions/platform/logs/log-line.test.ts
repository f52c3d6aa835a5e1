import { describe, expect, test } from 'vitest';
import { assertImportable, contentMark, LogImport, matchesFilter } from './log-line.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const at = (timestamp: string) => ({ timestamp, type: 'call' as const, message: 'hello' });
const importing =
  (timestamp: string, days = 365) =>
  () =>
    assertImportable([at(timestamp)], { now, days });

describe('lines to import', () => {
  test('may be five minutes in the future, as clocks differ', () => {
    expect(importing('2026-11-20T10:05:00.000Z')).not.toThrow();
    expect(importing('2026-11-20T10:05:00.001Z')).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: [{ path: 'logs[0].timestamp', message: 'is in the future' }],
      }),
    );
  });

  test('are not older than the organization keeps them', () => {
    expect(importing('2026-10-21T10:00:00.000Z', 30)).not.toThrow();
    expect(importing('2026-10-21T09:59:59.999Z', 30)).toThrow('30 days');
  });

  test('are at most 1,000', () => {
    const lines = Array.from({ length: 1_001 }, () => at('2026-11-20T10:00:00.000Z'));
    expect(() => assertImportable(lines.slice(1), { now, days: 1 })).not.toThrow();
    expect(() => assertImportable(lines, { now, days: 1 })).toThrow(
      expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
    );
  });

  test('have a message of well-formed Unicode', () => {
    const parsed = (message: string) =>
      LogImport.safeParse({ logs: [{ ...at('2026-11-20T10:00:00Z'), message }] }).success;
    expect([parsed('käse 🧀'), parsed('\ud800')]).toEqual([true, false]);
  });
});

test('the content of a line does not depend on the order of its details', () => {
  const line = at('2026-11-20T10:00:00.000Z');
  const mark = contentMark({ ...line, details: { a: 1, b: { c: 2, d: [3] } } });
  expect(contentMark({ ...line, details: { b: { d: [3], c: 2 }, a: 1 } })).toBe(mark);
  expect(contentMark({ ...line, details: { a: 1, b: { c: 2, d: [4] } } })).not.toBe(mark);
  expect(contentMark({ ...line, message: 'bye', details: { a: 1, b: { c: 2, d: [3] } } })).not.toBe(mark);
});

test('a filter compares type and level, each if it is given', () => {
  const line = { type: 'sip', level: 'warning' } as const;
  expect(
    [{}, { type: 'sip' }, { level: 'warning' }, { type: 'call' }, { level: 'info' }].map((filter) =>
      matchesFilter(line, filter as Parameters<typeof matchesFilter>[1]),
    ),
  ).toEqual([true, true, true, false, false]);
});

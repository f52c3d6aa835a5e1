import { describe, expect, test } from 'vitest';
import { mayStillVerify, signingKeyAt, planRotation } from './key-lifecycle.ts';

const key = (generation: number, activeFrom: string, more: { created_at?: string; retired_at?: string } = {}) => ({
  generation,
  kid: `key ${generation}`,
  created_at: '2026-01-01T00:00:00.000Z',
  active_from: activeFrom,
  ...more,
});
const keys = [
  key(1, '2026-01-01T00:00:00.000Z'),
  key(3, '2026-03-01T00:00:00.000Z'),
  key(2, '2026-02-01T00:00:00.000Z'),
];
const signer = (at: string, of = keys): string | undefined => signingKeyAt(of, new Date(at))?.kid;

test('the newest active key signs, and the next one from its start on', () => {
  expect([signer('2026-02-28T23:59:59.999Z'), signer('2026-03-01T00:00:00.000Z')]).toEqual(['key 2', 'key 3']);
});

test('if no key is active yet the oldest signs, because another clock may be ahead', () => {
  expect(signer('2025-12-31T23:59:59.000Z')).toBe('key 1');
  expect(signer('2026-01-01T00:00:00.000Z', [])).toBeUndefined();
});

test('a retired key verifies for 7 days and 10 minutes, for processes that have not read its successor', () => {
  const retired = { retired_at: '2026-03-01T00:00:00.000Z' };
  expect([
    mayStillVerify({}, new Date('2036-01-01')),
    mayStillVerify(retired, new Date('2026-03-08T00:09:59.999Z')),
    mayStillVerify(retired, new Date('2026-03-08T00:10:00.000Z')),
  ]).toEqual([true, true, false]);
});

describe('a rotation', () => {
  const now = new Date('2026-03-01T12:00:00.000Z');
  const by = { atOnce: false };
  const current = key(1, '2026-01-01T00:00:00.000Z');

  test('does nothing without keys', () => {
    expect(planRotation([], now, { atOnce: true })).toEqual({ hastened: undefined, retired: [], wanted: undefined });
  });

  test('publishes the next key at once, to sign 90 days after the current one', () => {
    expect(planRotation([current], now, by).wanted).toEqual({
      generation: 2,
      activeFrom: new Date('2026-04-01T00:00:00.000Z'),
    });
  });

  test('publishes a key for at least 10 minutes, however late it is', () => {
    expect(planRotation([current], new Date('2026-06-01T00:00:00.000Z'), by).wanted?.activeFrom).toEqual(
      new Date('2026-06-01T00:10:00.000Z'),
    );
    expect(planRotation([current], now, { atOnce: true }).wanted?.activeFrom).toEqual(
      new Date('2026-03-01T12:10:00.000Z'),
    );
  });

  test('leaves a next key until its start, unless the rotation is immediate', () => {
    const next = key(2, '2026-04-01T00:00:00.000Z');
    expect(planRotation([current, next], now, by)).toEqual({ hastened: undefined, retired: [], wanted: undefined });
    expect(planRotation([current, next], now, { atOnce: true }).hastened).toEqual({ key: next, activeFrom: now });
  });

  test('does not start a next key before the end of its publication', () => {
    const justMade = key(2, '2026-04-01T00:00:00.000Z', { created_at: '2026-03-01T11:55:00.000Z' });
    expect(planRotation([current, justMade], now, { atOnce: true }).hastened?.activeFrom).toEqual(
      new Date('2026-03-01T12:05:00.000Z'),
    );
  });

  test('retires a key once, when its successor signs', () => {
    const successor = key(2, '2026-02-01T00:00:00.000Z');
    expect(planRotation([current, successor, key(3, '2026-05-01T00:00:00.000Z')], now, by).retired).toEqual([
      { key: current, successor },
    ]);
    expect(planRotation([{ ...current, retired_at: successor.active_from }, successor], now, by).retired).toEqual([]);
  });
});

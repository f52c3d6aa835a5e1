import { expect, test } from 'vitest';
import { publishedKeys } from './published-keys.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const day = 24 * 3_600_000;
const key = (kid: string, more: { retired_at?: string; jwk?: object } = {}) => ({ kid, ...more, jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', ...more.jwk } });
const retired = (milliseconds: number) => ({ retired_at: new Date(now.getTime() - milliseconds).toISOString() });

test('a key is published before, while and for 7 days after it signs', () => {
  const { keys } = publishedKeys([key('next'), key('current'), key('just', retired(7 * day - 1)), key('gone', retired(7 * day))], now);
  expect(keys.map(({ kid }) => kid)).toEqual(['next', 'current', 'just']);
});

test('of a key only its public members are published', () => {
  const { keys } = publishedKeys([key('k', { jwk: { d: 'private', ext: true } })], now);
  expect(keys).toEqual([{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k', alg: 'ES256', use: 'sig' }]);
});

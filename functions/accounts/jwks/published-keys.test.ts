import { expect, test } from 'vitest';
import { archiveKeySet, publishedKeys } from './published-keys.ts';

test('only the public members of a key are published', () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', ext: true };
  expect(publishedKeys([{ kid: 'k', jwk }]).keys).toEqual([
    { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k', alg: 'ES256', use: 'sig' },
  ]);
});

test('only the public members of a key are published, with its time of validity', () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', ext: true };
  const times = { active_from: '2026-01-01T00:00:00.999Z', signsUntil: '2026-04-01T00:10:00.999Z' };
  expect(archiveKeySet([{ kid: 'k', jwk, ...times }]).keys).toEqual([
    {
      ...{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k', alg: 'ES256', use: 'sig' },
      ...{ valid_from: '2026-01-01T00:00:00Z', valid_until: '2026-04-01T00:10:00Z' },
    },
  ]);
});

import { expect, test } from 'vitest';
import { publishedKeys } from './published-keys.ts';

test('only the public members of a key are published', () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', ext: true };
  expect(publishedKeys([{ kid: 'k', jwk }]).keys).toEqual([
    { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k', alg: 'ES256', use: 'sig' },
  ]);
});

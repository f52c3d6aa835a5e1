import { expect, test } from 'vitest';
import { attestationOf, originOf } from './attestation.ts';

test.each([
  ['its own number', { holder: 1_001, isOriginal: false }, 'A'],
  ['a number of another organization', { holder: 1_002, isOriginal: false }, 'B'],
  ['a number that the platform does not have', { holder: undefined, isOriginal: false }, 'B'],
  ['a number that a peer has named', { holder: undefined, isOriginal: true }, 'C'],
  ['its own number, as a peer has named it', { holder: 1_001, isOriginal: true }, 'C'],
] as const)('an organization that presents %s', (_, presented, attestation) => {
  expect(attestationOf({ ...presented, organization: 1_001 })).toBe(attestation);
});

test('the origin is a UUID that stays, and differs by organization and platform', () => {
  const origins = [originOf(1_001, 'a.example'), originOf(1_002, 'a.example'), originOf(1_001, 'b.example')];
  expect(new Set(origins).size).toBe(3);
  for (const origin of origins)
    expect(origin).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(originOf(1_001, 'a.example')).toBe(origins[0]);
});

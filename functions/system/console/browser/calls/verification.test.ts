import { expect, test } from 'vitest';
import { verificationOf } from './verification.ts';

test('only a caller of whom the carrier says that the number is its own is verified', () => {
  const passed = { verstat: 'TN-Validation-Passed' } as const;
  const marks = [passed, ...(['A', 'B', 'C'] as const).map((attestation) => ({ ...passed, attestation }))].map((stir) =>
    verificationOf({ stir }),
  );
  expect(marks).toEqual(['passed', 'passed', undefined, undefined]);
});

test('a caller whose number is not its own is marked, and one of whom nothing is known is not', () => {
  expect(verificationOf({ stir: { verstat: 'TN-Validation-Failed', reason: 438 } })).toBe('failed');
  expect(verificationOf({ stir: { verstat: 'No-TN-Validation', attestation: 'A' } })).toBeUndefined();
  expect([verificationOf({}), verificationOf({ stir: null })]).toEqual([undefined, undefined]);
});

import { expect, test } from 'vitest';
import { chargeText } from './charge.ts';

const rated = { status: 'rated', charge: '0.1560', currency: 'USD' } as const;

test('a call costs what the organization is charged for it', () => {
  expect(chargeText({ rating: rated })).toBe('0.156 USD');
});

test('a call without a charge says why', () => {
  const shown = (['free', 'unrated', 'void'] as const).map((status) => chargeText({ rating: { ...rated, status } }));
  expect(shown).toEqual(['free', 'no price', 'voided']);
});

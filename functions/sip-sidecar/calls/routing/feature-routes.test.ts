import { expect, test } from 'vitest';
import { ownNumberPrompts } from './feature-routes.ts';

const party = (user: string) => ({ scheme: 'sip', user, name: '' }) as const;

test('a phone hears its extension and its number digit by digit', () => {
  expect(ownNumberPrompts({ party: party('204'), number: '+46' })).toEqual([
    ...['your-extension-is', 'number-2', 'number-0', 'number-4'],
    ...['your-number-is', 'plus', 'number-4', 'number-6'],
  ]);
});

test('it hears what it does not have', () => {
  expect(ownNumberPrompts({ party: party('ann.laptop'), number: null })).toEqual(['no-extension', 'no-number']);
});

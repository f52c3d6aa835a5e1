import { expect, test } from 'vitest';
import { wantedByCode } from './pick-up-codes.ts';

test('*8 takes any call of a group, ** that of an extension', () => {
  expect(wantedByCode('*8')).toEqual({ extension: null });
  expect(wantedByCode('**204')).toEqual({ extension: '204' });
});

test.each(['*80', '**', '***', '**2a', '*97', '204', '', `**${'1'.repeat(17)}`])(
  '%s is no code of a pick-up',
  (dialed) => {
    expect(wantedByCode(dialed)).toBeUndefined();
  },
);

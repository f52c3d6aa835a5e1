import { expect, test } from 'vitest';
import { numberIn, userIn } from './user-part.ts';

test('the user is before the host and a password, and a number with its parameters', () => {
  const uris = ['sip:+33;npdi@h:5060;user=phone', 'sips:202:pw@h', 'tel:+33;ext=1', 'sip:h', '+33;ext=1'];
  expect(uris.map(userIn)).toEqual(['+33;npdi', '202', '+33;ext=1', 'sip:h', '+33;ext=1']);
});

test('a number has no parameters, separators and escapes; a name keeps its characters', () => {
  expect(['%2B33-9.7(0);ext=1', '*72-202', 'ann-2.b', '+33%23-1'].map(numberIn)).toEqual([
    ...['+33970', '*72202', 'ann-2.b', '+33#1'],
  ]);
});

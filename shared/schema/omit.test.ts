import { expect, test } from 'vitest';
import { omit } from './omit.ts';

test('the named fields are missing, and the original keeps them', () => {
  const trunk = { id: 'trunk_1', name: 'Main', version: 3 };
  expect(omit(trunk, 'id', 'version')).toEqual({ name: 'Main' });
  expect(trunk).toEqual({ id: 'trunk_1', name: 'Main', version: 3 });
});

test('a field that is absent is no error', () => {
  const trunk: { name: string; detail?: string } = { name: 'Main' };
  expect(omit(trunk, 'detail')).toEqual({ name: 'Main' });
});

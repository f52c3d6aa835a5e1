import { expect, test } from 'vitest';
import { at, isObject, listIn, textIn } from './json-value.ts';

const values = [undefined, null, 7, 'a', ['b'], { c: { d: 1 } }];

test('a value that has another shape is as nothing', () => {
  expect(values.map(isObject)).toEqual([false, false, false, false, true, true]);
  expect(values.map(textIn)).toEqual(['', '', '', 'a', '', '']);
  expect(values.map(listIn)).toEqual([[], [], [], [], ['b'], []]);
  expect(values.map((value) => at(value, 'c', 'd'))).toEqual([...Array<undefined>(5), 1]);
});

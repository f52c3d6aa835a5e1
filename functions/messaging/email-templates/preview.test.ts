import { expect, test } from 'vitest';
import { previewVariables } from './preview.ts';

test('variables are a JSON object, nested at most 5 deep', () => {
  expect(previewVariables('{"a":{"b":{"c":{"d":1}}}}')).toEqual({ a: { b: { c: { d: 1 } } } });
  expect(previewVariables('{"a":[[[[1]]]]}')).toEqual({ a: [[[[1]]]] });
});

test.each(['', 'x', '1', 'null', '"a"', '[]', '{"a":1', '{"a":{"b":{"c":{"d":[{}]}}}}', '['.repeat(3_000)])(
  '%s is rejected',
  (json) => {
    expect(() => previewVariables(json)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  },
);

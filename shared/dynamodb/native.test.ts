import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nativeMap } from './native.ts';

const leaf = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
  fc.integer(),
  fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ minLength: 1 }),
  fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }).map((each) => new Set(each)),
  fc.uniqueArray(fc.integer(), { minLength: 1 }).map((each) => new Set(each)),
);
const { item } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('item')),
  // The SDK interprets the `constructor` of a value.
  item: fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== 'constructor' && name !== '__proto__'),
    tie('value'),
    { maxKeys: 6, noNullPrototype: true },
  ),
}));

test('an item is read as the SDK reads it', () => {
  fc.assert(
    fc.property(item, (value) => {
      const attributes = marshall(value);
      expect(nativeMap(attributes)).toStrictEqual(unmarshall(attributes));
    }),
    { numRuns: 500 },
  );
});

test('integers of any size are exact, and other numbers are the nearest double', () => {
  expect(
    nativeMap({ large: { N: '123456789012345678901' }, small: { N: '0.25' }, safe: { N: '9007199254740991' } }),
  ).toEqual({ large: 123_456_789_012_345_678_901n, small: 0.25, safe: Number.MAX_SAFE_INTEGER });
});

test('excluded fields are not read', () => {
  expect(nativeMap({ PK: { S: 'a' }, name: { S: 'b' } }, new Set(['PK']))).toEqual({ name: 'b' });
});

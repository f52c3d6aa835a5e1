import fc from 'fast-check';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { JsonObject } from './json.ts';

const Small = JsonObject({ bytes: 1_000, depth: 3 });

test.each([
  [{}, true],
  [{ a: { b: { c: 1 } } }, true],
  [{ a: { b: { c: {} } } }, false],
  [{ a: [[1]] }, true],
  [{ a: [[[]]] }, false],
  [{ text: 'x'.repeat(989) }, true],
  [{ text: 'x'.repeat(990) }, false],
  [{ text: 'é'.repeat(500) }, false],
  [{ n: Number.MAX_SAFE_INTEGER }, true],
  [{ n: 2 ** 53 }, false],
  [{ n: -1e200 }, false],
  [{ n: 1e-200 }, false],
  [{ n: 0 }, true],
  [{ '': 1 }, false],
  [{ text: '\ud800' }, false],
  [JSON.parse('{"__proto__":{}}'), false],
  [JSON.parse('{"a":{"__proto__":1}}'), false],
  [null, false],
  [[], false],
  ['text', false],
])('%j is accepted: %s', (value, taken) => {
  expect(Small.safeParse(value).success).toBe(taken);
});

test('an accepted value is read back from the store unchanged', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      const { success, data } = JsonObject({ bytes: 10_000, depth: 8 }).safeParse(plain);
      if (success) expect(unmarshall(marshall(data))).toEqual(plain);
    }),
  );
});

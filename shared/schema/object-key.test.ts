import { expect, test } from 'vitest';
import { objectKey, readObjectKey } from './object-key.ts';

test('a key names its object', () => {
  const object = { organization: 1_001, area: 'files', id: 'file_01J9', version: 12 };
  expect(objectKey(object)).toBe('org_1001/files/file_01J9/12');
  expect(readObjectKey(objectKey(object))).toEqual(object);
});

test.each(['', 'org_1001/files/file_1', 'org_1001/files/file_1/0', 'org_1001/files/../1', 'org_1/files/file_1/1'])(
  'another form names no object: %s',
  (key) => {
    expect(readObjectKey(key)).toBeUndefined();
  },
);

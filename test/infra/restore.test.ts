import { afterAll, expect, test } from 'vitest';
import { ofType, propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const before = synthesize();
const restored = synthesize({ tableName: 'trunkline-test-table-2' });
const tableIn = (templates: typeof before) => ofType(templates.get('data')!, 'AWS::DynamoDB::Table')[0]!;

test('another table is another resource of a fixed name, which CloudFormation can import', () => {
  const [[first], [second, table]] = [tableIn(before), tableIn(restored)];
  expect(second).not.toBe(first);
  expect(table).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { TableName: 'trunkline-test-table-2' },
  });
});

test('functions, policies, alarms and the sidecar use it, and nothing names the one before', () => {
  const text = JSON.stringify([...restored.values()]);
  expect(text).toContain('table/trunkline-test-table-2');
  expect(text).not.toMatch(/trunkline-test-table(?!-(2|stream|throttles))/);
  for (const { Environment } of propertiesOf(restored, 'AWS::Lambda::Function'))
    expect(Environment).toMatchObject({ Variables: { TABLE_NAME: 'trunkline-test-table-2' } });
});

const copied = synthesize({ bucketSuffix: '2' });
const bucketsIn = (templates: typeof before) =>
  new Map(
    ofType(templates.get('data')!, 'AWS::S3::Bucket').map(([id, { Properties }]) => [
      id,
      JSON.stringify(Properties?.['BucketName']),
    ]),
  );

test('buckets with versions have another name, as other resources; the others stay', () => {
  const [first, second] = [bucketsIn(before), bucketsIn(copied)];
  const added = [...second].filter(([id]) => !first.has(id)).map(([, name]) => /test-\w+(-2)?-/.exec(name)?.[0]);
  expect(added.toSorted()).toEqual(['test-archives-2-', 'test-files-2-', 'test-voicemail-2-']);
  expect([...first.keys()].filter((id) => second.has(id))).toHaveLength(first.size - 3);
});

test('functions and their policies use the buckets of the suffix, and nothing names those before', () => {
  const text = JSON.stringify([...copied.values()]);
  expect(text).toContain('trunkline-test-files-2-');
  expect(text).not.toMatch(/trunkline-test-(files|voicemail|archives)-[^a-z0-9]/);
});

test('a suffix for which names of buckets have no room is rejected', () => {
  expect(() => synthesize({ bucketSuffix: 'The second' })).toThrow('bucketSuffix must match');
  expect(() => synthesize({ stage: 'abcdefghijklmn', bucketSuffix: '2' })).toThrow('has room for 0 characters');
});

test('a name that DynamoDB does not allow is rejected', () => {
  expect(() => synthesize({ tableName: 'the table' })).toThrow('tableName must match');
});

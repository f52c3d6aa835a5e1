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

test('a name that DynamoDB does not allow is rejected', () => {
  expect(() => synthesize({ tableName: 'the table' })).toThrow('tableName must match');
});

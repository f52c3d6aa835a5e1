import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsCall, type AwsAnswer, type AwsService, type Parameters } from './aws-call.ts';
import type { TableStore } from './dynamodb.ts';
import { resources, sharedTables, table } from './endpoint-fixture.ts';
import { startReads } from './reads.ts';
import { resourceNames } from './requests.ts';

const TableName = 'toy-table';
const names = resourceNames(resources);
let store: TableStore;
let reads: ReturnType<typeof startReads>;

/** Reads that were passed on to the store. */
const passed: string[] = [];

beforeAll(async () => {
  store = await sharedTables({ resources: [table] });
  const watched: AwsService = (call) => {
    passed.push(call.operation);
    return store.service(call);
  };
  reads = startReads({ ...store, service: watched }, names);
  // Sort keys of the index repeat, so that the table's keys decide; some are not ASCII.
  for (const [at, letter] of Array.from('abcdefghijklmnopqrstuvwxyzäöü€😀').entries())
    await store.client('DynamoDB_20120810.PutItem', {
      TableName,
      Item: {
        PK: { S: `p#${at % 2}` },
        SK: { S: letter },
        GSI1PK: { S: 'all' },
        GSI1SK: { S: String(Math.floor(at / 2)).padStart(2, '0') },
        ...(at % 3 === 0 ? { 'its own': { BOOL: true } } : {}),
      },
    });
});

afterAll(async () => {
  reads.close();
  await store.stop();
});

const headers = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};
const asking = (operation: string, parameters: Parameters): AwsCall =>
  new AwsCall(
    { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
    Buffer.from(JSON.stringify(parameters)),
  );
const query = (parameters: Parameters): AwsCall => asking('Query', { TableName, ...parameters });
const contentOf = ({ status, body }: AwsAnswer) => ({ status, content: JSON.parse(body.toString()) as unknown });

const sort = fc.constantFrom('a', 'f', 'm', 'z', 'ä', '😀', '00', '05', '09', '15', 'nothing');
const questions = fc
  .record({
    select: fc.constantFrom('COUNT', undefined),
    only: fc.boolean(),
    index: fc.boolean(),
    partition: fc.constantFrom('p#0', 'p#1', 'all', 'none'),
    range: fc.option(fc.tuple(sort, sort)),
    ascending: fc.constantFrom(true, false, undefined),
    limit: fc.integer({ min: 1, max: 35 }),
  })
  .map(({ select, only, index, partition, range, ascending, limit }): Parameters => {
    const projection = select === undefined && only;
    // DynamoDB rejects a range that ends before it begins.
    const [from, to] = (range ?? []).toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    const prefix = index ? 'GSI1' : '';
    return {
      ...(index ? { IndexName: 'GSI1' } : { ConsistentRead: true }),
      KeyConditionExpression: `#partition = :partition${range === null ? '' : ' AND #sort BETWEEN :from AND :to'}`,
      ExpressionAttributeNames: {
        '#partition': `${prefix}PK`,
        ...(range === null ? {} : { '#sort': `${prefix}SK` }),
        ...(projection ? { '#f_own': 'its own' } : {}),
      },
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ...(range === null ? {} : { ':from': { S: from }, ':to': { S: to } }),
      },
      ...(select === undefined ? {} : { Select: select }),
      ...(projection ? { ProjectionExpression: '#f_own' } : {}),
      ...(ascending === undefined ? {} : { ScanIndexForward: ascending }),
      Limit: limit,
    };
  });

test('a page or a count equals the answer of the store, with the key of its end', async () => {
  await fc.assert(
    fc.asyncProperty(questions, async (asked) => {
      passed.length = 0;
      const answer = contentOf(await reads.service(query(asked)));
      expect(passed).toEqual([]);
      expect(answer).toEqual(contentOf(await store.service(query(asked))));
    }),
    { numRuns: 500 },
  );
});

const letter = fc.constantFrom('a', 'b', 'z', 'ä', '😀', 'none');
const keyed = fc
  .record({ PK: fc.constantFrom('p#0', 'p#1', 'none'), SK: letter })
  .map(({ PK, SK }) => ({ PK: { S: PK }, SK: { S: SK } }));
const consistent = fc.constantFrom({}, { ConsistentRead: true });

test('an item, or a missing one, equals the answer of the store', async () => {
  await fc.assert(
    fc.asyncProperty(keyed, consistent, async (Key, how) => {
      passed.length = 0;
      const answer = contentOf(await reads.service(asking('GetItem', { TableName, Key, ...how })));
      expect(passed).toEqual([]);
      expect(answer).toEqual(contentOf(await store.service(asking('GetItem', { TableName, Key, ...how }))));
    }),
    { numRuns: 100 },
  );
});

test('items of several keys equal the answer of the store, in any order', async () => {
  const several = fc.uniqueArray(keyed, { minLength: 1, selector: (key) => JSON.stringify(key) });
  const inOrder = ({ status, content }: ReturnType<typeof contentOf>) => {
    const { Responses, UnprocessedKeys } = content as {
      readonly Responses: Readonly<Record<string, readonly object[]>>;
      readonly UnprocessedKeys: unknown;
    };
    return {
      status,
      UnprocessedKeys,
      items: Responses[TableName]?.map((item) => JSON.stringify(Object.entries(item).toSorted())).toSorted(),
    };
  };
  await fc.assert(
    fc.asyncProperty(several, consistent, async (Keys, how) => {
      passed.length = 0;
      const asked = { RequestItems: { [TableName]: { Keys, ...how } } };
      const answer = contentOf(await reads.service(asking('BatchGetItem', asked)));
      expect(passed).toEqual([]);
      expect(inOrder(answer)).toEqual(inOrder(contentOf(await store.service(asking('BatchGetItem', asked)))));
    }),
    { numRuns: 100 },
  );
});

test('acknowledged items are counted', async () => {
  const asked = {
    Select: 'COUNT',
    IndexName: 'GSI1',
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': 'GSI1PK' },
    ExpressionAttributeValues: { ':partition': { S: 'new' } },
    Limit: 100,
  };
  for (let stored = 1; stored <= 20; stored += 1) {
    await store.client('DynamoDB_20120810.PutItem', {
      TableName,
      Item: { PK: { S: 'new' }, SK: { S: String(stored) }, GSI1PK: { S: 'new' }, GSI1SK: { S: 'x' } },
    });
    expect(contentOf(await reads.service(query(asked))).content).toEqual({ Count: stored, ScannedCount: stored });
  }
});

test('a page ends after a megabyte, and the next one continues', async () => {
  for (const sort of ['a', 'b', 'c', 'd', 'e'])
    await store.client('DynamoDB_20120810.PutItem', {
      TableName,
      Item: { PK: { S: 'large' }, SK: { S: sort }, text: { S: 'x'.repeat(300_000) } },
    });
  const asked = {
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': 'PK' },
    ExpressionAttributeValues: { ':partition': { S: 'large' } },
    Limit: 10,
  };
  const first = contentOf(await reads.service(query(asked))).content as {
    readonly Count: number;
    readonly LastEvaluatedKey: unknown;
  };
  expect(first).toMatchObject({ Count: 4, LastEvaluatedKey: { PK: { S: 'large' }, SK: { S: 'd' } } });
  expect(
    contentOf(await reads.service(query({ ...asked, ExclusiveStartKey: first.LastEvaluatedKey }))).content,
  ).toMatchObject({ Count: 1, Items: [{ SK: { S: 'e' } }] });
});

describe('the store answers', () => {
  const key = { PK: { S: 'p#0' }, SK: { S: 'a' } };
  const batch = (Keys: readonly unknown[], more: Parameters = {}) => ({
    RequestItems: { [TableName]: { Keys, ...more } },
  });

  test.each<[string, string, Parameters]>([
    ['a part of an item', 'GetItem', { TableName, Key: key, ProjectionExpression: 'PK' }],
    ['a key without its second part', 'GetItem', { TableName, Key: { PK: key.PK } }],
    ['a key with a third part', 'GetItem', { TableName, Key: { ...key, GSI1PK: { S: 'all' } } }],
    ['a key that is empty', 'GetItem', { TableName, Key: { ...key, SK: { S: '' } } }],
    ['a key that is a number', 'GetItem', { TableName, Key: { ...key, SK: { N: '1' } } }],
    ['an item of no table', 'GetItem', { TableName: 'no-table', Key: key }],
    ['items of which a part is wanted', 'BatchGetItem', batch([key], { ProjectionExpression: 'PK' })],
    ['a key that is asked for twice', 'BatchGetItem', batch([key, key])],
    [
      'more than 100 keys',
      'BatchGetItem',
      batch(Array.from({ length: 101 }, (_, at) => ({ ...key, SK: { S: `${at}` } }))),
    ],
    ['no key', 'BatchGetItem', batch([])],
    ['two tables', 'BatchGetItem', { RequestItems: { ...batch([key]).RequestItems, 'no-table': { Keys: [key] } } }],
    ['no table', 'BatchGetItem', { RequestItems: {} }],
  ])('%s', async (_, operation, asked) => {
    passed.length = 0;
    expect(contentOf(await reads.service(asking(operation, asked)))).toEqual(
      contentOf(await store.service(asking(operation, asked))),
    );
    expect(passed).toEqual([operation]);
  });

  test('items that exceed one answer', async () => {
    const Keys = ['a', 'b', 'c', 'd', 'e'].map((SK) => ({ PK: { S: 'heavy' }, SK: { S: SK } }));
    for (const each of Keys)
      await store.client('DynamoDB_20120810.PutItem', {
        TableName,
        Item: { ...each, text: { S: 'x'.repeat(300_000) } },
      });
    passed.length = 0;
    expect((await reads.service(asking('BatchGetItem', batch(Keys)))).status).toBe(200);
    expect(passed).toEqual(['BatchGetItem']);
  });

  const plain = {
    Select: 'COUNT',
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': 'PK' },
    ExpressionAttributeValues: { ':partition': { S: 'p#0' } },
    Limit: 5,
  };

  test.each<[string, Parameters]>([
    [
      'a filter of items',
      {
        ...plain,
        Select: undefined,
        FilterExpression: 'attribute_not_exists(#without)',
        ExpressionAttributeNames: { '#partition': 'PK', '#without': 'its own' },
      },
    ],
    [
      'part of an attribute',
      {
        ...plain,
        Select: undefined,
        ProjectionExpression: '#f_a.#f_b',
        ExpressionAttributeNames: { '#partition': 'PK', '#f_a': 'a', '#f_b': 'b' },
      },
    ],
    ['a count that goes on', { ...plain, ExclusiveStartKey: { PK: { S: 'p#0' }, SK: { S: 'c' } } }],
    ['a count without a limit', { ...plain, Limit: undefined }],
    [
      'another condition',
      {
        ...plain,
        FilterExpression: 'attribute_exists(#without)',
        ExpressionAttributeNames: { '#partition': 'PK', '#without': 'its own' },
      },
    ],
    ['another index', { ...plain, IndexName: 'GSI9' }],
    ['another table', { ...plain, TableName: 'no-table' }],
    ['a key of another index', { ...plain, ExpressionAttributeNames: { '#partition': 'GSI1PK' } }],
  ])('%s', async (_, asked) => {
    passed.length = 0;
    expect(contentOf(await reads.service(query(asked)))).toEqual(contentOf(await store.service(query(asked))));
    expect(passed).toEqual(['Query']);
  });
});

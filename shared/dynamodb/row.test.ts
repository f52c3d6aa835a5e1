import { describe, expect, test } from 'vitest';
import { omit } from '../schema/omit.ts';
import { fromAttributes, keyAttributes, platformRow, row, toAttributes } from './row.ts';

type Fruit = {
  readonly id: string;
  readonly colour?: string | undefined;
  readonly weight?: number | bigint;
  readonly until?: number;
};

const fruitRow = row<'trunk', Fruit, { id: string }>('trunk', {
  schema: 2,
  sort: ({ id }) => id,
  index1: (fruit, organization) =>
    fruit.colour === undefined ? undefined : { partition: [String(organization), fruit.colour], sort: fruit.id },
  expires: ({ until }) => until,
  upgrade: (item, schema) => (schema === 1 ? { ...item, colour: 'green' } : item),
});

describe('keys', () => {
  test("of an organization's row begin with the entity and the organization", () => {
    expect(keyAttributes(fruitRow, 1001, { id: 'a' })).toEqual({ PK: { S: 'trunk#1001' }, SK: { S: 'a' } });
    const session = row<'session', { user: string; id: string }, { user: string; id: string }, { user: string }>(
      'session',
      { partition: ({ user }) => [user], sort: ({ id }) => id },
    );
    expect(keyAttributes(session, 1001, { user: 'usr_1', id: 'ses_1' })).toEqual({
      PK: { S: 'session#1001#usr_1' },
      SK: { S: 'ses_1' },
    });
  });

  test('of a platform row name no organization', () => {
    const byName = platformRow<'username', { username: string }, { username: string }, { username: string }>(
      'username',
      { partition: ({ username }) => [username], sort: () => 'username' },
    );
    const single = platformRow<'counter', { name: string }, { name: string }>('counter', { sort: ({ name }) => name });
    expect(keyAttributes(byName, 1001, { username: 'ann' })).toEqual({
      PK: { S: 'username#ann' },
      SK: { S: 'username' },
    });
    expect(keyAttributes(single, 1001, { name: 'x' })).toEqual({ PK: { S: 'counter#platform' }, SK: { S: 'x' } });
  });
});

describe('a stored item', () => {
  test('of the next form is read by the release before, which still writes the form that it had', () => {
    const before = row<'trunk', Fruit, { id: string }>('trunk', {
      schema: 3,
      written: 2,
      sort: ({ id }) => id,
      stored: (fruit) => omit(fruit, 'weight'),
      upgrade: (item, schema) => (schema < 3 ? { ...item, weight: 0 } : item),
    });
    const after = row<'trunk', Fruit, { id: string }>('trunk', { schema: 3, sort: ({ id }) => id });
    const fruit = { id: 'a', weight: 7 };
    expect(fromAttributes(before, toAttributes(after, 1001, fruit))).toEqual(fruit);
    const stored = toAttributes(before, 1001, fruit);
    expect(stored['schema']).toEqual({ N: '2' });
    expect(fromAttributes(fruitRow, stored)).toEqual({ id: 'a' });
    expect(fromAttributes(before, stored)).toEqual({ id: 'a', weight: 0 });
  });

  test('has its index keys, its schema and its expiry, and reads back without them', () => {
    const fruit = { id: 'a', colour: 'red', until: 1_800_000_000 };
    const stored = toAttributes(fruitRow, 1001, fruit);
    expect(stored).toMatchObject({
      GSI1PK: { S: 'trunk#1001#red' },
      GSI1SK: { S: 'a' },
      schema: { N: '2' },
      ttl: { N: '1800000000' },
    });
    expect(stored).not.toHaveProperty('GSI2PK');
    expect(fromAttributes(fruitRow, stored)).toEqual(fruit);
  });

  test('is only in the indexes that it has a key for', () => {
    expect(toAttributes(fruitRow, 1001, { id: 'a', colour: undefined })).toEqual({
      PK: { S: 'trunk#1001' },
      SK: { S: 'a' },
      id: { S: 'a' },
      schema: { N: '2' },
    });
  });

  test('of an older form is upgraded, and so is one that was created by single updates', () => {
    const unversioned = omit(toAttributes(fruitRow, 1001, { id: 'a' }), 'schema');
    expect(fromAttributes(fruitRow, { ...unversioned, schema: { N: '1' } })).toEqual({ id: 'a', colour: 'green' });
    expect(fromAttributes(fruitRow, unversioned)).toEqual({ id: 'a', colour: 'green' });
    expect(fromAttributes(fruitRow, { ...unversioned, schema: { N: '2' } })).toEqual({ id: 'a' });
  });

  test('of a newer form is rejected: its fields may mean something else', () => {
    const newer = { ...toAttributes(fruitRow, 1001, { id: 'a' }), schema: { N: '3' } };
    expect(() => fromAttributes(fruitRow, newer)).toThrow(
      expect.objectContaining({
        code: 'INTERNAL_ERROR',
        message: 'A stored trunk has schema 3, and this version reads up to 2: a newer version wrote it',
      }),
    );
  });

  test('keeps integers of any size exact', () => {
    const weight = 123_456_789_012_345_678_901n;
    expect(fromAttributes(fruitRow, toAttributes(fruitRow, 1001, { id: 'a', weight }))).toEqual({ id: 'a', weight });
    expect(fromAttributes(fruitRow, toAttributes(fruitRow, 1001, { id: 'a', weight: 0.25 }))).toEqual({
      id: 'a',
      weight: 0.25,
    });
  });
});

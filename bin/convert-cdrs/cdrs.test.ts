import { readFileSync } from 'node:fs';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import {
  cdrCallRow,
  cdrInTimeRow,
  cdrPartyRow,
  cdrRow,
  readCdrs,
  unratedPartitions,
} from '#functions/billing/cdr-ingest/row.ts';
import { toAttributes, type Attributes } from '#dynamodb/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { convertCdrs } from './cdrs.ts';

/** What the build of commit 66630c5 stored for four calls of the operator's organization. */
const formerItems = JSON.parse(
  readFileSync(new URL('former-items.json', import.meta.url), 'utf8'),
) as readonly Attributes[];

const running = testStore();
beforeAll(async () => {
  const { client, tableName } = running.store;
  for (const Item of formerItems) await client.send(new PutItemCommand({ TableName: tableName, Item }));
});

const table = () =>
  tableFor<'cdr' | 'cdr@GSI1' | 'cdr@GSI2' | 'cdrparty' | 'cdrparty@GSI1' | 'cdrcall' | 'cdrcall@GSI1'>(
    running.store,
    1_000,
  );
const callsOf = ({ items }: { readonly items: readonly { readonly call_id: string }[] }): string[] =>
  items.map(({ call_id }) => call_id).toSorted();
const everyCall = ['call-1', 'call-2', 'call-3', 'call-4'];

test('CDRs of the former form are found by every list, with their values', async () => {
  expect(await convertCdrs(running.store)).toEqual({ converted: formerItems.length, unchanged: 0 });

  const inTime = await table().queryIndex(cdrInTimeRow, 'GSI1', ['1000']);
  expect(callsOf(inTime)).toEqual(everyCall);
  const cdrs = await readCdrs(
    table(),
    inTime.items.map(({ id }) => id),
  );
  expect(cdrs.find(({ call_id }) => call_id === 'call-3')).toMatchObject({
    callee: '+442079460000',
    cost: '0.0040',
    user_id: 'usr_1',
    record_revision: 1,
    void: false,
    rating: { status: 'unrated', reason: 'NO_RATE', revision: 1 },
  });
  expect(callsOf(await table().queryIndex(cdrInTimeRow, 'GSI2', ['1000', ...unratedPartitions.own]))).toEqual([
    'call-3',
  ]);
});

test('pointers of the former form are found by party, by user and by call', async () => {
  const byCaller = (kind: string) => table().queryIndex(cdrPartyRow, 'GSI1', ['1000', kind, '+14155550100']);
  expect(callsOf(await byCaller('caller'))).toEqual(['call-1', 'call-3']);
  expect(callsOf(await byCaller('self'))).toEqual(['call-2']);
  expect(callsOf(await table().queryIndex(cdrCallRow, 'GSI1', ['1000', 'user', 'usr_1']))).toEqual(['call-3']);
  expect(callsOf(await table().query(cdrCallRow, { call_id: 'call-4' }))).toEqual(['call-4']);
});

test('a converted CDR is stored as the consumer stores it', async () => {
  const { client, tableName } = running.store;
  const ids = formerItems.flatMap(({ PK }) => /^cdr#1000#(.*)/.exec(PK?.S ?? '')?.[1] ?? []);
  for (const cdr of await readCdrs(table(), ids)) {
    const { PK = { S: '' }, SK = { S: '' } } = toAttributes(cdrRow, 1_000, cdr);
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { PK, SK } }));
    const { rest, ...keys } = toAttributes(cdrRow, 1_000, cdr);
    expect(Item).toMatchObject(keys);
    expect(JSON.parse(rest?.S ?? '')).toMatchObject(JSON.parse(Item?.['rest']?.S ?? ''));
  }
});

test('a repetition changes nothing', async () => {
  expect(await convertCdrs(running.store)).toEqual({ converted: 0, unchanged: formerItems.length });
});

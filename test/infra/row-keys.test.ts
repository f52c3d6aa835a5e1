import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { entities, type Entity, type Index } from '../../shared/contract/entities.ts';
import { layouts } from '../../functions/access-patterns.ts';
import { formsOf } from '../../shared/dynamodb/access-patterns/layout.ts';
import { indexPartition, partitionOf, type IndexKey } from '../../shared/dynamodb/row.ts';
import { matchesTemplate } from './key-templates.ts';

/** A row whose key functions get items as a store would pass them. */
type AnyRow = {
  readonly entity: Entity;
  readonly scope: 'organization' | 'platform';
  readonly partition?: (key: object) => readonly string[];
  readonly sort: (key: object) => string;
  readonly index1?: (item: object, organization: number) => IndexKey | undefined;
  readonly index2?: (item: object, organization: number) => IndexKey | undefined;
};

const isRow = (value: unknown): value is AnyRow =>
  typeof value === 'object' &&
  value !== null &&
  'sort' in value &&
  typeof value.sort === 'function' &&
  'entity' in value &&
  entities.some((name) => name === value.entity);

const root = new URL('../../', import.meta.url);
const files = globSync(['shared/dynamodb/rows/*.ts', 'functions/*/rows/*.ts', 'functions/*/*/row.ts'], {
  cwd: root,
}).filter((file) => !file.endsWith('.test.ts'));

const exportsOf = async (file: string): Promise<[string, unknown][]> =>
  Object.entries((await import(new URL(file, root).href)) as object);
const modules = await Promise.all(files.map(exportsOf));
const rows: readonly (readonly [string, AnyRow])[] = modules
  .flat()
  .flatMap(([name, value]) => (isRow(value) ? [[name, value] as const] : []));

/** Fields that are not ids. */
const samples: Readonly<Record<string, unknown>> = {
  org_id: 1_001,
  organization: 1_001,
  parent: 1_000,
  parent_id: 1_000,
  minute: 29_000_000,
  generation: 1,
  version: 3,
  expires_at: 1_800_000_000,
  part: 2,
  seq: 7,
  shard: 0,
  at: '2026-01-15T10:30:00.000Z',
  created_at: '2026-01-15T10:30:00.000Z',
  archived_at: '2026-01-15T10:30:00.000Z',
  received_at: '2026-01-15T10:30:00.000Z',
  start_time: '2026-01-15T10:30:00Z',
  timestamp: '2026-01-15T10:30:00.000Z',
  day: '2026-01-15',
  call_day: '2026-01-14',
  rated_day: '2026-01-16',
  period: '2026-01',
  name: 'name',
  of: 'trunks',
  type: 'policy',
  leg: 'a',
  client_id: 'svc_reports',
  alias: 'acme',
  extension: '204',
  mac_address: '00:1A:2B:3C:4D:5E',
  sip_username: 'a3b1c5d7e9f0a1b2c3d4e5',
  username: 'a3b1c5d7e9f0a1b2c3d4e5',
  ended_at: null,
  contact_key: '0123456789abcdef0123456789abcdef',
  registered_at: '2026-01-15T10:30:00.000Z',
  number: '+4610100555',
  to: '+4610100555',
  route: 'PUT /siptrunk/{id}',
  charge_shards: 1,
  kind: 'task',
  currency: 'USD',
  holder: 1_001,
  mark: '0123456789abcdef',
  hash: '0123456789abcdef',
  token_hash: '0123456789abcdef',
  hour: '2026-01-15T10',
  host: 'sip.example.com',
  claim: 1_001,
  address: '203.0.113.10',
  network: '203.0.113.0/24',
  port: 5_060,
  entity: { type: 'trunk', id: 'trunk_1' },
  resource: { type: 'trunk', id: 'trunk_1' },
  actor: { type: 'user', id: 'usr_1' },
};

/** An item with every field: a sample value, else an id. */
const item: object = new Proxy({}, { get: (_, name) => samples[String(name)] ?? `usr_${String(name)}` });

type Key = { readonly index: 'table' | Index; readonly partition: string; readonly sort: string };

const isWhereItBelongs = (entity: Entity, { index, partition, sort }: Key): boolean =>
  formsOf(layouts[entity]).some(
    (form) => form.index === index && matchesTemplate(form.partition, partition) && matchesTemplate(form.sort, sort),
  );

function keysOf(row: AnyRow): Key[] {
  const indexed = (
    [
      ['GSI1', row.index1],
      ['GSI2', row.index2],
    ] as const
  ).flatMap(([index, keyOf]) => {
    const key = keyOf?.(item, 1_001);
    return key === undefined ? [] : [{ index, partition: indexPartition(row.entity, key.partition), sort: key.sort }];
  });
  return [{ index: 'table', partition: partitionOf(row, 1_001, item), sort: row.sort(item) }, ...indexed];
}

describe('keys of rows follow the access patterns', () => {
  test('the test finds all rows', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20);
  });

  test.each(rows)('keys of the row %s match the templates of its entity', (_, row) => {
    expect(keysOf(row).filter((key) => !isWhereItBelongs(row.entity, key))).toEqual([]);
  });
});

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPages } from '#dynamodb/page.ts';
import { numberIdRow, numberRow } from '#dynamodb/rows/number.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { checkReadCondition, overwrite, remove } from '#dynamodb/write.ts';
import { notFound } from '#errors.ts';
import { simRow } from '../../telephony/mobile/row.ts';
import type { LastTest } from './connection-test.ts';
import type { dataConnectors } from './contract.ts';
import {
  connectorErrors,
  foldedName,
  type ConnectorItem,
  type DataConnector,
  type ItemType,
} from './data-connector.ts';
import { connectorCount, connectorNameRow, connectorRow, connectorTestRow } from './row.ts';

/** Connectors of an organization. */
const maxConnectors = 50;

type Reads = Table<ReadName<EffectOf<typeof dataConnectors>>>;

/** A connector, and its last test. */
export type ReadConnector = { readonly connector: DataConnector; readonly last: LastTest | undefined };

/** Both are read together with the session. */
export const prefetch = prefetchByPathId(connectorRow, connectorTestRow);

async function readSlice(table: Reads, range: Range) {
  const slice = await table.query(connectorRow, {}, range);
  const tests = await table.getAll(
    connectorTestRow,
    slice.items.map(({ id }) => ({ id })),
  );
  return { ...slice, items: slice.items.map((connector, at): ReadConnector => ({ connector, last: tests[at] })) };
}

/** The ids, of some of one type, that the organization has. */
const existing: Readonly<Record<ItemType, (table: Reads, ids: readonly string[]) => Promise<readonly string[]>>> = {
  user: async (table, ids) => idsOf(await table.getAll(userRow, keysOf(ids))),
  sim: async (table, ids) => idsOf(await table.getAll(simRow, keysOf(ids))),
  trunk: async (table, ids) => idsOf(await table.getAll(trunkRow, keysOf(ids))),
  number: async (table, ids) => {
    const named = (await table.getAll(numberIdRow, keysOf(ids))).filter((each) => each !== undefined);
    const numbers = await table.getAll(numberRow, named);
    return idsOf(numbers.filter((each) => each?.org_id === table.organization && each.state === 'active'));
  },
};

const keysOf = (ids: readonly string[]) => ids.map((id) => ({ id }));
const idsOf = (items: readonly ({ readonly id: string } | undefined)[]): string[] =>
  items.flatMap((item) => (item === undefined ? [] : [item.id]));

export const connectorStore = (table: Reads) => ({
  get: async (id: string): Promise<ReadConnector | undefined> => {
    const [connector, last] = await Promise.all([table.get(connectorRow, { id }), table.get(connectorTestRow, { id })]);
    return connector === undefined ? undefined : { connector, last };
  },
  page: readPages((range) => readSlice(table, range)),
  /** Which of the items the organization has. */
  existing: async (items: readonly ConnectorItem[]): Promise<(item: ConnectorItem) => boolean> => {
    const types = [...new Set(items.map(({ type }) => type))];
    const found = await Promise.all(
      types.map(async (type) => {
        const ids = items.filter((item) => item.type === type).map(({ id }) => id);
        return (await existing[type](table, ids)).map((id) => `${type}/${id}`);
      }),
    );
    const known = new Set(found.flat());
    return ({ type, id }) => known.has(`${type}/${id}`);
  },
});

const names = uniqueValues(connectorNameRow, {
  markerOf: (connector: DataConnector) => ({ name: foldedName(connector), owner: connector.id }),
  taken: connectorErrors.CONNECTOR_NAME_EXISTS,
  message: ({ name }) => `A data connector named ${name} exists`,
});

export const connectorWrites = composeWrites(
  itemWrites(connectorRow),
  names.writes,
  (before: DataConnector | undefined, after: DataConnector | undefined) =>
    before === undefined || after !== undefined ? [] : [remove(connectorTestRow, before)],
  countWrites(connectorCount, maxConnectors),
);

/** The outcome of a test, unless the connector was deleted: nothing here makes the test run again. */
export const testWrites = (last: LastTest) => [
  overwrite(connectorTestRow, last),
  checkReadCondition(connectorRow, { id: last.id }, { expression: 'attribute_exists(PK)' }, notFound('Data connector')),
];

import { countRow } from '#dynamodb/rows/count.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { CascadeStep, CascadeSteps } from '#runtime/cascade.ts';
import type { dataConnectors } from './contract.ts';
import { foldedName, unlinkItem, type ItemType } from './data-connector.ts';
import { loggedFields } from './presented-connector.ts';
import { connectorCount, connectorNameRow, connectorRow, connectorTestRow } from './row.ts';

type Effects = CascadeEffect<typeof dataConnectors>;

/** Connectors of a slice that are written: with 1,000 items each has up to 350 KB, a transaction 4 MB. */
const writtenAtOnce = 8;
const deletedAtOnce = 25;

/** Removes what was deleted from the connectors that link it. An organization has 50 connectors at most. */
const unlink =
  (type: ItemType): CascadeStep<Effects> =>
  async (id, { table, now, record }) => {
    const connectors = await readToEnd((after) => table.query(connectorRow, {}, after));
    const linking = connectors.filter(({ items }) => items.some((item) => item.type === type && item.id === id));
    return linking.slice(0, writtenAtOnce).flatMap((before) => {
      const after = unlinkItem(before, type, id, now.toISOString());
      return [
        replace(connectorRow, after, before),
        record('dataconnector.updated', {
          entity: { type: 'dataconnector', id: after.id },
          description: `Data connector ${after.name}: ${type} ${id} was deleted and is no longer linked`,
          before: loggedFields(before),
          after: loggedFields(after),
        }),
      ];
    });
  };

export const cascade: CascadeSteps<typeof dataConnectors> = {
  'user.deleted': [unlink('user')],
  'number.released': [unlink('number')],
  'sim.deleted': [unlink('sim')],
  'trunk.deleted': [unlink('trunk')],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(connectorRow, {}, { limit: deletedAtOnce });
      if (items.length === 0) return [];
      return [
        ...items.flatMap((connector) => [
          remove(connectorRow, connector),
          remove(connectorNameRow, { name: foldedName(connector) }),
          remove(connectorTestRow, connector),
        ]),
        remove(countRow, { of: connectorCount }),
      ];
    },
  ],
};

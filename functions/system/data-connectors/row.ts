import { row } from '#dynamodb/row.ts';
import type { LastTest } from './connection-test.ts';
import type { DataConnector } from './data-connector.ts';

/** `dataconnector#1001`, newest first by id; at most 50. With its items it has up to 350 KB. */
export const connectorRow = row<'dataconnector', DataConnector, { id: string }>('dataconnector', {
  sort: ({ id }) => id,
});

/** `dataconnector-name#1001`, by the name in lower case. */
export const connectorNameRow = row<'dataconnector-name', { name: string; owner: string }, { name: string }>(
  'dataconnector-name',
  { sort: ({ name }) => name },
);

/** `dataconnector-test#1001`, by the connector: an item of its own, so that a test changes no version. */
export const connectorTestRow = row<'dataconnector-test', LastTest, { id: string }>('dataconnector-test', {
  sort: ({ id }) => id,
});

/** Connectors are counted in the transactions that create and delete them. */
export const connectorCount = 'data connectors';

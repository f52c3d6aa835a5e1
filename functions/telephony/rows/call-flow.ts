import { compressText, decompressText } from '#dynamodb/compression.ts';
import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import type { CallFlow, FlowHead } from '../schema/call-flow.ts';

type Id = { readonly id: string };
type VersionKey = Id & { readonly version: number };

/** `callflow#1001`: what lists show of the flows of an organization, newest first by id. */
export const callFlowRow = row<'callflow', FlowHead, Id>('callflow', { sort: ({ id }) => id });

/** `callflow-name#1001`, by the name in lower case. */
export const callFlowNameRow = row<'callflow-name', { name: string; owner: string }, { name: string }>(
  'callflow-name',
  { sort: ({ name }) => name },
);

/** `callflow-version#1001#<id>`: one version, whole. Calls in progress walk the version that they began with. */
export const callFlowVersionRow = row<'callflow-version', CallFlow, VersionKey, Id>('callflow-version', {
  partition: ({ id }) => [id],
  sort: ({ version }) => String(version).padStart(9, '0'),
  stored: ({ id, version, ...flow }) => ({ id, version, flow: compressText(JSON.stringify(flow)) }),
  restored: ({ flow, ...key }) =>
    // The text was written from a flow.
    ({ ...key, ...(flow instanceof Uint8Array ? (JSON.parse(decompressText(flow)) as object) : {}) }) as CallFlow,
});

/** Versions of a flow that are kept, the current one included. */
export const keptVersions = 50;

/** Names are unique in any case. */
export const foldedFlowName = ({ name }: Pick<FlowHead, 'name'>): string => name.toLowerCase();

/**
 * A flow, or one of its kept versions.
 * @param version undefined: the current one
 */
export async function readCallFlow(
  table: Pick<Table<'callflow' | 'callflow-version'>, 'get'>,
  id: string,
  version?: number,
): Promise<CallFlow | undefined> {
  const current = version ?? (await table.get(callFlowRow, { id }))?.version;
  return current === undefined ? undefined : table.get(callFlowVersionRow, { id, version: current });
}

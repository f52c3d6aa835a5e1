import type { StoredItem } from '#dynamodb/rows/stored-rows.ts';
import type { Table } from '#dynamodb/table.ts';
import type { ErrorDetail } from '#errors.ts';
import { BlockedCaller } from '#telephony/blocked-caller.ts';
import { callFlowRow } from '../rows/call-flow.ts';

/** Violations by the call flow that an entry names. */
export async function blockViolations(
  item: StoredItem,
  table: Pick<Table<'callflow'>, 'get'>,
): Promise<readonly ErrorDetail[]> {
  const { action } = BlockedCaller.parse(item);
  if (typeof action === 'string') return [];
  const flow = await table.get(callFlowRow, { id: action.flow });
  return flow === undefined ? [{ path: 'action.flow', message: 'is no call flow of the organization' }] : [];
}

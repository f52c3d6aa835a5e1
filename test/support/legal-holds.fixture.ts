import { commit } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { RecordClass, RecordFilter } from '#schema/record-class.ts';
import { NewLegalHold, placeHold, releaseHold } from '#functions/system/legal-holds/legal-hold.ts';
import { legalHoldStore, releaseWrites, saveWrites } from '#functions/system/legal-holds/store.ts';

let holds = 0;
const now = '2026-01-31T12:00:00.000Z';

/** Places a hold, as the API does. @returns what releases it */
export async function hold(
  store: Store,
  organization: number,
  classes: readonly RecordClass[],
  filter: RecordFilter = {},
): Promise<() => Promise<void>> {
  holds += 1;
  const heads = legalHoldStore(tableFor(store, organization)).heads;
  const wanted = NewLegalHold.parse({ name: `Hold ${holds}`, reason: 'Test', classes, filter });
  const placed = placeHold(wanted, { id: `hold_${holds}`, by: 'usr_1', now });
  await commit(store, organization, saveWrites(undefined, placed, await heads()));
  return async () => {
    const released = releaseHold(placed, { by: 'usr_1', reason: 'Test', now });
    await commit(store, organization, releaseWrites(placed, released, await heads()));
  };
}

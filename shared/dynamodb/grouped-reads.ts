import { newBatcher } from '../concurrency/batcher.ts';
import type { ReadItems, Store } from './client.ts';
import type { Attributes } from './row.ts';
import { readTogether } from './table.ts';

/** Keys of a BatchGetItem at most. */
const maxKeys = 100;

/** Concurrent round trips. */
const concurrency = 8;

/**
 * A store that reads items of several readers in one round trip: what is asked for in the same turn of the event loop,
 * or while a round trip is in progress, is read together, and an item that several ask for is read once. Each read
 * begins after it was asked for, so it is as consistent as a read of its own. For a process that serves many callers at
 * a time, such as the sidecar: half of the CPU time of a call is the SDK's, per round trip.
 */
export function withGroupedReads(store: Store): Store {
  const readTurn = newBatcher<readonly Attributes[], ReadonlyMap<string, Attributes>>(
    async (requests) => {
      const found = await readTogether(store, requests.flat());
      return requests.map(() => found);
    },
    { max: maxKeys, concurrency, sizeOf: (keys) => keys.length },
  );
  let turn: { readonly keys: Attributes[]; readonly found: ReturnType<ReadItems> } | undefined;
  const beginTurn = () => {
    const keys: Attributes[] = [];
    const found = Promise.resolve().then(() => {
      turn = undefined;
      return readTurn(keys);
    });
    return { keys, found };
  };
  return {
    ...store,
    readItems: (keys) => {
      turn ??= beginTurn();
      turn.keys.push(...keys);
      return turn.found;
    },
  };
}

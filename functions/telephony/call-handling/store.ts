import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { callHandlingRow } from '../rows/call-handling.ts';
import type { callHandling } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof callHandling>>>;

export const callHandlingStore = (table: Reads) => ({
  user: (id: string) => table.get(userRow, { id }),
  get: (user: string) => table.get(callHandlingRow, { user_id: user }),
});

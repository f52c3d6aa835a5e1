import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { sequences } from './contract.ts';
import { sequenceRow } from './row.ts';

/** Sequences in one slice. */
const limit = 90;

export const cascade: CascadeSteps<typeof sequences> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.query(sequenceRow, {}, { limit })).items.map((item) => remove(sequenceRow, item)),
  ],
};

import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { smsOptOuts } from './contract.ts';
import { optOutRow } from './row.ts';

/** Opt-outs in one slice. */
const limit = 90;

export const cascade: CascadeSteps<typeof smsOptOuts> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.query(optOutRow, {}, { limit })).items.map((item) => remove(optOutRow, item)),
  ],
};

import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { emailSuppressions } from './contract.ts';
import { emailSuppressionRow } from './row.ts';

/** Addresses in one slice. */
const limit = 90;

export const cascade: CascadeSteps<typeof emailSuppressions> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.query(emailSuppressionRow, {}, { limit })).items.map((item) => remove(emailSuppressionRow, item)),
  ],
};

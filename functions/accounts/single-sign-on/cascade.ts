import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { singleSignOn } from './contract.ts';
import { clientSecretRow, setUpRow } from './row.ts';

export const cascade: CascadeSteps<typeof singleSignOn> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.get(setUpRow, {})) === undefined
        ? []
        : [remove(setUpRow, {}), remove(clientSecretRow, { resource: 'salesforce' })],
  ],
};

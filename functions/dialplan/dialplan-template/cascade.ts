import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { dialplanTemplate } from './contract.ts';
import { templateRow } from '../rows/dialplan-template.ts';

export const cascade: CascadeSteps<typeof dialplanTemplate> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.get(templateRow, {})) === undefined ? [] : [remove(templateRow, {})],
  ],
};

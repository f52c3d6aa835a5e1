import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { dialplanPolicies } from './contract.ts';
import { policyNameRow, policyRow } from '../rows/policy.ts';

export const cascade: CascadeSteps<typeof dialplanPolicies> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(policyRow, {}, { limit: 40 });
      return items.flatMap((policy) => [
        remove(policyRow, policy),
        remove(policyNameRow, { name: policy.name.toLowerCase() }),
      ]);
    },
  ],
};

import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import { emailSuppressionRow } from './row.ts';
import { strikeAddress } from './suppression.ts';

/** Only reports of the provider suppress an address, so it is stored. @returns the address */
async function newSuppression({ organization, mark, unique, store }: ExampleTenant): Promise<string> {
  const address = `${mark}-${unique()}@example.com`.toLowerCase();
  const report = { strike: 'complaint', now: new Date() } as const;
  await commit(store, organization, [create(emailSuppressionRow, strikeAddress(address, undefined, report))]);
  return address;
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /emailsuppressions': {
    prepare: async (tenant) => {
      await newSuppression(tenant);
      await newSuppression(tenant);
      return { query: { reason: 'complaint', limit: '1' } };
    },
  },
  'DELETE /emailsuppressions/{address}': {
    prepare: async (tenant) => ({ params: { address: await newSuppression(tenant) } }),
  },
};

import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a sequence. @returns its name */
async function newSequence(tenant: ExampleTenant): Promise<string> {
  const name = `${tenant.mark}-${tenant.unique()}`.toLowerCase();
  await tenant.call('PUT', `/sequence/${name}`, examples.createSequence);
  return name;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /sequence/{name}': { prepare: async (tenant) => ({ params: { name: await newSequence(tenant) } }) },
  'PUT /sequence/{name}': {
    prepare: (tenant) => ({
      params: { name: `${tenant.mark}-${tenant.unique()}`.toLowerCase() },
      body: examples.createSequence,
    }),
  },
  'POST /sequence/{name}': {
    prepare: async (tenant) => ({ params: { name: await newSequence(tenant) }, body: examples.takeSequenceBlock }),
  },
  'DELETE /sequence/{name}': { prepare: async (tenant) => ({ params: { name: await newSequence(tenant) } }) },
};

import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const policyBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveArchivingPolicy,
  name: `${mark} ${unique()}`,
});

/** Creates a policy. @returns its id */
const newPolicy = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/archiving/policies/new', policyBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /archiving/policies': {
    prepare: async (tenant) => {
      await newPolicy(tenant);
      await newPolicy(tenant);
      return { query: { limit: '1', class: 'sms' } };
    },
  },
  'GET /archiving/policies/{id}': { prepare: async (tenant) => ({ params: { id: await newPolicy(tenant) } }) },
  'PUT /archiving/policies/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: policyBody(tenant) }) },
  'DELETE /archiving/policies/{id}': { prepare: async (tenant) => ({ params: { id: await newPolicy(tenant) } }) },
};

import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A policy with a unique name that decides every call to a toll-free number. */
export const policyBody = ({ mark, unique }: ExampleTenant) => ({
  name: `${mark} ${unique()}`,
  description: mark,
  conditions: { pattern: '^1800[0-9]{7}$' },
  actions: { allow: true, gateway: 'pstn' },
});

/** @returns the id of a new policy */
export const newPolicy = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/dialplan/policy', policyBody(tenant)), 'policy', 'id');

/** @returns the id of a policy at version 2 */
export async function changedPolicy(tenant: ExampleTenant): Promise<string> {
  const id = await newPolicy(tenant);
  await tenant.call('POST', '/dialplan/policy', { ...examples.updatePolicy, id });
  return id;
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/policies': {
    prepare: async (tenant) => ({ query: { limit: '1', status: (await newPolicy(tenant), 'draft') } }),
  },
  'GET /dialplan/policy': {
    prepare: async (tenant) => ({ query: { id: await newPolicy(tenant), include_history: 'true' } }),
  },
  'PUT /dialplan/policy': {
    prepare: ({ mark, unique }) => ({
      body: { ...examples.createPolicy, name: `${mark} ${unique()}`, description: mark },
    }),
  },
  'POST /dialplan/policy': {
    prepare: async (tenant) => ({ body: { ...examples.updatePolicy, id: await newPolicy(tenant) } }),
  },
  'DELETE /dialplan/policy': { prepare: async (tenant) => ({ query: { id: await newPolicy(tenant) } }) },
  'POST /dialplan/policy/restore': {
    prepare: async (tenant) => ({ body: { ...examples.restorePolicy, id: await changedPolicy(tenant), version: 1 } }),
  },
};

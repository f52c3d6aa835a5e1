import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from '../call-flows/examples.ts';

/** Creates a flow. @returns its id */
const newFlow = async (tenant: ExampleTenant): Promise<string> => {
  const body = { ...examples.saveCallFlow, name: `${tenant.mark} ${tenant.unique()}` };
  return textAt(await tenant.call('PUT', '/callflows/new', body), 'data', 'id');
};

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /users/{id}/dependents': {
    prepare: async ({ people, organization }) => ({
      params: { id: (await people.employed(organization, 'viewer')).user.id },
    }),
  },
  'GET /callflows/{id}/dependents': { prepare: async (tenant) => ({ params: { id: await newFlow(tenant) } }) },
};

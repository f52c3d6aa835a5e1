import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const userId = async ({ people, organization }: ExampleTenant): Promise<string> =>
  (await people.employed(organization, 'viewer')).user.id;

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /users/{id}/callhandling': { prepare: async (tenant) => ({ params: { id: await userId(tenant) } }) },
  'PUT /users/{id}/callhandling': {
    prepare: async (tenant) => ({ params: { id: await userId(tenant) }, body: examples.setCallHandling }),
  },
};

import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from '../call-flows/examples.ts';
import { ringGroup } from '../ring-groups/contract.ts';
import { schedule } from '../schedules/contract.ts';

/** Creates a resource under a name of its own. @returns its id */
const newOne = async (tenant: ExampleTenant, path: string, body: object): Promise<string> =>
  textAt(await tenant.call('PUT', path, { ...body, name: `${tenant.mark} ${tenant.unique()}` }), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /users/{id}/dependents': {
    prepare: async ({ people, organization }) => ({
      params: { id: (await people.employed(organization, 'viewer')).user.id },
    }),
  },
  'GET /ringgroups/{id}/dependents': {
    prepare: async (tenant) => ({ params: { id: await newOne(tenant, '/ringgroups/new', ringGroup.example) } }),
  },
  'GET /schedules/{id}/dependents': {
    prepare: async (tenant) => ({ params: { id: await newOne(tenant, '/schedules/new', schedule.example) } }),
  },
  'GET /callflows/{id}/dependents': {
    prepare: async (tenant) => ({
      params: { id: await newOne(tenant, '/callflows/new', examples.saveCallFlow) },
    }),
  },
};

import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const dropBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.saveVoicemailDrop, name: `${mark} ${unique()}` });

/** Creates a drop. @returns its id */
const newDrop = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/voicemaildrop/new', dropBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemaildrop': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: (await newDrop(tenant), '1') } }),
  },
  'GET /voicemaildrop/{id}': { prepare: async (tenant) => ({ params: { id: await newDrop(tenant) } }) },
  'PUT /voicemaildrop/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: dropBody(tenant) }) },
  'DELETE /voicemaildrop/{id}': { prepare: async (tenant) => ({ params: { id: await newDrop(tenant) } }) },
};

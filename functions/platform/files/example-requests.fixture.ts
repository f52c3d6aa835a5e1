import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const fileBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.putFile, name: `${mark} ${unique()}` });

/** Creates a file that waits for its upload. @returns its id */
const newFile = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/files/new', fileBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /files': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: '1', kind: (await newFile(tenant), 'greeting') } }),
  },
  'GET /files/{id}': { prepare: async (tenant) => ({ params: { id: await newFile(tenant) } }) },
  'PUT /files/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: fileBody(tenant) }) },
  'DELETE /files/{id}': { prepare: async (tenant) => ({ params: { id: await newFile(tenant) } }) },
};

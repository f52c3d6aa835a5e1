import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a phone line. @returns its user name */
export const newPhone = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('POST', '/Phones', examples.createPhone), 'username');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /Phones': { prepare: async (tenant) => ({ query: { limit: (await newPhone(tenant), '1') } }) },
  'GET /Phones/{username}': { prepare: async (tenant) => ({ params: { username: await newPhone(tenant) } }) },
  'POST /Phones': { prepare: async () => ({ body: examples.createPhone }) },
  'DELETE /Phones/{username}': { prepare: async (tenant) => ({ params: { username: await newPhone(tenant) } }) },
};

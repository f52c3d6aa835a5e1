import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a serial number. @returns its name */
async function newSerial(tenant: ExampleTenant): Promise<string> {
  const name = tenant.unique();
  await tenant.call('PUT', `/serial/${name}`, examples.createSerial);
  return name;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /serial/{name}': { prepare: (tenant) => ({ params: { name: tenant.unique() }, body: examples.createSerial }) },
  'POST /serial/{name}': { prepare: async (tenant) => ({ params: { name: await newSerial(tenant) } }) },
};

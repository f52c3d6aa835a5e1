import { randomInt } from 'node:crypto';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A Swedish number that no telephone has. */
const newE164 = (): string => `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
const origin = { country: 'SE', type: 'geographic' } as const;

/** Assigns a number to the tenant's organization. @returns its id */
const newNumber = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', `/numbers/${newE164()}`, { ...origin, label: tenant.mark }), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /numbers/search': {
    prepare: async (tenant) => ({
      body: { country: examples.searchNumbers.country, limit: 1, type: (await newNumber(tenant), 'geographic') },
    }),
  },
  'GET /numbers/{id}': { prepare: async (tenant) => ({ params: { id: await newNumber(tenant) } }) },
  'PUT /numbers/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newNumber(tenant) },
      body: { ...examples.activateNumber, label: tenant.mark },
    }),
  },
  'POST /numbers/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newNumber(tenant) },
      body: { ...examples.updateNumber, label: tenant.mark },
    }),
  },
  'DELETE /numbers/{id}': { prepare: async (tenant) => ({ params: { id: await newNumber(tenant) } }) },
  'GET /numbers/{id}/channels': { prepare: async (tenant) => ({ params: { id: await newNumber(tenant) } }) },
  'PUT /numbers/{id}/channels': {
    prepare: async (tenant) => ({ params: { id: await newNumber(tenant) }, body: examples.setNumberChannels }),
  },
};

import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const tariffBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveTariff,
  name: `${mark} ${unique()}`,
  description: mark,
});

/** @returns the id of a new tariff with a rate for calls to +1 */
export const newTariff = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/tariffs/new', tariffBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /tariffs': {
    prepare: async (tenant) => {
      await newTariff(tenant);
      return { query: { limit: '1', q: tenant.mark } };
    },
  },
  'GET /tariffs/{id}': {
    prepare: async (tenant) => ({ params: { id: await newTariff(tenant) }, query: { limit: '1' } }),
  },
  'DELETE /tariffs/{id}': { prepare: async (tenant) => ({ params: { id: await newTariff(tenant) } }) },
  'POST /tariffs/{id}/rates': {
    prepare: async (tenant) => ({ params: { id: await newTariff(tenant) }, body: examples.changeTariffRates }),
  },
  'PUT /tariffs/{id}': {
    prepare: async (tenant) => ({ params: { id: await newTariff(tenant) }, body: tariffBody(tenant) }),
  },
};

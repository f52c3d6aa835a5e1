import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const templateBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveEmailTemplate,
  name: `t${unique()}`.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-'),
  description: mark,
});

/** @returns the id of a new template */
const newTemplate = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/emailtemplates/new', templateBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /emailtemplates': {
    prepare: async (tenant) => {
      await newTemplate(tenant);
      return { query: { q: 't', limit: '1' } };
    },
  },
  'GET /emailtemplates/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newTemplate(tenant) },
      query: { preview: JSON.stringify({ order: { number: 1, items: [{ count: 2, name: 'pen' }] } }) },
    }),
  },
  'PUT /emailtemplates/{id}': {
    prepare: (tenant) => ({ params: { id: 'new' }, body: templateBody(tenant) }),
    // A template belongs to no user, so that a scope for own records makes none.
    cells: { agent: '403' },
  },
  'DELETE /emailtemplates/{id}': { prepare: async (tenant) => ({ params: { id: await newTemplate(tenant) } }) },
};

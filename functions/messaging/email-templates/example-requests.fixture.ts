import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const templateBody = ({ mark, unique }: Place) => ({
  ...examples.saveEmailTemplate,
  name: `t${unique()}`.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-'),
  description: mark,
});

/** @returns the id of a new template */
const newTemplate = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/emailtemplates/new', templateBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /emailtemplates': {
    ask: async (place) => {
      await newTemplate(place);
      return { query: { q: 't', limit: '1' } };
    },
  },
  'GET /emailtemplates/{id}': {
    ask: async (place) => ({
      params: { id: await newTemplate(place) },
      query: { preview: JSON.stringify({ order: { number: 1, items: [{ count: 2, name: 'pen' }] } }) },
    }),
  },
  'PUT /emailtemplates/{id}': {
    ask: (place) => ({ params: { id: 'new' }, body: templateBody(place) }),
    // A template belongs to no user, so that a scope for own records makes none.
    cells: { agent: '403' },
  },
  'DELETE /emailtemplates/{id}': { ask: async (place) => ({ params: { id: await newTemplate(place) } }) },
};

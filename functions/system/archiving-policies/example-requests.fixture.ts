import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const policyBody = ({ mark, unique }: Place) => ({ ...examples.saveArchivingPolicy, name: `${mark} ${unique()}` });

/** Creates a policy. @returns its id */
const newPolicy = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/archiving/policies/new', policyBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /archiving/policies': {
    ask: async (place) => {
      await newPolicy(place);
      await newPolicy(place);
      return { query: { limit: '1', class: 'sms' } };
    },
  },
  'GET /archiving/policies/{id}': { ask: async (place) => ({ params: { id: await newPolicy(place) } }) },
  'PUT /archiving/policies/{id}': { ask: (place) => ({ params: { id: 'new' }, body: policyBody(place) }) },
  'DELETE /archiving/policies/{id}': { ask: async (place) => ({ params: { id: await newPolicy(place) } }) },
};

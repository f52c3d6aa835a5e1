import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const tariffBody = ({ mark, unique }: Place) => ({
  ...examples.saveTariff,
  name: `${mark} ${unique()}`,
  description: mark,
});

/** @returns the id of a new tariff with a rate for calls to +1 */
export const newTariff = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/tariffs/new', tariffBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /tariffs': {
    ask: async (place) => {
      await newTariff(place);
      return { query: { limit: '1', q: place.mark } };
    },
  },
  'GET /tariffs/{id}': { ask: async (place) => ({ params: { id: await newTariff(place) }, query: { limit: '1' } }) },
  'DELETE /tariffs/{id}': { ask: async (place) => ({ params: { id: await newTariff(place) } }) },
  'PUT /tariffs/{id}': {
    ask: async (place) => ({ params: { id: await newTariff(place) }, body: tariffBody(place) }),
  },
};

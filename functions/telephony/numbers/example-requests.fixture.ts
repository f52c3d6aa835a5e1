import { randomInt } from 'node:crypto';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A Swedish number that no telephone has. */
const newE164 = (): string => `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
const origin = { country: 'SE', type: 'geographic' } as const;

/** Assigns a number to the place's organization. @returns its id */
const newNumber = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', `/numbers/${newE164()}`, { ...origin, label: place.mark }), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /numbers/search': {
    ask: async (place) => ({
      body: { country: examples.searchNumbers.country, limit: 1, type: (await newNumber(place), 'geographic') },
    }),
  },
  'GET /numbers/{id}': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'PUT /numbers/{id}': {
    ask: async (place) => ({
      params: { id: await newNumber(place) },
      body: { ...examples.activateNumber, label: place.mark },
    }),
  },
  'POST /numbers/{id}': {
    ask: async (place) => ({
      params: { id: await newNumber(place) },
      body: { ...examples.updateNumber, label: place.mark },
    }),
  },
  'DELETE /numbers/{id}': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'GET /numbers/{id}/channels': { ask: async (place) => ({ params: { id: await newNumber(place) } }) },
  'PUT /numbers/{id}/channels': {
    ask: async (place) => ({ params: { id: await newNumber(place) }, body: examples.setNumberChannels }),
  },
};

import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a phone line. @returns its user name */
export const newPhone = async (place: Place): Promise<string> =>
  textAt(await place.call('POST', '/Phones', examples.createPhone), 'username');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /Phones': { ask: async (place) => ({ query: { limit: (await newPhone(place), '1') } }) },
  'GET /Phones/{username}': { ask: async (place) => ({ params: { username: await newPhone(place) } }) },
  'POST /Phones': { ask: async () => ({ body: examples.createPhone }) },
  'DELETE /Phones/{username}': { ask: async (place) => ({ params: { username: await newPhone(place) } }) },
};

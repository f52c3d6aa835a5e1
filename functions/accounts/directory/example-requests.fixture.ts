import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

const contactBody = ({ mark, unique }: Place) => ({
  displayName: mark,
  email: `${unique()}@example.com`,
  directNumber: '+4610100555',
  department: mark,
});

/** A new contact. @returns its id */
const newContact = async (place: Place): Promise<string> =>
  textAt(await place.call('POST', '/clientdirectory/new', contactBody(place)), 'data', 'userId');

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /clientdirectory': {
    ask: async (place) => ({ query: { limit: '1', number: (await newContact(place), '+4610100555') } }),
  },
  'GET /clientdirectory/{entity}': { ask: async (place) => ({ params: { entity: (await newMember(place)).user.id } }) },
  'PUT /clientdirectory/{entity}': {
    ask: async (place) => ({
      params: { entity: await newContact(place) },
      body: { department: place.mark, contactInfo: { workPhone: '+4610100556' } },
    }),
  },
  'POST /clientdirectory/{entity}': {
    ask: (place) => ({ params: { entity: 'new' }, body: contactBody(place) }),
  },
  'DELETE /clientdirectory/{entity}': { ask: async (place) => ({ params: { entity: await newContact(place) } }) },
};

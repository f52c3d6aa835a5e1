import type { Member } from '#test/system/people.ts';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** A new access key of a user, with all of the user's scopes. @returns its id */
export const newAccessKey = async (place: Place, owner: Member): Promise<string> =>
  textAt(await (await place.callAs(owner))('PUT', '/accesskeys', { name: place.unique(), detail: place.mark }), 'id');

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /accesskeys': {
    ask: async (place) => {
      const owner = await newMember(place);
      await newAccessKey(place, owner);
      await newAccessKey(place, owner);
      return { query: { limit: '1' }, owner };
    },
  },
  'PUT /accesskeys': {
    // Keys belong to the caller's own organization.
    cells: { operator: 'rule' },
    ask: async (place) => ({
      body: { ...examples.createAccessKey, name: place.unique(), scopes: [] },
      owner: await newMember(place),
    }),
  },
  'DELETE /accesskeys/{id}': {
    ask: async (place) => {
      const owner = await newMember(place);
      return { params: { id: await newAccessKey(place, owner) }, owner };
    },
  },
  'POST /accesskeys/{id}/rotate': {
    ask: async (place) => {
      const owner = await newMember(place);
      return { params: { id: await newAccessKey(place, owner) }, body: { overlap_hours: 0 }, owner };
    },
  },
};

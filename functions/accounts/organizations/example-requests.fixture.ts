import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A body without an administrator, whose password would have to be hashed. */
export const organizationBody = ({ unique }: Place) => ({
  name: unique(),
  country: examples.createOrganization.country,
  timezone: examples.createOrganization.timezone,
});

/** A new organization that buys from the place's. @returns its id */
export const newOrganization = async (place: Place): Promise<string> => {
  const body = { ...organizationBody(place), parent_id: place.organization };
  return textAt(await place.call('PUT', '/orgs', body), 'data', 'org_id');
};

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /orgs': {
    ask: async (place) => {
      await newOrganization(place);
      return { query: { limit: '1' } };
    },
  },
  'PUT /orgs': { ask: (place) => ({ body: organizationBody(place) }) },
  'GET /orgs/{id}': { ask: ({ organization }) => ({ params: { id: String(organization) } }) },
  'POST /orgs/{id}': {
    ask: ({ organization, mark }) => ({
      params: { id: String(organization) },
      body: { ...examples.updateOrganization, address: { city: mark } },
    }),
  },
  'DELETE /orgs/{id}': {
    // Only the parent closes an organization.
    cells: { admin: 'rule' },
    ask: async (place) => ({ params: { id: await newOrganization(place) } }),
  },
};

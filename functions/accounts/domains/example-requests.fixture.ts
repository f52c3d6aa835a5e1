import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const domainBody = ({ mark, unique, organization }: Place) => ({
  ...examples.saveDomain,
  domain: `${mark}-${unique()}.example.com`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, ''),
  organization_id: organization,
});

/** Creates a domain. @returns its id */
const newDomain = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/domains/new', domainBody(place)), 'data', 'id');

/** Creates a domain that is active, which the operator needs no record for. @returns its id */
async function newActiveDomain(place: Place): Promise<string> {
  const id = await newDomain(place);
  await place.call('POST', `/domains/${id}`, { status: 'active' });
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /domains': {
    ask: async (place) => {
      await newDomain(place);
      return { query: { limit: '1' } };
    },
  },
  'GET /domains/{id}': { ask: async (place) => ({ params: { id: await newDomain(place) } }) },
  'PUT /domains/{id}': { ask: (place) => ({ params: { id: 'new' }, body: domainBody(place) }) },
  'POST /domains/{id}': {
    ask: async (place) => ({ params: { id: await newDomain(place) }, body: examples.updateDomain }),
  },
  'DELETE /domains/{id}': { ask: async (place) => ({ params: { id: await newDomain(place) } }) },
  'POST /domains/{id}/verify': { ask: async (place) => ({ params: { id: await newActiveDomain(place) } }) },
};

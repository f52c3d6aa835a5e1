import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A policy with a unique name that decides every call to a toll-free number. */
export const policyBody = ({ mark, unique }: Place) => ({
  name: `${mark} ${unique()}`,
  description: mark,
  conditions: { pattern: '^1800[0-9]{7}$' },
  actions: { allow: true, gateway: 'pstn' },
});

/** @returns the id of a new policy */
export const newPolicy = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/dialplan/policy', policyBody(place)), 'policy', 'id');

/** @returns the id of a policy at version 2 */
export async function changedPolicy(place: Place): Promise<string> {
  const id = await newPolicy(place);
  await place.call('POST', '/dialplan/policy', { ...examples.updatePolicy, id });
  return id;
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/policies': {
    ask: async (place) => ({ query: { limit: '1', status: (await newPolicy(place), 'draft') } }),
  },
  'GET /dialplan/policy': {
    ask: async (place) => ({ query: { id: await newPolicy(place), include_history: 'true' } }),
  },
  'PUT /dialplan/policy': {
    ask: ({ mark, unique }) => ({
      body: { ...examples.createPolicy, name: `${mark} ${unique()}`, description: mark },
    }),
  },
  'POST /dialplan/policy': {
    ask: async (place) => ({ body: { ...examples.updatePolicy, id: await newPolicy(place) } }),
  },
  'DELETE /dialplan/policy': { ask: async (place) => ({ query: { id: await newPolicy(place) } }) },
  'POST /dialplan/policy/restore': {
    ask: async (place) => ({ body: { ...examples.restorePolicy, id: await changedPolicy(place), version: 1 } }),
  },
};

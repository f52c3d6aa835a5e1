import { ulid } from 'ulid';
import type { Example, Place } from '#test/support/example-request.ts';
import { connect } from '#test/system/cloud.ts';
import { storeOf } from '#test/system/people.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { create } from '#dynamodb/write.ts';
import { aCall, aLeg } from '#schema/call.fixture.ts';
import { hangUp, type Call } from '#schema/call.ts';
import { examples } from './examples.ts';

/** Stores a call that no phone has: the proofs have none. @returns its id */
export async function newCall(place: Place, change: (call: Call) => Call = (call) => call): Promise<string> {
  const now = new Date().toISOString();
  const call = aCall({
    id: `call_${ulid()}`,
    org_id: place.organization,
    status: 'answered',
    legs: [aLeg({ role: 'source', status: 'answered' }), aLeg({ status: 'answered' })],
    meta: { mark: place.mark },
    channels: [],
    timestamps: { created: now, answered: now },
    created_at: now,
  });
  await commit(storeOf(connect().outputs), place.organization, [create(callRow, change(call))]);
  return call.id;
}

/** Routes the numbers of the example over a gateway, which no one answers: the call begins, and fails soon. */
async function routeNumbers(place: Place): Promise<void> {
  const name = `${place.mark}.${place.unique()}`;
  await place.call('PUT', '/sipgateways/new', { name, host: '127.0.0.1', port: 9, ping: { enabled: false } });
  await place.call('PUT', '/dialplan/policy', {
    name: `${place.mark} ${place.unique()}`,
    status: 'active',
    conditions: { pattern: '^[+]46' },
    actions: { allow: true, gateway: name },
  });
}

const ended = (call: Call): Call => ({
  ...hangUp(call, { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' }, new Date()),
  cdr: 'sent',
});

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  // The source is no number of an agent.
  'POST /Calls': {
    ask: async (place) => {
      await routeNumbers(place);
      return { body: { ...examples.placeCall, meta: { mark: place.mark } } };
    },
    cells: { agent: 'rule' },
  },
  'GET /Calls': {
    ask: async (place) => {
      await newCall(place);
      await newCall(place);
      return { query: { limit: '1', status: 'answered' } };
    },
  },
  'GET /Calls/{callId}': { ask: async (place) => ({ params: { callId: await newCall(place) } }) },
  // No task carries the call.
  'POST /Calls/{callId}/actions': {
    ask: async (place) => ({ params: { callId: await newCall(place) }, body: { action: 'hold' } }),
  },
  'DELETE /Calls/{callId}': { ask: async (place) => ({ params: { callId: await newCall(place, ended) } }) },
};

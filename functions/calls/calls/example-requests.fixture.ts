import { ulid } from 'ulid';
import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { create } from '#dynamodb/write.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import { hangUp, type Call } from '#telephony/call.ts';
import type { SipTrace } from '#telephony/sip-trace.ts';
import { examples } from './examples.ts';

/** Stores a call that no phone has: the proofs have none. @returns its id */
export async function newCall(tenant: ExampleTenant, change: (call: Call) => Call = (call) => call): Promise<string> {
  const now = new Date().toISOString();
  const call = aCall({
    id: `call_${ulid()}`,
    org_id: tenant.organization,
    status: 'answered',
    legs: [aLeg({ role: 'source', status: 'answered' }), aLeg({ status: 'answered' })],
    meta: { mark: tenant.mark },
    channels: [],
    timestamps: { created: now, answered: now },
    created_at: now,
  });
  await commit(tenant.store, tenant.organization, [create(callRow, change(call))]);
  return call.id;
}

/** Routes the numbers of the example over a gateway, which no one answers: the call begins, and fails soon. */
async function routeNumbers(tenant: ExampleTenant): Promise<void> {
  const name = `${tenant.mark}.${tenant.unique()}`;
  await tenant.call('PUT', '/sipgateways/new', { name, host: '127.0.0.1', port: 9, ping: { enabled: false } });
  await tenant.call('PUT', '/dialplan/policy', {
    name: `${tenant.mark} ${tenant.unique()}`,
    status: 'active',
    conditions: { pattern: '^[+]46' },
    actions: { allow: true, gateway: name },
  });
}

const ended = (call: Call): Call => ({
  ...hangUp(call, { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' }, new Date()),
  cdr: 'sent',
});

/** Stores a call that has ended, with a trace. @returns its id */
async function newTracedCall(tenant: ExampleTenant): Promise<string> {
  const id = await newCall(tenant, ended);
  const { organization, store } = tenant;
  const facts = { at: new Date().toISOString(), users: [], parties: [], entities: [id], direction: null, text: '' };
  const trace: SipTrace = { call_id: id, task: 'tsk_1', at: facts.at, legs: [], messages: [], dropped: 0, facts };
  await commit(store, organization, [create(sipTraceRow, trace)]);
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  // The source is no number of an agent.
  'POST /Calls': {
    prepare: async (tenant) => {
      await routeNumbers(tenant);
      return { body: { ...examples.placeCall, meta: { mark: tenant.mark } } };
    },
    cells: { agent: 'rule' },
  },
  'GET /Calls': {
    prepare: async (tenant) => {
      await newCall(tenant);
      await newCall(tenant);
      return { query: { limit: '1', status: 'answered' } };
    },
  },
  'GET /Calls/{callId}': { prepare: async (tenant) => ({ params: { callId: await newCall(tenant) } }) },
  'GET /Calls/{callId}/trace': {
    prepare: async (tenant) => ({ params: { callId: await newTracedCall(tenant) } }),
  },
  // No task carries the call.
  'POST /Calls/{callId}/actions': {
    prepare: async (tenant) => ({ params: { callId: await newCall(tenant) }, body: { action: 'hold' } }),
  },
  'DELETE /Calls/{callId}': { prepare: async (tenant) => ({ params: { callId: await newCall(tenant, ended) } }) },
};

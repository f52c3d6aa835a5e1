import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';

/** Lets the organization send from a sender of its own, and owe for it. */
async function newSender(tenant: ExampleTenant): Promise<void> {
  await tenant.call('POST', `/orgs/${tenant.organization}`, { settings: { sms: { sender_ids: ['Acme'] } } });
  await tenant.call('PUT', `/billingprofile/${tenant.organization}`, { creditLimit: 1_000 });
}

const body = ({ mark }: ExampleTenant) => ({ to: '+14155551234', from: 'Acme', message: mark, reference: mark });

/** A message that waits. @returns its id */
async function newSms(tenant: ExampleTenant): Promise<string> {
  await newSender(tenant);
  const schedule = new Date(Date.now() + 3_600_000).toISOString();
  return textAt(await tenant.call('PUT', '/sms', { ...body(tenant), schedule }), 'data', 'message_id');
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /sms': {
    prepare: async (tenant) => {
      await newSender(tenant);
      return { body: body(tenant) };
    },
  },
  'GET /sms': {
    prepare: async (tenant) => {
      await newSms(tenant);
      await newSms(tenant);
      return { query: { limit: '1', status: 'queued' } };
    },
  },
  'GET /sms/{id}': { prepare: async (tenant) => ({ params: { id: await newSms(tenant) } }) },
  'DELETE /sms/{id}': { prepare: async (tenant) => ({ params: { id: await newSms(tenant) } }) },
};

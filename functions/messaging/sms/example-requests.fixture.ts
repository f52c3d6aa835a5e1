import { textAt, type Example, type Place } from '#test/support/example-request.ts';

/** Lets the organization send from a sender of its own, and owe for it. */
async function newSender(place: Place): Promise<void> {
  await place.call('POST', `/orgs/${place.organization}`, { settings: { sms: { sender_ids: ['Acme'] } } });
  await place.call('PUT', `/billingprofile/${place.organization}`, { creditLimit: 1_000 });
}

const body = ({ mark }: Place) => ({ to: '+14155551234', from: 'Acme', message: mark, reference: mark });

/** A message that waits. @returns its id */
async function newSms(place: Place): Promise<string> {
  await newSender(place);
  const schedule = new Date(Date.now() + 3_600_000).toISOString();
  return textAt(await place.call('PUT', '/sms', { ...body(place), schedule }), 'data', 'message_id');
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /sms': {
    ask: async (place) => {
      await newSender(place);
      return { body: body(place) };
    },
  },
  'GET /sms': {
    ask: async (place) => {
      await newSms(place);
      await newSms(place);
      return { query: { limit: '1', status: 'queued' } };
    },
  },
  'GET /sms/{id}': { ask: async (place) => ({ params: { id: await newSms(place) } }) },
  'DELETE /sms/{id}': { ask: async (place) => ({ params: { id: await newSms(place) } }) },
};

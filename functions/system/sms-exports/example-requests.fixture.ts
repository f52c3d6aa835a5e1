import { textAt, type Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const { data } = examples.storeSmsExport;

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /archiving/store/smsexport': {
    prepare: async ({ call, unique, mark }) => {
      await call('PUT', '/archiving/provisioning', { quota_gb: 50 });
      const policy = { name: `${mark} ${unique()}`, class: 'sms', retention_days: 1, enabled: false };
      const policyId = textAt(await call('PUT', '/archiving/policies/new', policy), 'data', 'id');
      const messages = data.messages.map((message) => ({ ...message, message_id: unique() }));
      return { body: { policyId, data: { ...data, messages } } };
    },
  },
};

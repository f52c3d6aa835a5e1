import { plain, type Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /dialplan/evaluate': {
    prepare: async ({ people, organization }) => {
      const { user } = await people.join(organization, 'viewer');
      return { body: { ...examples.evaluateCall, user_id: user.id } };
    },
  },
  'POST /dialplan/evaluate/batch': plain({ body: examples.evaluateCallBatch }),
  'POST /dialplan/freeswitch': {
    prepare: ({ organization }) => ({
      body: { ...examples.evaluateFreeswitchCall, 'Caller-Context': `org_${organization}` },
    }),
  },
};

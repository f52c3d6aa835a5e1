import { textAt, type Example } from '#test/support/example-request.ts';
import { schedule } from './contract.ts';

/** One valid request for each endpoint that its declaration does not derive, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /schedules/{id}/at': {
    prepare: async (tenant) => {
      const body = { ...schedule.example, name: `${tenant.mark} ${tenant.unique()}` };
      const made = await tenant.call('PUT', '/schedules/new', body);
      return { params: { id: textAt(made, 'data', 'id') }, query: { time: '2026-01-12T12:00:00Z' } };
    },
  },
};

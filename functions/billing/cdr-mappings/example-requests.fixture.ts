import { textAt, type Example } from '#test/support/example-request.ts';
import { cdrMapping } from './contract.ts';

/** One valid request for each endpoint that its declaration does not derive, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /cdr/mappings/{id}/test': {
    prepare: async (tenant) => {
      const body = { ...cdrMapping.example, name: `${tenant.mark} ${tenant.unique()}` };
      const made = await tenant.call('PUT', '/cdr/mappings/new', body);
      return { params: { id: textAt(made, 'data', 'id') }, body: { sample: 'historyid;from-no' } };
    },
  },
};

import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';
import { examples } from './examples.ts';

const templateBody = ({ mark }: ExampleTenant) => ({ ...examples.saveDialplanTemplate, name: mark });

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/template': {
    prepare: async (tenant) => {
      await tenant.call('PUT', '/dialplan/template', templateBody(tenant));
      return {};
    },
  },
  'PUT /dialplan/template': {
    prepare: async (tenant) => ({ body: { ...templateBody(tenant), policies: [await newPolicy(tenant)] } }),
  },
};

import type { Member } from '#test/system/people.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** A new access key of a user, with all of the user's scopes. @returns its id */
export const newAccessKey = async (tenant: ExampleTenant, owner: Member): Promise<string> =>
  textAt(
    await (
      await tenant.callAs(owner)
    )('PUT', '/accesskeys', { name: tenant.unique(), detail: tenant.mark }),
    'id',
  );

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /accesskeys': {
    prepare: async (tenant) => {
      const owner = await newMember(tenant);
      await newAccessKey(tenant, owner);
      await newAccessKey(tenant, owner);
      return { query: { limit: '1' }, owner };
    },
  },
  'PUT /accesskeys': {
    // Keys belong to the caller's own organization.
    cells: { operator: 'rule' },
    prepare: async (tenant) => ({
      body: { ...examples.createAccessKey, name: tenant.unique(), scopes: [] },
      owner: await newMember(tenant),
    }),
  },
  'DELETE /accesskeys/{id}': {
    prepare: async (tenant) => {
      const owner = await newMember(tenant);
      return { params: { id: await newAccessKey(tenant, owner) }, owner };
    },
  },
  'POST /accesskeys/{id}/rotate': {
    prepare: async (tenant) => {
      const owner = await newMember(tenant);
      return { params: { id: await newAccessKey(tenant, owner) }, body: { overlap_hours: 0 }, owner };
    },
  },
};

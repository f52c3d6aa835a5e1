import { callerOf, organizationOf } from '#test/support/people.fixture.ts';
import { expect, test } from 'vitest';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import { reachableOrganization } from './reachable-organization.ts';

const own = organizationOf(1001);
const stored = new Map(
  [own, organizationOf(1002, { parent_id: 1001 }), organizationOf(1003)].map((o) => [o.org_id, o]),
);
/** The table of an organization, which records the reads. */
const tables = () => {
  const reads: number[] = [];
  const tableOf = (organization: number) => ({
    get: async <Item>() => {
      reads.push(organization);
      return stored.get(organization) as Item | undefined;
    },
  });
  return { reads, tableOf };
};
const reach = (number: number, more: Parameters<typeof callerOf>[1] = {}): Promise<OrganizationItem> =>
  reachableOrganization(number, { caller: callerOf(1001, more), organization: own }, tables().tableOf);

test("the request's own organization is not read again", async () => {
  const { reads, tableOf } = tables();
  expect(await reachableOrganization(1001, { caller: callerOf(1001), organization: own }, tableOf)).toBe(own);
  expect(reads).toEqual([]);
});

test('a child is reachable for its reseller only', async () => {
  expect(await reach(1002, { reach: 'children' })).toMatchObject({ org_id: 1002 });
  await expect(reach(1002)).rejects.toMatchObject({ code: 'FORBIDDEN_ORG' });
  await expect(reach(1003, { reach: 'children' })).rejects.toMatchObject({ code: 'FORBIDDEN_ORG' });
});

test('an organization that does not exist looks like one out of reach, except to the operator', async () => {
  await expect(reach(9999, { reach: 'children' })).rejects.toMatchObject({ code: 'FORBIDDEN_ORG' });
  await expect(reach(9999, { reach: 'all' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

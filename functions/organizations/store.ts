import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import { oneMore } from '../../shared/dynamodb/rows/count.ts';
import { organizationCreation } from '../../shared/dynamodb/rows/new-organization.ts';
import { userCreation } from '../../shared/dynamodb/rows/new-user.ts';
import { organizationRow, type OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import type { UserItem } from '../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { create, within } from '../../shared/dynamodb/write.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import { billingProfileRow } from '../billing-profiles/row.ts';
import type { organizations } from './contract.ts';
import { foldedName, mostChildren } from './organization.ts';

/** Numbers of organizations come from this counter. */
export const organizationCounter = 'organization';

type TableOf = (organization: number) => Table<ReadName<EffectOf<typeof organizations>>>;

export const organizationStore = (tableOf: TableOf) => ({
  get: (organization: number) => tableOf(organization).get(organizationRow, {}),
  currency: async (organization: number): Promise<string | undefined> => (await tableOf(organization).get(billingProfileRow, {}))?.currency,
});

export type FirstUser = { readonly user: UserItem; /** PHC string. */ readonly password: string };

type Creation = { readonly organization: OrganizationItem; readonly parent: OrganizationItem; readonly profile: BillingProfile; readonly first: FirstUser | undefined };

const noLimit = Number.MAX_SAFE_INTEGER;

/** Everything that comes into being with an organization. */
export const creation = ({ organization, parent, profile, first }: Creation) => [
  ...within(organization.org_id, [
    ...organizationCreation(organization, foldedName(organization.name)),
    create(billingProfileRow, { ...profile, parent: parent.org_id }),
    ...(first === undefined ? [] : userCreation(first.user, { user_id: first.user.id, password: first.password, previous_passwords: [], version: 1 }, { organization: organization.org_id, limit: organization.limits.max_users })),
  ]),
  ...within(parent.org_id, [oneMore('children', parent.type === 'reseller' ? mostChildren : noLimit)]),
];

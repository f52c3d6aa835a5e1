import { platformRow, row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** The organization that owns the platform; the next one made is 1001 (auth.md, "Ids"). */
export const operatorOrganization = 1000;

export type OrganizationItem = {
  readonly org_id: number;
  readonly name: string;
  readonly alias?: string | null;
  readonly type: 'operator' | 'reseller' | 'customer';
  readonly parent_id: number | null;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly country: string;
  readonly timezone: string;
  readonly address: Readonly<Record<string, string>>;
  readonly contacts: {
    readonly admin_user_id?: string;
    readonly tech_user_id?: string;
    readonly finance_user_id?: string;
  };
  readonly limits: OrganizationLimits;
  readonly security: {
    readonly require_2fa: boolean;
    readonly password_rotation_days: number;
    readonly session_ttl_max: number;
    readonly ip_whitelist: readonly string[];
  };
  readonly retention: { readonly cdr_days: number; readonly log_days: number };
  readonly settings: Readonly<Record<string, unknown>>;
  /** Goes up when roles, groups or permissions change: sessions then compute their scopes anew. */
  readonly permission_epoch: number;
  /** Signs the page tokens of this organization's callers (HMAC-SHA-256, base64url). Never answered. */
  readonly page_key: string;
  /** Over how many items charges are spread (billing.md, "Balance"). */
  readonly charge_shards: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly closed_at?: string;
  readonly version: number;
};

export type OrganizationLimits = {
  readonly max_users: number;
  readonly max_devices: number;
  readonly max_trunks: number;
  readonly max_numbers: number;
  readonly max_concurrent_calls: number;
  readonly daily_spend: string | null;
};

/** Sort keys of numbers in order: 12 digits. */
export const organizationSortKey = (organization: number): string => String(organization).padStart(12, '0');

/** Who sells to an organization, if that is not the operator itself. */
export const resellerOf = ({ parent_id: parent }: Pick<OrganizationItem, 'parent_id'>): number | null =>
  parent === operatorOrganization ? null : parent;

/** `organization#1001`; GSI1 lists the children of a parent, GSI2 all of the platform. */
export const organizationRow = row<'organization', OrganizationItem, object>('organization', {
  sort: () => 'organization',
  index1: (item) => ({ partition: ['parent', String(item.parent_id ?? 0)], sort: organizationSortKey(item.org_id) }),
  index2: (item) => ({ partition: ['all'], sort: organizationSortKey(item.org_id) }),
});

/**
 * Roles, groups or permissions change: sessions compute their scopes anew at their next request. What was
 * decided by others' rights is decided again if those have changed since the organization was read.
 */
export const raisePermissionEpoch = ({
  permission_epoch: epoch,
}: Pick<OrganizationItem, 'permission_epoch'>): Write<'organization'> =>
  change(
    organizationRow,
    {},
    {
      add: { permission_epoch: 1 },
      onlyIf: { expression: '#epoch = :epoch', names: { '#epoch': 'permission_epoch' }, values: { ':epoch': epoch } },
    },
  );

type Owner = { readonly owner: string };

/** Names are unique among the children of one parent. */
export const organizationNameRow = platformRow<
  'organization-name',
  Owner & { parent: number; name: string },
  { parent: number; name: string },
  { parent: number }
>('organization-name', {
  partition: ({ parent }) => [String(parent)],
  sort: ({ name }) => name,
});

/** Aliases are unique on the platform for ever. */
export const organizationAliasRow = platformRow<
  'organization-alias',
  Owner & { alias: string },
  { alias: string },
  { alias: string }
>('organization-alias', {
  partition: ({ alias }) => [alias],
  sort: () => 'alias',
});

/** A platform-wide counter, such as that of organization numbers. */
export const counterRow = platformRow<'counter', { name: string; value: number }, { name: string }, { name: string }>(
  'counter',
  {
    partition: ({ name }) => [name],
    sort: () => 'value',
  },
);

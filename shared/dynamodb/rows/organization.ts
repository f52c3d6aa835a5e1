import type { Branding } from '../../schema/branding.ts';
import type { EmailSettings } from '../../schema/email-settings.ts';
import type { RecordingNotice } from '../../schema/recording-notice.ts';
import type { TraceSetting } from '../../telephony/sip-trace.ts';
import type { ForwardCallerId } from '../../telephony/call-handling.ts';
import type { SmsSettings } from '../../schema/sms-settings.ts';
import type { FeatureCodes } from '../../telephony/feature-codes.ts';
import type { ParkSettings } from '../../telephony/parking.ts';
import type { NumberSettings } from '../../telephony/number-format.ts';
import { platformRow, row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** The operator's organization, which owns the platform. New organizations count up from 1001. */
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
  /** `numbers`: how its switches write numbers. */
  readonly settings: {
    readonly numbers?: NumberSettings | undefined;
    readonly email?: EmailSettings | undefined;
    readonly sms?: SmsSettings | undefined;
    readonly recording_notice?: RecordingNotice | undefined;
    /** `default`, `none`, or the id of a file of kind `sound`. */
    readonly music_on_hold?: string | undefined;
    /** Extension or number that callers reach by 0 from the greeting of a mailbox. */
    readonly operator?: string | undefined;
    /** Files of kind `sound` by the names of the prompts in whose place they are played. */
    readonly prompts?: Readonly<Record<string, string>> | undefined;
    /** Slots in which calls are parked; absent: those of the default. */
    readonly park?: ParkSettings | undefined;
    /** Codes of features that differ from the defaults; null: disabled. */
    readonly feature_codes?: FeatureCodes | undefined;
    /** Which calls are traced; absent: none. */
    readonly sip_trace?: TraceSetting | undefined;
    /** Of a reseller: how its customers see the console. */
    readonly branding?: Branding | undefined;
    /** Whose number those outside see to whom users forward; absent: that of who forwards. */
    readonly forward_caller_id?: ForwardCallerId | undefined;
  };
  /** Incremented when roles, groups or permissions change: sessions then compute their scopes again. */
  readonly permission_epoch: number;
  /** HMAC-SHA-256 key (base64url) of the page tokens of this organization's callers. Never in an answer. */
  readonly page_key: string;
  /** Number of shards of the charges (functions/billing/README.md, "Charging"). */
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

/** The sort key of an organization: 12 digits, in numerical order. */
export const organizationSortKey = (organization: number): string => String(organization).padStart(12, '0');

/** The reseller of an organization; null if the operator itself is the seller. */
export const resellerOf = ({ parent_id: parent }: Pick<OrganizationItem, 'parent_id'>): number | null =>
  parent === operatorOrganization ? null : parent;

/** `organization#1001`; GSI1: the children of a parent; GSI2: all organizations. */
export const organizationRow = row<'organization', OrganizationItem, object>('organization', {
  afterClosing: 'an organization is closed, not deleted',
  unsharded: 'a few writes a day each',
  sort: () => 'organization',
  index1: (item) => ({ partition: ['parent', String(item.parent_id ?? 0)], sort: organizationSortKey(item.org_id) }),
  index2: (item) => ({ partition: ['all'], sort: organizationSortKey(item.org_id) }),
});

/**
 * Records a change of roles, groups or permissions: sessions compute their scopes again at their next request. Stale if
 * rights of the organization have changed since it was read, as the decision may depend on them.
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

/** Aliases are unique on the platform and never reused. */
export const organizationAliasRow = platformRow<
  'organization-alias',
  Owner & { alias: string },
  { alias: string },
  { alias: string }
>('organization-alias', {
  partition: ({ alias }) => [alias],
  sort: () => 'alias',
});

/** A platform-wide counter, for example of organization numbers. */
export const counterRow = platformRow<'counter', { name: string; value: number }, { name: string }, { name: string }>(
  'counter',
  {
    partition: ({ name }) => [name],
    sort: () => 'value',
  },
);

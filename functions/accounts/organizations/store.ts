import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { AppError } from '#errors.ts';
import { changedFields } from '#dynamodb/changed-fields.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { extensionOwnerRow } from '#dynamodb/rows/device.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { organizationChannels, readChannels } from '#dynamodb/rows/channel.ts';
import { countRow, decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { fileRow } from '#dynamodb/rows/file.ts';
import { domainNameRow, senderDomainOf } from '#dynamodb/rows/domain.ts';
import {
  organizationAliasRow,
  organizationNameRow,
  organizationRow,
  type OrganizationItem,
} from '#dynamodb/rows/organization.ts';
import { userExtensionRow, userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import {
  change,
  checkCondition,
  checkReadCondition,
  create,
  claim,
  inOrganization,
  remove,
  type Write,
} from '#dynamodb/write.ts';
import { accountsErrors } from '../schema/errors.ts';
import { createOrganizationWrites } from '../rows/new-organization.ts';
import { createUserWrites } from '../rows/user-writes.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { billingProfileRow, firstClosingWrite, type BillingProfileItem } from '../../billing/rows/billing-profile.ts';
import { readBalance } from '../../billing/charging/row.ts';
import { releaseTariffWrites } from '../../billing/tariffs/row.ts';
import { liveTasksRow } from '../../billing/cdr-munch/row.ts';
import type { organizations } from './contract.ts';
import { blockers } from './closure.ts';
import { foldName, maxChildren } from './organization.ts';
import type { familyOf } from './parent.ts';

/** Name of the counter that numbers organizations. */
export const organizationCounter = 'organization';

type TableOf = (organization: number) => Table<ReadName<EffectOf<typeof organizations>>>;

const countedResources = ['users', 'devices', 'trunks', 'numbers', 'domains', 'active_domains', 'children'] as const;

type Family = ReturnType<typeof familyOf<OrganizationItem>>;

const keyOf = ({ org_id: number }: OrganizationItem): string => String(number).padStart(12, '0');
/** Sorts after every number. */
const lastKey = '\uffff';

export const organizationStore = (tableOf: TableOf) => ({
  get: (organization: number) => tableOf(organization).get(organizationRow, {}),
  /** The verified domain that an address of the organization is in. */
  senderDomain: (organization: number, address: string) => senderDomainOf(tableOf(organization), address),
  /** The organization whose active domain the host is. */
  ownerOf: async (host: string) => (await tableOf(0).get(domainNameRow, { host, claim: 'active' as const }))?.org_id,
  files: (organization: number, ids: readonly string[]) =>
    tableOf(organization).getAll(
      fileRow,
      ids.map((id) => ({ id })),
    ),
  users: (organization: number, ids: readonly string[]) =>
    tableOf(organization).getAll(
      userRow,
      ids.map((id) => ({ id })),
    ),
  /** Those of these codes that are the extension of someone. */
  extensionsIn: async (organization: number, codes: readonly string[]): Promise<readonly string[]> => {
    const keys = codes.map((extension) => ({ extension }));
    const [ofUsers, ofDevices] = await Promise.all([
      tableOf(organization).getAll(userExtensionRow, keys),
      tableOf(organization).getAll(extensionOwnerRow, keys),
    ]);
    return codes.filter((_code, at) => (ofUsers[at] ?? ofDevices[at]) !== undefined);
  },
  counts: async (organization: number): Promise<Readonly<Record<string, number>>> => {
    const counts = await tableOf(organization).getAll(
      countRow,
      countedResources.map((of) => ({ of })),
    );
    return Object.fromEntries(countedResources.map((of, at) => [of, counts[at]?.value ?? 0]));
  },
  balance: (organization: number) => readBalance(tableOf(organization)),
  /** Number of tasks over CDRs that have not ended. */
  tasks: async (organization: number): Promise<number> =>
    (await tableOf(organization).get(liveTasksRow, { organization }))?.held.length ?? 0,
  /** Number of calls in progress. */
  calls: async (organization: number): Promise<number> =>
    (await readChannels(tableOf(organization), organizationChannels)).total,
  /** Ordered by number. */
  page: (request: PageRequest, { self, parent }: Family, keep: (organization: OrganizationItem) => boolean) => {
    const index = (range: Parameters<ReturnType<typeof orderedList<OrganizationItem>>>[0]) =>
      parent === undefined
        ? tableOf(0).queryIndex(organizationRow, 'GSI2', ['all'], range)
        : tableOf(0).queryIndex(organizationRow, 'GSI1', ['parent', String(parent)], range);
    const sources = [...(parent === null ? [] : [index]), ...(self === undefined ? [] : [orderedList([self], keyOf)])];
    return readPage(request, {
      read: mergeSources<OrganizationItem>(sources, { keyOf, order: 'asc', between: ['', lastKey] }),
      keep,
    });
  },
  profile: (organization: number) => tableOf(organization).get(billingProfileRow, {}),
});

export type FirstUser = { readonly user: UserItem; /** PHC string. */ readonly password: string };

type Creation = {
  readonly organization: OrganizationItem;
  readonly parent: OrganizationItem;
  readonly profile: BillingProfile;
  readonly first: FirstUser | undefined;
};

const noLimit = Number.MAX_SAFE_INTEGER;

/** Creates an organization with its billing profile and its first user. The limit comes before names: see new-user. */
export const createWrites = ({ organization, parent, profile, first }: Creation) => [
  ...inOrganization(parent.org_id, [incrementCount('children', parent.type === 'reseller' ? maxChildren : noLimit)]),
  ...inOrganization(organization.org_id, [
    ...createOrganizationWrites(organization, foldName(organization.name)),
    create(billingProfileRow, { ...profile, parent: parent.org_id }),
    firstClosingWrite(profile),
    ...(first === undefined
      ? []
      : createUserWrites(
          first.user,
          { user_id: first.user.id, password: first.password, previous_passwords: [], version: 1 },
          { organization: organization.org_id, limit: organization.limits.max_users },
        )),
  ]),
];

const asRead = ({ version }: OrganizationItem) => ({
  expression: '#version = :version',
  names: { '#version': 'version' },
  values: { ':version': version },
});

const nameKey = ({ parent_id: parent, name }: OrganizationItem) => ({ parent: parent ?? 0, name: foldName(name) });

function renameWrites(before: OrganizationItem, after: OrganizationItem): Write<'organization-name'>[] {
  if (foldName(before.name) === foldName(after.name)) return [];
  const claim = create(
    organizationNameRow,
    { ...nameKey(after), owner: String(after.org_id) },
    'NAME_TAKEN',
    `An organization named ${after.name} exists`,
  );
  return [claim, remove(organizationNameRow, nameKey(before))];
}

/** An alias stays taken for ever; its owner may use it again. */
function aliasWrites(
  { alias: old }: OrganizationItem,
  { alias, org_id: number }: OrganizationItem,
): Write<'organization-alias'>[] {
  if (typeof alias !== 'string' || alias === old) return [];
  const owner = String(number);
  return [
    claim(
      change(
        organizationAliasRow,
        { alias },
        {
          set: { alias, owner },
          onlyIf: {
            expression: 'attribute_not_exists(PK) OR #owner = :owner',
            names: { '#owner': 'owner' },
            values: { ':owner': owner },
          },
          conflict: new AppError(accountsErrors.ALIAS_TAKEN, `The alias ${alias} is taken, now or in the past`),
        },
      ),
    ),
  ];
}

// Other writers change these without a new version, so a change of the organization must not write them.
const changedByOthers: ReadonlySet<string> = new Set(['version', 'permission_epoch', 'charge_shards']);

/** Replaces an organization by its next version; only changed fields are written. */
export const updateWrites = (before: OrganizationItem, after: OrganizationItem) => {
  const set = changedFields(before, after, changedByOthers);
  return inOrganization(after.org_id, [
    change(organizationRow, {}, { set, add: { version: 1 }, onlyIf: asRead(before) }),
    ...renameWrites(before, after),
    ...aliasWrites(before, after),
  ]);
};

/** Closes an organization, under the condition that it has none of the blocking resources. */
export const closeWrites = (organization: OrganizationItem, profile: BillingProfileItem | undefined, at: string) => [
  ...inOrganization(organization.org_id, [
    change(
      organizationRow,
      {},
      { set: { status: 'closed', closed_at: at, updated_at: at }, add: { version: 1 }, onlyIf: asRead(organization) },
    ),
    remove(organizationNameRow, nameKey(organization)),
    ...Object.keys(blockers).map((of) =>
      checkCondition(
        countRow,
        { of },
        {
          expression: 'attribute_not_exists(#value) OR #value <= :none',
          names: { '#value': 'value' },
          values: { ':none': 0 },
        },
      ),
    ),
    checkReadCondition(
      liveTasksRow,
      { organization: organization.org_id },
      {
        expression: 'attribute_not_exists(#held) OR size(#held) = :none',
        names: { '#held': 'held' },
        values: { ':none': 0 },
      },
    ),
  ]),
  ...inOrganization(organization.parent_id ?? organization.org_id, [decrementCount('children')]),
  ...releaseTariffWrites(profile, at),
];

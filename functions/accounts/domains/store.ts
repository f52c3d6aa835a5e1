import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { AppError } from '#errors.ts';
import type { PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { livePhones, phoneRow } from '#dynamodb/rows/phone.ts';
import { isLive } from '#schema/phone.ts';
import {
  allDomains,
  countDomainChange,
  domainNameRow,
  domainRow,
  domainsBelow,
  readDomains,
  type ReadDomains,
} from '#dynamodb/rows/domain.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { checkCondition, claim, create, remove, replace, type Write } from '#dynamodb/write.ts';
import type { Domain } from '#schema/domain.ts';
import { readListed, type ListedOrganizations } from '#dynamodb/listed-resources.ts';
import type { domains } from './contract.ts';
import { maxDomains } from './domain.ts';
import { domainErrors } from './errors.ts';

type Reads = Table<ReadName<EffectOf<typeof domains>>>;

/** Devices that are read to name those that use a domain. */
const maxDevicesRead = 100;
export const domainStore = (table: Reads) => ({
  /** All domains of the organization. */
  read: (): Promise<ReadDomains> => readDomains(table),
  get: (id: string) => table.get(domainRow, { id }),
  page: (request: PageRequest, listed: ListedOrganizations, keep: (domain: Domain) => boolean) =>
    readListed<Domain>(
      request,
      listed,
      {
        own: (range: Range) => table.query(domainRow, {}, range),
        below: (parent) => (range) => table.queryIndex(domainRow, 'GSI1', domainsBelow(parent), range),
        all: (range) => table.queryIndex(domainRow, 'GSI2', allDomains, range),
      },
      keep,
    ),
  trunks: () => readToEnd((after) => table.query(trunkRow, {}, after)),
  /** The live phone lines of the organization. */
  lines: async (now: Date) =>
    (await readToEnd((after) => table.queryIndex(phoneRow, 'GSI1', livePhones(table.organization), after))).filter(
      (line) => isLive(line, now),
    ),
  /** Some devices of the organization. */
  someDevices: async () => (await table.query(deviceRow, {}, { limit: maxDevicesRead })).items,
});

const exists = (host: string): AppError =>
  new AppError(domainErrors.DOMAIN_EXISTS, `${host} is a domain already`, {
    details: [{ path: 'domain', message: 'is a domain already' }],
  });

/** The error of a domain that another organization has verified. */
const lost = (host: string): AppError =>
  new AppError(domainErrors.DOMAIN_EXISTS, `Another organization has verified ${host}`, {
    details: [{ path: 'domain', message: 'is an active domain of another organization' }],
  });

const nameOf = ({ domain: host, org_id, id }: Domain) => ({ host, org_id, domain_id: id });

/** The claim of a name, of which an organization has one. */
const claimWrite = (domain: Domain): Write<'domain-name'> =>
  create(
    domainNameRow,
    { ...nameOf(domain), claim: domain.org_id },
    domainErrors.DOMAIN_EXISTS,
    `The organization has a domain ${domain.domain} already`,
  );
const releaseClaim = ({ domain: host, org_id: claim }: Domain): Write<'domain-name'> =>
  remove(domainNameRow, { host, claim });

const isFree = ({ domain: host }: Domain): Write<'domain-name'> =>
  claim(
    checkCondition(
      domainNameRow,
      { host, claim: 'active' as const },
      { expression: 'attribute_not_exists(PK)' },
      exists(host),
    ),
  );

const activeKey = ({ domain: host }: Domain) => ({ host, claim: 'active' as const });

/** The right to a name begins or ends with the state `active`. */
function activityWrites(before: Domain, after: Domain | undefined): Write<'domain-name' | 'count'>[] {
  const [was, is] = [before.status === 'active', after?.status === 'active'];
  if (was === is) return [];
  if (was) return [remove(domainNameRow, activeKey(before)), decrementCount('active_domains')];
  const right = { ...nameOf(before), ...activeKey(before) };
  return [
    { ...create(domainNameRow, right), onConflict: lost(before.domain) },
    incrementCount('active_domains', maxDomains),
  ];
}

/** Another domain that changes with one. */
export type FollowingChange = { readonly before: Domain; readonly after: Domain } | undefined;

const followingWrites = (change: FollowingChange): Write<'domain'>[] =>
  change === undefined ? [] : [replace(domainRow, change.after, change.before)];

/** Creates a domain. That another organization has it comes last: only a caller that may create it learns that. */
export const createWrites = (domain: Domain, read: ReadDomains, demoted: FollowingChange) => [
  countDomainChange(read),
  create(domainRow, domain),
  ...followingWrites(demoted),
  incrementCount('domains', maxDomains),
  claimWrite(domain),
  isFree(domain),
];

/** Changes a domain, with its name and its right to it. */
export const updateWrites = (before: Domain, after: Domain, read: ReadDomains, demoted?: FollowingChange) => [
  countDomainChange(read),
  replace(domainRow, after, before),
  ...followingWrites(demoted),
  ...activityWrites(before, after),
  ...(before.domain === after.domain ? [] : [releaseClaim(before), claimWrite(after), isFree(after)]),
];

/** Deletes a domain. What used it follows within a minute. */
export const deleteWrites = (domain: Domain, read: ReadDomains, promoted: FollowingChange, now: Date) => [
  countDomainChange(read),
  remove(domainRow, domain, domain),
  ...followingWrites(promoted),
  decrementCount('domains'),
  releaseClaim(domain),
  ...activityWrites(domain, undefined),
  ...(domain.verified_at === null
    ? []
    : [
        scheduleDue({
          kind: 'domain.detach',
          at: now.toISOString(),
          org_id: domain.org_id,
          subject: `${domain.id}/${domain.domain}`,
        }),
      ]),
];

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import {
  countDomainChange,
  domainNameRow,
  domainRow,
  domainsUnchanged,
  readDomains,
  type DomainNameItem,
  type ReadDomains,
} from '#dynamodb/rows/domain.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { livePhones, phoneRow } from '#dynamodb/rows/phone.ts';
import { registrationWrites, trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { replace } from '#dynamodb/write.ts';
import { accountLines, type Device } from '#schema/device.ts';
import type { Domain } from '#schema/domain.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { RegistrationChange } from '#telephony/trunk-registration.ts';
import {
  anyAccountRow,
  sipAccountRow,
  trunkAccountRow,
  type PhoneAccountItem,
  type SipAccountItem,
  type TrunkAccountItem,
} from '../../telephony/rows/sip-account.ts';
import { pollKind, type domainChanges } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof domainChanges>>>;

/** Devices of one slice. */
const slice = 25;

export const changeStore = (table: Reads) => ({
  domain: (id: string) => table.get(domainRow, { id }),
  domains: (): Promise<ReadDomains> => readDomains(table),
  /** Who claims a name, and who has it. */
  claims: (host: string): Promise<readonly DomainNameItem[]> =>
    readToEnd((after) => table.query(domainNameRow, { host }, after)),
  devices: (after: string | undefined) =>
    table.query(deviceRow, {}, { limit: slice, ...(after === undefined ? {} : { after }) } satisfies Range),
  device: (id: string) => table.get(deviceRow, { id }),
  accounts: async ({ lines }: Device): Promise<SipAccountItem[]> =>
    (await table.getAll(sipAccountRow, accountLines(lines))).flatMap((account) => account ?? []),
  /** The live phone lines of the organization: 1,000 at most. */
  lines: (): Promise<PhoneLine[]> =>
    readToEnd((after) => table.queryIndex(phoneRow, 'GSI1', livePhones(table.organization), after)),
  line: (username: string) => table.get(phoneRow, { username }),
  lineAccount: async (sip_username: string): Promise<PhoneAccountItem | undefined> => {
    const account = await table.get(anyAccountRow, { sip_username });
    return account?.kind === 'line' ? account : undefined;
  },
  trunkAccount: (sip_username: string) => table.get(trunkAccountRow, { sip_username }),
  trunks: (): Promise<TrunkItem[]> => readToEnd((after) => table.query(trunkRow, {}, after)),
});

export const lostClaimWrites = (before: Domain, after: Domain, read: ReadDomains) => [
  countDomainChange(read),
  replace(domainRow, after, before),
];

type Changed<T> = { readonly before: T; readonly after: T };

/** Changes accounts of a device, and the device if its file changes, while the domains are as read. */
export const accountWrites = (
  accounts: readonly Changed<SipAccountItem>[],
  device: Changed<Device> | undefined,
  read: ReadDomains,
) => [
  domainsUnchanged(read),
  ...accounts.map(({ before, after }) => replace(sipAccountRow, after, before)),
  ...(device === undefined ? [] : [replace(deviceRow, device.after, device.before)]),
];

/** Changes a phone line and its account, while the domains are as read. */
export const lineWrites = (line: Changed<PhoneLine>, account: Changed<PhoneAccountItem>, read: ReadDomains) => [
  domainsUnchanged(read),
  replace(phoneRow, line.after, line.before),
  replace(anyAccountRow, account.after, account.before),
];

/** Changes the account with which a trunk calls, while the domains are as read. */
export const trunkAccountWrites = ({ before, after }: Changed<TrunkAccountItem>, read: ReadDomains) => [
  domainsUnchanged(read),
  replace(trunkAccountRow, after, before),
];

export const trunkWrites = ({
  before,
  after,
  registration,
}: Changed<TrunkItem> & { readonly registration: RegistrationChange }) => [
  replace(trunkRow, after, before),
  ...registrationWrites(after, registration),
];

/** Stores the state of the identity, and when it is read again. */
export const identityWrites = (before: Domain, after: Domain | undefined, next: string) => [
  ...(after === undefined ? [] : [replace(domainRow, after, before)]),
  scheduleDue({ kind: pollKind, at: next, org_id: before.org_id, subject: before.id }),
];

import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { attempt } from '../../../shared/dynamodb/attempt.ts';
import type { Store } from '../../../shared/dynamodb/client.ts';
import { itemAt, type Prefetch } from '../../../shared/dynamodb/early-reads.ts';
import { merged } from '../../../shared/dynamodb/merge.ts';
import { emailRow } from '../../../shared/dynamodb/rows/email.ts';
import { gatewayHealthRow } from '../../../shared/dynamodb/rows/gateway-health.ts';
import { foldedGroupName, groupNameRow, groupRow } from '../../../shared/dynamodb/rows/group.ts';
import { logRow, type LogItem } from '../../../shared/dynamodb/rows/log.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { rateRow } from '../../../shared/dynamodb/rows/request.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { Slice, Table } from '../../../shared/dynamodb/table.ts';
import { change, create } from '../../../shared/dynamodb/write.ts';
import type { Email } from '../../../shared/schema/email.ts';
import type { GatewayStatus } from '../../../shared/telephony/gateway-health.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { billingProfileRow, creditRow, ledgerDayRow, profileOf } from '../../billing/billing-profiles/row.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';
import { cdrRow, shardPart, timeKey } from '../../billing/cdr-ingest/row.ts';
import { policyNameRow, policyRow } from '../dialplan-policies/row.ts';
import { templateRow } from '../dialplan-template/row.ts';
import { readVersion, tariffRow } from '../../billing/tariffs/row.ts';
import type { Tariff } from '../../billing/tariffs/tariff.ts';
import type { WindowStore } from './call-rate.ts';
import type { dialplanEvaluator } from './contract.ts';
import { groupsNamedIn, namesTakenIn, policiesNamedIn, type Draft } from './draft.ts';
import type { Group } from './groups.ts';
import type { Present } from './laid-over.ts';
import { callRateRow, noHead, planHeadRow, planSource, type PlanHead } from './row.ts';

type Reads = Table<ReadName<EffectOf<typeof dialplanEvaluator>>>;

/** What is read in the round trip of the session. */
export const prefetch: Prefetch = () => [itemAt(planHeadRow, {}), itemAt(billingProfileRow, {})];

const present = <Item>(items: readonly (Item | undefined)[]): Item[] =>
  items.filter((item): item is Item & object => item !== undefined);

export const evaluatorStore = (table: Reads) => ({
  head: async (): Promise<PlanHead> => (await table.get(planHeadRow, {})) ?? noHead,
  plan: (head: PlanHead) => planSource(table, head),
  /** Null: there is none. */
  profile: async (): Promise<BillingProfile | null> => {
    const profile = await table.get(billingProfileRow, {});
    return profile === undefined ? null : profileOf(profile);
  },
  /** Ids or names of a user's groups; undefined: no such user. */
  groupsOf: async (userId: string) => (await table.get(userRow, { id: userId }))?.groups,
  /** The same of many; who is missing is no user. */
  groupsOfEach: async (userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> =>
    new Map(
      present(
        await table.getAll(
          userRow,
          [...new Set(userIds)].map((id) => ({ id })),
        ),
      ).map(({ id, groups }) => [id, groups]),
    ),
  /** How gateways are; who is missing is unknown. */
  statuses: async (ids: readonly string[]): Promise<ReadonlyMap<string, GatewayStatus>> =>
    new Map(
      ids.length === 0
        ? []
        : present(
            await table.getAll(
              gatewayHealthRow,
              ids.map((id) => ({ id })),
            ),
          ).map(({ id, status }) => [id, status]),
    ),
  /** All parts of the balance in one reading. */
  balance: async () => (await table.query(creditRow, {})).items,
  /** What moved the balance on a day (`2024-01-15`, UTC), in one reading. */
  charged: async (day: string) => (await table.query(ledgerDayRow, {}, { prefix: `${day}#` })).items,
  presentFor: (draft: Draft, head: PlanHead, country: string) => presentFor(table, draft, { head, country }),
  outboundCdrs: (period: Period) => outboundCdrs(table, period),
});

/** A line of a log. */
export const filed = (line: LogItem) => create(logRow, line);

export const mailed = (email: Email) => create(emailRow, email);

/** Minutes after which nobody asks any more whether a policy has notified. */
const noticeLife = 2;

/** Fails where a policy has notified in a minute (Unix) already. @param policy of all organizations */
export const onceInMinute = (policy: string, minute: number) =>
  change(
    rateRow,
    { subject: `notify/${policy}`, minute },
    {
      set: { ttl: (minute + noticeLife) * 60 },
      add: { used: 1 },
      onlyIf: { expression: 'attribute_not_exists(PK)' },
    },
  );

/** Whose price list a customer pays by. @param table of the seller */
export const priceStore = (table: Reads) => ({
  tariff: (id: string) => table.get(tariffRow, { id }),
  version: (of: Pick<Tariff, 'id' | 'version'>) => readVersion(table, of),
});

/** Who sells to an organization (billing.md, "Who sells"). */
export const sellerOf = ({ org_id, parent_id }: Pick<OrganizationItem, 'org_id' | 'parent_id'>): number =>
  parent_id ?? org_id;

/** Minutes for which a window is kept behind its own: the next one still looks at it. */
const windowLife = 3;

/** The window of a policy, which all processes count in. */
export function windowStore(store: Store, table: Reads, policy: string): WindowStore {
  const place = { organization: table.organization, row: callRateRow, key: { policy } };
  const changed = async (wanted: Parameters<typeof attempt>[2]) => {
    const { done, item } = await attempt(store, place, wanted);
    return { done, window: item };
  };
  const names = { '#minute': 'minute', '#used': 'used' };
  return {
    read: () => table.get(callRateRow, { policy }),
    add: (minute, calls, most) =>
      changed({
        add: { used: calls },
        onlyIf: {
          expression: '#minute = :minute AND #used <= :most',
          names,
          values: { ':minute': minute, ':most': most },
        },
      }),
    turn: (known, next) =>
      changed({
        set: { ...next, ttl: (next.minute + windowLife) * 60 },
        onlyIf:
          known === undefined
            ? { expression: 'attribute_not_exists(PK)' }
            : {
                expression: '#minute = :minute AND #used = :used',
                names,
                values: { ':minute': known.minute, ':used': known.used },
              },
      }),
  };
}

async function presentFor(
  table: Reads,
  draft: Draft,
  { head, country }: { readonly head: PlanHead; readonly country: string },
): Promise<Present> {
  const [policies, owners, template, groups] = await Promise.all([
    table.getAll(
      policyRow,
      policiesNamedIn(draft).map((id) => ({ id })),
    ),
    table.getAll(
      policyNameRow,
      namesTakenIn(draft).map((name) => ({ name })),
    ),
    table.get(templateRow, {}),
    groupsNamed(table, groupsNamedIn(draft)),
  ]);
  return {
    policies: new Map(present(policies).map((policy) => [policy.id, policy])),
    names: new Map(present(owners).map(({ name, owner }) => [name, owner])),
    template,
    groups,
    count: head.policies,
    load: head.load ?? 0,
    country,
  };
}

/** The groups that entries name, by id or name. */
async function groupsNamed(table: Reads, entries: readonly string[]): Promise<Group[]> {
  const owners = present(
    await table.getAll(
      groupNameRow,
      entries.map((entry) => ({ name: foldedGroupName(entry) })),
    ),
  );
  const ids = new Set([...entries.filter((entry) => entry.startsWith('grp_')), ...owners.map(({ owner }) => owner)]);
  return present(
    await table.getAll(
      groupRow,
      [...ids].map((id) => ({ id })),
    ),
  ).map(({ id, name, status }) => ({ id, name, status }));
}

/** A period of CDRs: `start` is in it, `end` is not (ISO 8601 UTC). */
type Period = {
  readonly start: string;
  readonly end: string;
  /** CDRs at most. */ readonly limit: number;
  /** Over how many partitions they are spread. */ readonly shards: number;
};

/** CDRs that are looked through for outbound ones, for each that is wanted. */
const maxExamined = 5;

/** Call starts are kept in whole seconds. */
const wholeSecond = (at: string): string =>
  new Date(Math.ceil(Date.parse(at) / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');

/** Outbound CDRs, newest first. */
async function outboundCdrs(table: Reads, { start, end, limit, shards }: Period): Promise<FiledCdr[]> {
  const partitions = Array.from(
    { length: shards },
    (_, shard) => (range: Parameters<Reads['queryIndex']>[3]) =>
      table.queryIndex(cdrRow, 'GSI1', [String(table.organization), ...shardPart(shard)], range),
  );
  const read = merged(partitions, { keyOf: timeKey, order: 'desc', between: [wholeSecond(start), wholeSecond(end)] });
  const found: FiledCdr[] = [];
  let slice: Slice<FiledCdr> | undefined;
  for (let examined = 0; examined < limit * maxExamined && found.length < limit; examined += slice.items.length) {
    slice = await read({ limit: 1_000, ...(slice?.cursor === undefined ? {} : { after: slice.cursor }) });
    found.push(...slice.items.filter(({ direction }) => direction === 'outbound'));
    if (slice.cursor === undefined) break;
  }
  return found.slice(0, limit);
}

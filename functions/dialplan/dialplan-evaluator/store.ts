import type { decides } from '#contract/decision-effects.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { updateItem } from '#dynamodb/update-item.ts';
import type { FailedCondition } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import { itemKeyAt, type Prefetch } from '#dynamodb/prefetch.ts';
import { mergeSources } from '#dynamodb/merge.ts';
import { channelRow, organizationChannels, readChannels } from '#dynamodb/rows/channel.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { gatewayHealthRow } from '#dynamodb/rows/gateway-health.ts';
import { foldedGroupName, groupNameRow, groupRow } from '#dynamodb/rows/group.ts';
import { logRow, type LogItem } from '#dynamodb/rows/log.ts';
import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { Money } from '#schema/money.ts';
import { minute as minuteLength, second } from '#schema/time.ts';
import type { GatewayStatus } from '#telephony/gateway-health.ts';
import { isImpossibleNumber, readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf, originOfCall, type NumberFormat } from '#telephony/number-format.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import {
  creditRow,
  ledgerDayRow,
  readBalance,
  readBalanceAfter,
  readPayer,
  readProfile,
  releaseWrite,
} from '../../billing/charging/row.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';
import { cdrRow, shardPart, timeKey } from '../../billing/cdr-ingest/row.ts';
import type { AccountRead, Evaluator, Reservation } from '../../billing/reservations/reservation.ts';
import {
  findingsOf,
  readReservation,
  reduceWrite,
  releaseWrites,
  reserveWrites,
} from '../../billing/reservations/row.ts';
import { policyNameRow, policyRow } from '../rows/policy.ts';
import { templateRow } from '../rows/dialplan-template.ts';
import { loadTariff, readVersion, tariffRow } from '../../billing/tariffs/row.ts';
import type { WindowStore } from '../plan/call-rate.ts';
import type { dialplanEvaluator } from './contract.ts';
import type { AccountSource, newTariffCache, Seller } from './credit.ts';
import { sellerLimits } from './credit.ts';
import { groupsNamedIn, namesTakenIn, policiesNamedIn, type Draft } from './draft.ts';
import type { Group } from '../plan/groups.ts';
import { assertChangeable } from './offered-reservation.ts';
import type { StoredState } from './draft-overlay.ts';
import type { SentNumber } from './sent-number.ts';
import { callRateRow, noHead, planHeadRow, planSource, type PlanHead } from '../plan/row.ts';

type Reads = Table<ReadName<EffectOf<typeof dialplanEvaluator>>>;
/** What decisions read. */
export type DecisionTable = Table<ReadName<(typeof decides)[number]>>;

/** Read in the round trip of the session; the item of credits therefore always before the charges. */
export const prefetch: Prefetch = () => [
  itemKeyAt(planHeadRow, {}),
  itemKeyAt(billingProfileRow, {}),
  itemKeyAt(creditRow, {}),
  itemKeyAt(channelRow, organizationChannels),
];

const byId = (ids: readonly string[]) => [...new Set(ids)].map((id) => ({ id }));

/** What a decision reads. */
export const decisionStore = (table: DecisionTable) => ({
  head: async (): Promise<PlanHead> => (await table.get(planHeadRow, {})) ?? noHead,
  plan: (head: PlanHead) => planSource(table, head),
  /** Ids or names of the groups of a user; undefined if the user does not exist. */
  groupsOf: async (userId: string) => (await table.get(userRow, { id: userId }))?.groups,
  /** The health of gateways; a gateway that is absent is unknown. */
  statuses: async (ids: readonly string[]): Promise<ReadonlyMap<string, GatewayStatus>> => {
    const gateways = ids.length === 0 ? [] : await table.getAll(gatewayHealthRow, byId(ids));
    return new Map(gateways.flatMap((gateway) => (gateway === undefined ? [] : [[gateway.id, gateway.status]])));
  },
  /** Calls of the organization that the SIP service carries now. */
  callsInProgress: async (): Promise<number> => (await readChannels(table, organizationChannels)).total,
  /** What charged the organization on a day (`2024-01-15`, UTC), in one read. */
  charges: async (day: string) => (await table.query(ledgerDayRow, {}, { prefix: `${day}#` })).items,
});

/** What the simulator reads besides. */
export const evaluatorStore = (table: Reads) => ({
  ...decisionStore(table),
  /** Ids or names of the groups of each user that exists. */
  groupsOfAll: async (userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const users = await table.getAll(userRow, byId(userIds));
    return new Map(users.flatMap((user) => (user === undefined ? [] : [[user.id, user.groups]])));
  },
  stateFor: (draft: Draft, head: PlanHead, country: string) => stateFor(table, draft, { head, country }),
  outboundCdrs: (period: Period) => outboundCdrs(table, period),
});

type AccountReads = {
  readonly table: DecisionTable;
  readonly tableOf: TableOf;
  readonly organization: Pick<OrganizationItem, 'org_id' | 'parent_id' | 'country' | 'settings' | 'created_at'>;
  readonly tariffs: ReturnType<typeof newTariffCache>;
  /** The call, if the request names it: it may have reserved something before. */
  readonly callId: string | undefined;
  /** Who asks. */
  readonly by: Evaluator;
  /** As `readFormat` and `readSeller`, which a process keeps briefly. */
  readonly formats: (of: { readonly table: DecisionTable; readonly gateway: string }) => Promise<NumberFormat | null>;
  readonly sellers: (of: { readonly tableOf: TableOf; readonly id: number }) => Promise<Seller | null>;
};

/** The number format of the trunk that a gateway uses. */
export async function readFormat(table: DecisionTable, id: string): Promise<NumberFormat | null> {
  const trunk = (await table.get(gatewayRow, { id }))?.trunk_id;
  return trunk == null ? null : ((await table.get(trunkRow, { id: trunk }))?.number_format ?? null);
}

export type TableOf = (organization: number) => DecisionTable;
type TariffCache = ReturnType<typeof newTariffCache>;

/** A reseller, whom the operator sells to; null if it limits no calls. */
export async function readSeller(tableOf: TableOf, id: number, tariffs: TariffCache): Promise<Seller | null> {
  const table = tableOf(id);
  const [payer, balance] = await Promise.all([readPayer(table), readBalance(table)]);
  if (payer === null || payer.profile === null) return null;
  const { item, profile } = payer;
  const limits = sellerLimits(profile, balance);
  if (!limits.denies && !limits.isExhausted) return null;
  const { tariffId } = profile;
  const tariff = tariffId === null ? null : await loadTariff(tableOf(operatorOrganization), tariffId, tariffs);
  return { ...limits, profile, terms: { ...numberOriginOf(item), customerSince: Date.parse(item.created_at), tariff } };
}

/** The account of an organization, with the tariff of its seller: its parent, else itself. */
export function accountSource(reads: AccountReads): AccountSource {
  const { table, tableOf, organization, tariffs, formats, sellers, callId, by } = reads;
  const origin = numberOriginOf(organization);
  const originOf = async ({ gateway }: SentNumber) =>
    originOfCall(origin, { trunk: gateway === null ? null : await formats({ table, gateway }) });
  const readSent = async (sent: SentNumber) => readNumber(sent.text, await originOf(sent)) ?? sent.text;
  const sellerTable = () => tableOf(organization.parent_id ?? organization.org_id);
  const tariffOf = async ({ tariffId: id }: BillingProfile) => {
    const tariff = id === null ? undefined : await sellerTable().get(tariffRow, { id });
    return tariff === undefined ? null : tariffs.take(tariff, () => readVersion(sellerTable(), tariff));
  };
  return {
    profile: () => readProfile(table),
    balance: async (profile, credit) =>
      readBalanceAfter(credit ?? (await table.get(creditRow, {})) ?? {}, table, profile),
    reservation: async () => {
      const reservation = callId === undefined ? null : await readReservation(table, callId);
      if (reservation !== null) assertChangeable(reservation, by);
      return reservation;
    },
    terms: async (profile) => ({
      ...origin,
      customerSince: Date.parse(organization.created_at),
      tariff: await tariffOf(profile),
    }),
    seller: async () => {
      const { parent_id: id } = organization;
      return id === null || id === operatorOrganization ? null : sellers({ tableOf, id });
    },
    possible: async (sent) => {
      const impossible = await Promise.all(
        sent.map(async (each) => isImpossibleNumber(each.text, await originOf(each))),
      );
      return impossible.flatMap((isImpossible, at) => (isImpossible ? [] : [at]));
    },
    numbers: async (sent) => {
      if (sent.to === 'gateways') return Promise.all(sent.numbers.map(readSent));
      const read = sent.texts.flatMap((text) => readNumber(text, origin) ?? []);
      return [read[0] ?? sent.texts.at(-1) ?? ''];
    },
  };
}

/** Reserves in place of what the account was read with; see `whatFailed` for its conditions. */
export const reservationWrites = (organization: number, reservation: Reservation, account: AccountRead) =>
  reserveWrites(organization, reservation, account);

/** What failed conditions of `reservationWrites` found. */
export const whatFailed = (failed: readonly FailedCondition[]) => findingsOf(failed);

export const reservationEndWrites = (reservation: Reservation) => releaseWrites(reservation);

export const reservationReleaseWrite = (released: Money) => releaseWrite(released);

export const reservationReduceWrite = (reservation: Reservation, amount: Money) => reduceWrite(reservation, amount);

export const logWrite = (line: LogItem) => create(logRow, line);

export const emailWrite = (email: Email) => create(emailRow, email);

/** Minutes until the item that guards a notice expires. */
const noticeTtl = 2;

/**
 * Fails if the policy has notified in the minute already.
 * @param policy unique across organizations; @param minute minutes since 1970
 */
export const noticeGuardWrite = (policy: string, minute: number) =>
  change(
    rateRow,
    { subject: `notify/${policy}`, minute },
    {
      set: { ttl: ((minute + noticeTtl) * minuteLength) / second },
      add: { used: 1 },
      onlyIf: { expression: 'attribute_not_exists(PK)' },
    },
  );

/** Minutes until a window expires; the next minute still needs it. */
const windowTtl = 3;

/** The window of a policy, in which all processes count. */
export function windowStore(store: Store, table: DecisionTable, policy: string): WindowStore {
  const place = { organization: table.organization, row: callRateRow, key: { policy } };
  const tryChange = async (wanted: Parameters<typeof updateItem>[2]) => {
    const { done, item } = await updateItem(store, place, wanted);
    return { done, window: item };
  };
  const names = { '#minute': 'minute', '#used': 'used' };
  return {
    read: () => table.get(callRateRow, { policy }),
    add: (minute, calls, max) =>
      tryChange({
        add: { used: calls },
        onlyIf: {
          expression: '#minute = :minute AND #used <= :max',
          names,
          values: { ':minute': minute, ':max': max },
        },
      }),
    replace: (known, next) =>
      tryChange({
        set: { ...next, ttl: ((next.minute + windowTtl) * minuteLength) / second },
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

async function stateFor(
  table: Reads,
  draft: Draft,
  { head, country }: { readonly head: PlanHead; readonly country: string },
): Promise<StoredState> {
  const [policies, names, template, groups] = await Promise.all([
    table.getAll(policyRow, byId(policiesNamedIn(draft))),
    table.getAll(
      policyNameRow,
      namesTakenIn(draft).map((name) => ({ name })),
    ),
    table.get(templateRow, {}),
    groupsNamed(table, groupsNamedIn(draft)),
  ]);
  return {
    policies: new Map(policies.flatMap((policy) => (policy === undefined ? [] : [[policy.id, policy]]))),
    names: new Map(names.flatMap((name) => (name === undefined ? [] : [[name.name, name.owner]]))),
    template,
    groups,
    count: head.policies,
    load: head.load ?? 0,
    country,
  };
}

/** The groups that entries name, by id or name. */
async function groupsNamed(table: Reads, entries: readonly string[]): Promise<Group[]> {
  const names = await table.getAll(
    groupNameRow,
    entries.map((entry) => ({ name: foldedGroupName(entry) })),
  );
  const ids = [...entries.filter((entry) => entry.startsWith('grp_')), ...names.flatMap((name) => name?.owner ?? [])];
  const groups = await table.getAll(groupRow, byId(ids));
  return groups.flatMap((group) =>
    group === undefined ? [] : [{ id: group.id, name: group.name, status: group.status }],
  );
}

/** A period of CDRs (ISO 8601 UTC): `start` inclusive, `end` exclusive. */
type Period = {
  readonly start: string;
  readonly end: string;
  /** Number of CDRs at most. */
  readonly limit: number;
  /** Number of partitions of the CDRs. */
  readonly shards: number;
};

/** CDRs that are read per requested one, to find the outbound ones. */
const maxReadsPerCdr = 5;

/** The start of the next whole second: CDRs are stored by whole seconds. */
const ceilToSecond = (at: string): string =>
  new Date(Math.ceil(Date.parse(at) / second) * second).toISOString().replace('.000Z', 'Z');

/** Outbound CDRs that are not void, newest first. */
async function outboundCdrs(table: Reads, { start, end, limit, shards }: Period): Promise<FiledCdr[]> {
  const partitions = Array.from(
    { length: shards },
    (_shard, shard) => (range: Parameters<Reads['queryIndex']>[3]) =>
      table.queryIndex(cdrRow, 'GSI1', [String(table.organization), ...shardPart(shard)], range),
  );
  const read = mergeSources(partitions, {
    keyOf: timeKey,
    order: 'desc',
    between: [ceilToSecond(start), ceilToSecond(end)],
  });
  const found: FiledCdr[] = [];
  let slice: Slice<FiledCdr> | undefined;
  for (let examined = 0; examined < limit * maxReadsPerCdr && found.length < limit; examined += slice.items.length) {
    slice = await read({ limit: 1_000, ...(slice?.cursor === undefined ? {} : { after: slice.cursor }) });
    found.push(...slice.items.filter((cdr) => cdr.direction === 'outbound' && !cdr.void));
    if (slice.cursor === undefined) break;
  }
  return found.slice(0, limit);
}

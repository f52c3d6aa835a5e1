import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { callRow, liveCalls } from '#dynamodb/rows/call.ts';
import { organizationChannels, readChannels } from '#dynamodb/rows/channel.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { deviceRow, devicesOfUser } from '#dynamodb/rows/device.ts';
import { gatewayHealthRow } from '#dynamodb/rows/gateway-health.ts';
import { mailboxRow, mailboxUserRow, readMailbox } from '#dynamodb/rows/mailbox.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { cdrCallRow, cdrRow, shardPart } from '#functions/billing/cdr-ingest/row.ts';
import { readBalance, readProfile } from '#functions/billing/charging/row.ts';
import { countedByRow } from '#functions/billing/rows/call-count.ts';
import { partOf, type CallCountItem } from '#schema/call-counts.ts';
import { countsOf } from '#schema/mailbox.ts';
import { deviceStateRow, hasRegisteredLine } from '#functions/telephony/rows/device-state.ts';
import { stirCertificateRow } from '#functions/telephony/rows/stir-certificate.ts';
import type { summaries } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof summaries>>>;

/** Whether a shard has a CDR. The first one has, unless the organization has few: one read. */
async function hasAnyCdr(table: Reads, shards: number): Promise<boolean> {
  for (let shard = 0; shard < shards; shard += 1) {
    const partition = [String(table.organization), ...shardPart(shard)];
    if ((await table.queryIndex(cdrRow, 'GSI1', partition, { limit: 1 })).items.length > 0) return true;
  }
  return false;
}

export const summaryStore = (table: Reads) => ({
  /** By name. */
  counts: async (names: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const counts = await Promise.all(names.map((of) => table.get(countRow, { of })));
    return new Map(names.map((name, at) => [name, counts[at]?.value ?? 0]));
  },
  callsInProgress: async (): Promise<number> => (await readChannels(table, organizationChannels)).total,
  callsInProgressOf: async (user: string): Promise<number> => {
    const calls = await readToEnd((after) => table.queryIndex(callRow, 'GSI1', liveCalls(table.organization), after));
    return calls.filter(({ user_id: of }) => of === user).length;
  },
  onlineDevices: async (): Promise<number> =>
    (await readToEnd((after) => table.query(deviceStateRow, {}, after))).filter(hasRegisteredLine).length,
  /** The devices of a user, and how many of them are online. */
  devicesOf: async (user: string): Promise<{ readonly devices: number; readonly online_devices: number }> => {
    const partition = devicesOfUser(table.organization, user);
    const devices = await readToEnd((after) => table.queryIndex(deviceRow, 'GSI1', partition, after));
    const states = await table.getAll(
      deviceStateRow,
      devices.map(({ id }) => ({ id })),
    );
    const online = states.filter((state) => state !== undefined && hasRegisteredLine(state));
    return { devices: devices.length, online_devices: online.length };
  },
  /** @param shards of the CDRs of the organization */
  hasCdrs: (shards: number): Promise<boolean> => hasAnyCdr(table, shards),
  hasCdrsOf: async (user: string): Promise<boolean> => {
    const partition = [String(table.organization), 'user', user];
    return (await table.queryIndex(cdrCallRow, 'GSI1', partition, { limit: 1 })).items.length > 0;
  },
  /** @param days both included */
  hours: ({ from, to }: { readonly from: string; readonly to: string }): Promise<readonly CallCountItem[]> => {
    const within = { between: [from, `${to}#\uffff`], order: 'asc' } as const;
    return readToEnd((after) => table.query(countedByRow('hour'), { part: partOf.hour }, { ...within, ...after }));
  },
  failedGateways: async (): Promise<number> =>
    (await readToEnd((after) => table.query(gatewayHealthRow, {}, after))).filter(({ status }) => status === 'down')
      .length,
  /** Ends of the certificates for calls, ISO 8601. */
  certificateEnds: async (): Promise<readonly string[]> => {
    const certificates = await readToEnd((after) => table.query(stirCertificateRow, {}, after));
    return certificates.flatMap(({ not_after: end }) => end ?? []);
  },
  /** Unheard messages of a user's mailbox. */
  newVoicemail: async (id: string): Promise<number> => {
    const [user, named] = await Promise.all([table.get(userRow, { id }), table.get(mailboxUserRow, { user_id: id })]);
    const mailbox = named?.mailbox ?? user?.extension ?? null;
    if (mailbox === null) return 0;
    const [found, counts] = await Promise.all([readMailbox(table, mailbox), table.get(mailboxRow, { mailbox })]);
    return named !== undefined || found?.user_id === id ? countsOf(counts).new : 0;
  },
  account: async () => {
    const [profile, balance] = await Promise.all([readProfile(table), readBalance(table)]);
    return { profile, balance };
  },
});

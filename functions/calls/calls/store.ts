import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPages } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { callRow, liveCalls } from '#dynamodb/rows/call.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { readReadyFile } from '#dynamodb/rows/file.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { dropRow } from '#dynamodb/rows/voicemail-drop.ts';
import { callFlowRow } from '#functions/telephony/rows/call-flow.ts';
import { hostOf, type CallDestination } from '#schema/call-request.ts';
import type { SipTrace, TracedLeg } from '#telephony/sip-trace.ts';
import type { calls } from './contract.ts';
import type { FoundEnd } from './new-call.ts';
import type { FoundPeer } from './trace.ts';

type Reads = Table<ReadName<EffectOf<typeof calls>>>;

/** Whether a host is that of a trunk, a gateway or an active domain of the organization. */
async function isOwnHost(table: Reads, host: string): Promise<boolean> {
  const [domain, trunks, gateways] = await Promise.all([
    table.get(domainNameRow, { host, claim: 'active' as const }),
    readToEnd((after) => table.query(trunkRow, {}, after)),
    readToEnd((after) => table.query(gatewayRow, {}, after)),
  ]);
  const peers = [...trunks, ...gateways.flatMap(({ peer }) => peer ?? [])];
  return (
    domain?.org_id === table.organization ||
    peers.some((peer) => peer.host.toLowerCase().replace(/^\[|\]$/g, '') === host)
  );
}

async function findEnd(table: Reads, end: CallDestination): Promise<FoundEnd> {
  switch (end.type) {
    case 'phone':
      return {};
    case 'device':
      return { device: await table.get(deviceRow, { id: end.id }) };
    case 'line':
      return { line: await table.get(phoneRow, { username: end.username }) };
    case 'flow':
      return { flow: await table.get(callFlowRow, { id: end.id }) };
    case 'sip':
      return { isOwnHost: await isOwnHost(table, hostOf(end.uri)) };
  }
}

/** The peer of a leg as it is configured now; undefined: the leg has none. Of one that is deleted nothing is known. */
async function findPeer(table: Reads, { trunk_id: trunk, gateway_id: gateway }: TracedLeg): Promise<FoundPeer> {
  if (trunk !== null) return (await table.get(trunkRow, { id: trunk })) ?? 'deleted';
  return gateway === null ? undefined : ((await table.get(gatewayRow, { id: gateway })) ?? 'deleted');
}

export const callStore = (table: Reads) => ({
  get: (id: string) => table.get(callRow, { id }),
  /** Calls in progress. The index lags behind: a call may still be in it just after its end. */
  page: readPages((range) => table.queryIndex(callRow, 'GSI1', liveCalls(table.organization), range)),
  /** What the tasks have seen of a call. */
  traces: (id: string): Promise<readonly SipTrace[]> =>
    readToEnd((after) => table.query(sipTraceRow, { call_id: id }, after)),
  peer: (leg: TracedLeg) => findPeer(table, leg),
  end: (end: CallDestination) => findEnd(table, end),
  number: (number: string) => table.get(numberRow, { number }),
  user: (id: string) => table.get(userRow, { id }),
  drop: (id: string) => table.get(dropRow, { id }),
  file: (id: string) => readReadyFile(table, id),
});

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { callRow, liveCalls } from '#dynamodb/rows/call.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { callFlowRow } from '#functions/telephony/rows/call-flow.ts';
import { hostOf, type CallDestination } from '#schema/call-request.ts';
import type { Call } from '#schema/call.ts';
import type { calls } from './contract.ts';
import type { FoundEnd } from './new-call.ts';

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

export const callStore = (table: Reads) => ({
  get: (id: string) => table.get(callRow, { id }),
  /** Calls in progress. The index lags behind: a call may still be in it just after its end. */
  page: (request: PageRequest, keep: (call: Call) => boolean) =>
    readPage(request, {
      read: (range) => table.queryIndex(callRow, 'GSI1', liveCalls(table.organization), range),
      keep,
    }),
  end: (end: CallDestination) => findEnd(table, end),
  number: (number: string) => table.get(numberRow, { number }),
  user: (id: string) => table.get(userRow, { id }),
});

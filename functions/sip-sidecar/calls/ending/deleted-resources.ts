import { deviceRow } from '#dynamodb/rows/device.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Call, HangupCause } from '#telephony/call.ts';
import { isLive as isLiveLine } from '#schema/phone.ts';

/** A call that this task carries. */
export type CarriedCall = { readonly record: Call; readonly end: (cause: HangupCause) => void };

type Reads = Table<'organization' | 'trunk' | 'gateway' | 'number' | 'device' | 'phone'>;

/** The dependencies of the check. */
export type DeletedResourcesDependencies = {
  readonly tableOf: (organization: number) => Pick<Reads, 'get' | 'getAll'>;
  readonly clock: () => Date;
  readonly calls: () => Iterable<CarriedCall>;
};

/** The kinds of resources without which a call ends, and its cause then. */
const causes = {
  trunk: 'TRUNK_DELETED',
  gateway: 'GATEWAY_DELETED',
  number: 'NUMBER_RELEASED',
  device: 'DEVICE_DELETED',
  line: 'LINE_ENDED',
} as const satisfies Readonly<Record<string, HangupCause>>;
type Kind = keyof typeof causes;
type Resource = { readonly kind: Kind; readonly id: string };

const isKind = (kind: string): kind is Kind => Object.hasOwn(causes, kind);
const nameOf = ({ kind, id }: Resource): string => `${kind}/${id}`;

/**
 * What a call needs: its trunks, gateways and numbers, and the phones at its legs. A phone that only rings besides
 * others is no leg.
 */
function resourcesOf({ channels, legs }: Call): Resource[] {
  const taken = channels.flatMap(({ kind, id }) =>
    isKind(kind) && kind !== 'device' && kind !== 'line' ? [{ kind, id }] : [],
  );
  const phones = legs
    .filter(({ status }) => status !== 'hangup')
    .flatMap(({ device_id: device, line }): Resource[] => [
      ...(device === null ? [] : [{ kind: 'device' as const, id: device }]),
      ...(line === null ? [] : [{ kind: 'line' as const, id: line }]),
    ]);
  return [...taken, ...phones];
}

/** Those of the resources that exist. @param now of lines, which expire */
async function existing(
  table: Pick<Reads, 'getAll'>,
  organization: number,
  resources: readonly Resource[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const ids = (kind: Kind) => resources.filter((each) => each.kind === kind).map(({ id }) => id);
  const byId = (kind: Kind) => ids(kind).map((id) => ({ id }));
  const [trunks, gateways, numbers, devices, lines] = await Promise.all([
    table.getAll(trunkRow, byId('trunk')),
    table.getAll(gatewayRow, byId('gateway')),
    table.getAll(
      numberRow,
      ids('number').map((number) => ({ number })),
    ),
    table.getAll(deviceRow, byId('device')),
    table.getAll(
      phoneRow,
      ids('line').map((username) => ({ username })),
    ),
  ]);
  const isHeld = (number: (typeof numbers)[number]) => number?.state === 'active' && number.org_id === organization;
  return new Set([
    ...trunks.flatMap((trunk) => (trunk === undefined ? [] : [nameOf({ kind: 'trunk', id: trunk.id })])),
    ...gateways.flatMap((gateway) => (gateway === undefined ? [] : [nameOf({ kind: 'gateway', id: gateway.id })])),
    ...numbers.flatMap((each) => (each && isHeld(each) ? [nameOf({ kind: 'number', id: each.number })] : [])),
    ...devices.flatMap((device) => (device === undefined ? [] : [nameOf({ kind: 'device', id: device.id })])),
    ...lines.flatMap((line) => (line && isLiveLine(line, now) ? [nameOf({ kind: 'line', id: line.username })] : [])),
  ]);
}

/** Ends those calls of an organization that need what is gone. */
async function endIn(
  organization: number,
  calls: readonly CarriedCall[],
  { tableOf, clock }: DeletedResourcesDependencies,
): Promise<void> {
  const table = tableOf(organization);
  const resources = new Map(
    calls.flatMap(({ record }) => resourcesOf(record)).map((each) => [nameOf(each), each] as const),
  );
  const [item, found] = await Promise.all([
    table.get(organizationRow, {}),
    existing(table, organization, [...resources.values()], clock()),
  ]);
  for (const { record, end } of calls) {
    const missing = resourcesOf(record).find((each) => !found.has(nameOf(each)));
    if (item?.status === 'closed') end('ORG_CLOSED');
    else if (missing !== undefined) end(causes[missing.kind]);
  }
}

/**
 * Ends the calls over trunks, gateways, numbers, devices and lines that were deleted by force, and those of closed
 * organizations. A task looks at its own calls periodically, so that no command can be lost with a task that dies.
 */
export async function endCallsOfDeleted(dependencies: DeletedResourcesDependencies): Promise<void> {
  const live = [...dependencies.calls()].filter(({ record }) => record.status !== 'hangup');
  const byOrganization = Map.groupBy(live, ({ record }) => record.org_id);
  await Promise.all([...byOrganization].map(([organization, calls]) => endIn(organization, calls, dependencies)));
}

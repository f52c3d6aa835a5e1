import type { Store } from '../../../shared/dynamodb/client.ts';
import { Contention } from '../../../shared/dynamodb/commit.ts';
import { putEach } from '../../../shared/dynamodb/put-each.ts';
import { fromAttributes, keyAttributes } from '../../../shared/dynamodb/row.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';
import { bindingRefreshRow, refreshOf, type BindingRefreshKey } from '../../telephony/rows/binding-refresh.ts';
import { sipAccountRow, type SipAccountItem } from '../../telephony/rows/sip-account.ts';
import {
  deviceStateRow,
  lineRegistration,
  stateChange,
  type LineRegistration,
} from '../../telephony/rows/device-state.ts';
import { batchGet, keyText } from '../../../shared/dynamodb/table.ts';
import { checked, overwrite, remove, removeIf, type Write } from '../../../shared/dynamodb/write.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Recorder } from '../../../shared/runtime/event-record.ts';
import type { Owned } from './owned-bindings.ts';
import type { Outcome } from './registration.ts';

type BindingKey = Pick<BindingItem, 'sip_username' | 'contact_key'>;
type RegistrarWrite = Write<
  | 'check:sip-credential'
  | 'binding'
  | 'binding-refresh'
  | 'device-state'
  | 'event:device.registered'
  | 'event:device.unregistered'
>;

/**
 * Nobody else has touched the binding since it was read, with what refreshed it; where there was none, there is none.
 */
const asRead = (before: BindingItem | undefined) =>
  before === undefined
    ? { expression: 'attribute_not_exists(PK)' }
    : {
        expression: '#owner = :owner AND #registered = :registered AND #cseq <= :cseq',
        names: { '#owner': 'owner', '#registered': 'registered_at', '#cseq': 'cseq' },
        values: { ':owner': before.owner, ':registered': before.registered_at, ':cseq': before.cseq },
      };

/** Takes away what refreshed a binding, unless its owner has refreshed it again. */
const notRefreshed = (before: BindingItem): Write<'binding-refresh'> =>
  removeIf<'binding-refresh', BindingRefreshKey>(bindingRefreshRow, before, {
    expression: 'attribute_not_exists(PK) OR #registered <> :registered OR #cseq <= :cseq',
    names: { '#registered': 'registered_at', '#cseq': 'cseq' },
    values: { ':registered': before.registered_at, ':cseq': before.cseq },
  });

const put = ({ binding, before }: Outcome['put'][number]): Write<'binding' | 'binding-refresh'>[] => [
  overwrite<'binding', BindingItem, BindingKey>(bindingRow, binding, asRead(before)),
  ...(before === undefined ? [] : [notRefreshed(before)]),
];

/**
 * What became of a line: whether it was registered before, and is now. `isFirst`: that it was not is known by its
 * device's state alone.
 */
export type LineChange = { readonly was: boolean; readonly is: boolean; readonly isFirst?: boolean };

const described = {
  registered: 'A line of the device registered',
  unregistered: 'A line of the device unregistered',
  expired: 'The registration of a line of the device expired',
} as const;

/** A line begins or ceases to be registered, or comes from elsewhere. */
function stateWrites(
  binding: BindingItem,
  { was, is, isFirst = false }: LineChange,
  {
    record,
    at,
    reason,
  }: { readonly record: Recorder; readonly at: string; readonly reason: 'unregistered' | 'expired' },
): RegistrarWrite[] {
  const { device_id: device, line_number: line } = binding;
  if (device === undefined || line === undefined) return [];
  const seen = is
    ? {
        ip_address: binding.flow.remote.address,
        last_seen: at,
        owner: binding.owner,
        ...(binding.user_agent === null ? {} : { firmware_version: binding.user_agent }),
      }
    : {};
  const registration: LineRegistration = { state: is ? 'registered' : reason, since: at };
  const lines = was && is ? {} : { [line]: registration };
  const entity = { type: 'device', id: device };
  const fields = { line_number: line, ip_address: binding.flow.remote.address, reason };
  const event =
    was === is
      ? []
      : is
        ? [
            record('device.registered', {
              entity,
              description: described.registered,
              fields: { ...fields, reason: null, user_agent: binding.user_agent },
            }),
          ]
        : [record('device.unregistered', { entity, description: described[reason], fields })];
  return [stateChange(device, seen, { lines, ...(isFirst ? { unlessRegistered: line } : {}) }), ...event];
}

type Line = Pick<SipAccountItem, 'org_id' | 'device_id' | 'line_number'>;

/** Whether lines have no binding, by the states of their devices: these follow each first and last binding. */
export async function areUnregistered(store: Store, lines: readonly Line[]): Promise<boolean[]> {
  const keys = lines.map(({ org_id: organization, device_id: id }) =>
    keyAttributes(deviceStateRow, organization, { id }),
  );
  const found = await batchGet(store, keys);
  return lines.map(({ line_number: line }, at) => {
    const state = found.get(keyText(keys[at] ?? {}));
    return (
      lineRegistration(state === undefined ? undefined : fromAttributes(deviceStateRow, state), line)?.state !==
      'registered'
    );
  });
}

/** Whether a REGISTER came to nothing because its account is no more. */
export const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'NOT_FOUND';

/** Everything that a REGISTER changes, in one transaction. */
export function registrationWrites(
  { put: bound, removed }: Outcome,
  line: LineChange,
  { record, at }: { readonly record: Recorder; readonly at: string },
): RegistrarWrite[] {
  const [first] = bound;
  const shown = first?.binding ?? removed[0];
  return [
    ...(first === undefined
      ? []
      : [
          checked(
            sipAccountRow,
            first.binding,
            { expression: 'attribute_exists(PK)' },
            new AppError('NOT_FOUND', 'The account is gone'),
          ),
        ]),
    ...bound.flatMap(put),
    ...removed.flatMap((binding) => [
      remove<'binding', BindingKey>(bindingRow, binding),
      remove<'binding-refresh', BindingRefreshKey>(bindingRefreshRow, binding),
    ]),
    ...(shown === undefined ? [] : stateWrites(shown, line, { record, at, reason: 'unregistered' })),
  ];
}

/**
 * A binding's time is over; `isLast`: its line is then without any. Stale when it was refreshed, or another task has
 * it.
 */
export const expiryWrites = (
  binding: BindingItem,
  isLast: boolean,
  context: { readonly record: Recorder; readonly at: string },
): RegistrarWrite[] => [
  removeIf<'binding', BindingKey>(bindingRow, binding, asRead(binding)),
  notRefreshed(binding),
  ...(isLast ? stateWrites(binding, { was: true, is: false }, { ...context, reason: 'expired' }) : []),
];

/** Another task owns the binding from now on. Stale when somebody else was faster. */
export const takeoverWrites = (before: BindingItem, binding: BindingItem): RegistrarWrite[] => [
  ...put({ binding, before }),
  ...(binding.device_id === undefined ? [] : [stateChange(binding.device_id, { owner: binding.owner })]),
];

/**
 * Refreshes that change nothing but times, each of another binding: one small write each, and then a look at whether
 * the binding still is this task's. In this order: whoever takes it over meets the refresh, or is met here.
 * @returns of each whether nobody else has touched its binding since; an error where the store was too busy for it
 */
export async function refreshAll(
  store: Store,
  refreshes: readonly Pick<Owned, 'organization' | 'binding'>[],
): Promise<(boolean | Contention)[]> {
  const put = await putEach(
    store,
    bindingRefreshRow,
    refreshes.map(({ binding }) => refreshOf(binding)),
  );
  const keys = refreshes.map(({ organization, binding }) =>
    keyAttributes<BindingKey>(bindingRow, organization, binding),
  );
  const found = await batchGet(store, keys, ['owner', 'registered_at']);
  return refreshes.map(({ binding }, at) => {
    const stored = found.get(keyText(keys[at] ?? {}));
    if (put[at] !== true) return new Contention();
    const present = stored === undefined ? undefined : fromAttributes<BindingItem>(bindingRow, stored);
    return present?.owner === binding.owner && present.registered_at === binding.registered_at;
  });
}

import type { Store } from '#dynamodb/client.ts';
import { Contention } from '#dynamodb/commit.ts';
import { putEach } from '#dynamodb/put-each.ts';
import { fromAttributes, keyAttributes } from '#dynamodb/row.ts';
import { bindingRow, type BindingItem, type PresentBinding } from '../../telephony/rows/binding.ts';
import { bindingRefreshRow, refreshOf, type BindingRefreshKey } from '../../telephony/rows/binding-refresh.ts';
import { sipAccountRow, type SipAccountItem } from '../../telephony/rows/sip-account.ts';
import {
  deviceStateRow,
  lineRegistration,
  stateChange,
  type LineRegistration,
} from '../../telephony/rows/device-state.ts';
import { batchGet, keyText } from '#dynamodb/table.ts';
import { checkReadCondition, overwrite, remove, removeIf, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { Recorder } from '#runtime/event-record.ts';
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
  | 'event:phone.registered'
  | 'event:phone.unregistered'
>;

/** Condition: the binding, with its refreshes, is unchanged since it was read; a missing one is still missing. */
function unchangedCondition(before: PresentBinding | undefined) {
  if (before === undefined) return { expression: 'attribute_not_exists(PK)' };
  const { registered_at, cseq } = before.written ?? before;
  return {
    expression: '#owner = :owner AND #registered = :registered AND #cseq <= :cseq',
    names: { '#owner': 'owner', '#registered': 'registered_at', '#cseq': 'cseq' },
    values: { ':owner': before.owner, ':registered': registered_at, ':cseq': cseq },
  };
}

/** Deletes the refresh of a binding, on condition that its owner has not refreshed it again. */
const refreshDeletion = (before: PresentBinding): Write<'binding-refresh'> =>
  removeIf<'binding-refresh', BindingRefreshKey>(bindingRefreshRow, before, {
    // A phone that restarted may count its CSeq from 1 again.
    expression: 'attribute_not_exists(PK) OR #registered <> :registered OR #at < :at OR (#at = :at AND #cseq <= :cseq)',
    names: { '#registered': 'registered_at', '#at': 'refreshed_at', '#cseq': 'cseq' },
    values: {
      ':registered': (before.written ?? before).registered_at,
      ':at': before.refreshed_at,
      ':cseq': before.cseq,
    },
  });

const bindingWrites = ({ binding, before }: Outcome['put'][number]): Write<'binding' | 'binding-refresh'>[] => [
  overwrite<'binding', BindingItem, BindingKey>(bindingRow, binding, unchangedCondition(before)),
  ...(before === undefined ? [] : [refreshDeletion(before)]),
];

/**
 * Whether a line was registered before a change, and is after it. `isFirst`: its bindings were not read, and only the
 * state of its device says that it was not registered.
 */
export type LineChange = { readonly was: boolean; readonly is: boolean; readonly isFirst?: boolean };

const descriptions = {
  registered: 'A line of the device registered',
  unregistered: 'A line of the device unregistered',
  expired: 'The registration of a line of the device expired',
} as const;

/** When and by whom a change is recorded. */
type ChangeContext = { readonly record: Recorder; readonly at: string };
type EndReason = 'unregistered' | 'expired';

/** The state of the device, and the event if the line starts or stops being registered. */
function stateWrites(
  binding: BindingItem,
  { was, is, isFirst = false }: LineChange,
  { record, at, reason }: ChangeContext & { readonly reason: EndReason },
): RegistrarWrite[] {
  const { device_id: device, line_number: line } = binding;
  const state = is ? 'registered' : reason;
  if (device === undefined || line === undefined) return was === is ? [] : [lineEvent(binding, state, record)];
  const seen = is
    ? {
        ip_address: binding.flow.remote.address,
        last_seen: at,
        owner: binding.owner,
        ...(binding.user_agent === null ? {} : { firmware_version: binding.user_agent }),
      }
    : {};
  const registration: LineRegistration = { state, since: at };
  const lines = was && is ? {} : { [line]: registration };
  return [
    stateChange(device, seen, { lines, ...(isFirst ? { unlessRegistered: line } : {}) }),
    ...(was === is ? [] : [registrationEvent(binding, state, record)]),
  ];
}

function registrationEvent(binding: BindingItem, state: 'registered' | EndReason, record: Recorder): RegistrarWrite {
  const { device_id: device = '', line_number: line, flow, user_agent } = binding;
  const entity = { type: 'device', id: device };
  const fields = { line_number: line, ip_address: flow.remote.address };
  const description = descriptions[state];
  return state === 'registered'
    ? record('device.registered', { entity, description, fields: { ...fields, reason: null, user_agent } })
    : record('device.unregistered', { entity, description, fields: { ...fields, reason: state } });
}

const lineDescriptions = {
  registered: 'The phone line registered',
  unregistered: 'The phone line unregistered',
  expired: 'The registration of the phone line expired',
} as const;

/** The event of a phone line that starts or stops being registered. */
function lineEvent(binding: BindingItem, state: 'registered' | EndReason, record: Recorder): RegistrarWrite {
  const { sip_username: id, contact, flow, user_agent, event_callback: callback_url } = binding;
  const details = { entity: { type: 'phone', id }, description: lineDescriptions[state], callback_url };
  const fields = { contact, transport: flow.transport, ip_address: flow.remote.address };
  return state === 'registered'
    ? record('phone.registered', { ...details, fields: { ...fields, reason: null, user_agent } })
    : record('phone.unregistered', { ...details, fields: { ...fields, reason: state } });
}

type Line = Pick<SipAccountItem, 'org_id' | 'device_id' | 'line_number'>;

/** Whether lines have no binding, by the state of their devices, which changes with the first and the last binding. */
export async function areLinesUnregistered(store: Store, lines: readonly Line[]): Promise<boolean[]> {
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

/** Whether a REGISTER failed because its account has been deleted. */
export const isAccountDeleted = (error: unknown): boolean => error instanceof AppError && error.code === 'NOT_FOUND';

/** The writes of a REGISTER, for one transaction. */
export function registrationWrites(
  { put: bound, removed }: Outcome,
  line: LineChange,
  { record, at }: ChangeContext,
): RegistrarWrite[] {
  const [first] = bound;
  const shown = first?.binding ?? removed[0];
  return [
    ...(first === undefined
      ? []
      : [
          checkReadCondition(
            sipAccountRow,
            first.binding,
            { expression: 'attribute_exists(PK)' },
            new AppError('NOT_FOUND', 'The SIP account has been deleted'),
          ),
        ]),
    ...bound.flatMap(bindingWrites),
    ...removed.flatMap((binding) => [
      remove<'binding', BindingKey>(bindingRow, binding),
      remove<'binding-refresh', BindingRefreshKey>(bindingRefreshRow, binding),
    ]),
    ...(shown === undefined ? [] : stateWrites(shown, line, { record, at, reason: 'unregistered' })),
  ];
}

/**
 * Removes an expired binding. Fails if the binding was refreshed, or if another task owns it.
 * @param isLast whether its line has no other binding
 */
export const expiryWrites = (binding: BindingItem, isLast: boolean, context: ChangeContext): RegistrarWrite[] => [
  removeIf<'binding', BindingKey>(bindingRow, binding, unchangedCondition(binding)),
  refreshDeletion(binding),
  ...(isLast ? stateWrites(binding, { was: true, is: false }, { ...context, reason: 'expired' }) : []),
];

/** Changes the owner of a binding. Fails if another task was faster. */
export const takeoverWrites = (before: BindingItem, binding: BindingItem): RegistrarWrite[] => [
  ...bindingWrites({ binding, before }),
  ...(binding.device_id === undefined ? [] : [stateChange(binding.device_id, { owner: binding.owner })]),
];

/**
 * Writes refreshes and restarts, of one binding each, and then checks whether this task still owns the bindings. The
 * order matters: a task that takes a binding over either finds the refresh, or is found here.
 * @param isAlone whether no other task can take a binding over: then both are done at the same time
 * @returns per refresh whether the binding is unchanged; an error if the store was too busy
 */
export async function refreshAll(
  store: Store,
  refreshes: readonly Pick<Owned, 'organization' | 'binding'>[],
  isAlone: boolean,
): Promise<(boolean | Contention)[]> {
  const putAll = () =>
    putEach(
      store,
      bindingRefreshRow,
      refreshes.map(({ binding }) => refreshOf(binding)),
    );
  const keys = refreshes.map(({ organization, binding }) =>
    keyAttributes<BindingKey>(bindingRow, organization, binding),
  );
  const readOwners = () => batchGet(store, keys, ['owner', 'registered_at']);
  const [put, found] = isAlone
    ? await Promise.all([putAll(), readOwners()])
    : ([await putAll(), await readOwners()] as const);
  return refreshes.map(({ binding }, at) => {
    const stored = found.get(keyText(keys[at] ?? {}));
    if (put[at] !== true) return new Contention();
    const present = stored === undefined ? undefined : fromAttributes<BindingItem>(bindingRow, stored);
    const { registered_at } = binding.written ?? binding;
    return present?.owner === binding.owner && present.registered_at === registered_at;
  });
}

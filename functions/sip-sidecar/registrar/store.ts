import { attempt } from '../../../shared/dynamodb/attempt.ts';
import type { Store } from '../../../shared/dynamodb/client.ts';
import { bindingRow, type BindingItem } from '../../../shared/dynamodb/rows/binding.ts';
import { sipAccountRow } from '../../../shared/dynamodb/rows/sip-account.ts';
import { stateChange, type LineRegistration } from '../../../shared/dynamodb/rows/device-state.ts';
import { checked, overwrite, remove, removeIf, type Write } from '../../../shared/dynamodb/write.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Recorder } from '../../../shared/http/event-record.ts';
import type { Outcome } from './registration.ts';

type BindingKey = Pick<BindingItem, 'sip_username' | 'contact_key'>;
type RegistrarWrite = Write<'check:sip-credential' | 'binding' | 'device-state' | 'event:device.registered' | 'event:device.unregistered'>;

/** Nobody else has touched the binding since it was read; where there was none, there is none. */
const asRead = (before: BindingItem | undefined) => (before === undefined
  ? { expression: 'attribute_not_exists(PK)' }
  : { expression: '#refreshed = :refreshed AND #cseq = :cseq AND #owner = :owner', names: { '#refreshed': 'refreshed_at', '#cseq': 'cseq', '#owner': 'owner' }, values: { ':refreshed': before.refreshed_at, ':cseq': before.cseq, ':owner': before.owner } });

const put = ({ binding, before }: Outcome['put'][number]): Write<'binding'> => overwrite<'binding', BindingItem, BindingKey>(bindingRow, binding, asRead(before));

/** What became of a line: whether it was registered before, and is now. */
export type LineChange = { readonly was: boolean; readonly is: boolean };

const described = { registered: 'A line of the device registered', unregistered: 'A line of the device unregistered', expired: 'The registration of a line of the device expired' } as const;

/** A line begins or ceases to be registered, or comes from elsewhere. */
function stateWrites(binding: BindingItem, { was, is }: LineChange, { record, at, reason }: { readonly record: Recorder; readonly at: string; readonly reason: 'unregistered' | 'expired' }): RegistrarWrite[] {
  const { device_id: device, line_number: line } = binding;
  if (device === undefined || line === undefined) return [];
  const seen = is ? { ip_address: binding.flow.remote.address, last_seen: at, owner: binding.owner, ...(binding.user_agent === null ? {} : { firmware_version: binding.user_agent }) } : {};
  const registration: LineRegistration = { state: is ? 'registered' : reason, since: at };
  const lines = was && is ? {} : { [line]: registration };
  const entity = { type: 'device', id: device };
  const fields = { line_number: line, ip_address: binding.flow.remote.address, reason };
  const event = was === is ? [] : is
    ? [record('device.registered', { entity, description: described.registered, fields: { ...fields, reason: null, user_agent: binding.user_agent } })]
    : [record('device.unregistered', { entity, description: described[reason], fields })];
  return [stateChange(device, seen, lines), ...event];
}

/** Whether a REGISTER came to nothing because its account is no more. */
export const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'NOT_FOUND';

/** Everything that a REGISTER changes, in one transaction. */
export function registrationWrites({ put: bound, removed }: Outcome, line: LineChange, { record, at }: { readonly record: Recorder; readonly at: string }): RegistrarWrite[] {
  const [first] = bound;
  const shown = first?.binding ?? removed[0];
  return [
    ...(first === undefined ? [] : [checked(sipAccountRow, first.binding, { expression: 'attribute_exists(PK)' }, new AppError('NOT_FOUND', 'The account is gone'))]),
    ...bound.map(put),
    ...removed.map((binding) => remove<'binding', BindingKey>(bindingRow, binding)),
    ...(shown === undefined ? [] : stateWrites(shown, line, { record, at, reason: 'unregistered' })),
  ];
}

/** A binding's time is over; `isLast`: its line is then without any. Stale when it was refreshed, or another task has it. */
export const expiryWrites = (binding: BindingItem, isLast: boolean, context: { readonly record: Recorder; readonly at: string }): RegistrarWrite[] => [
  removeIf<'binding', BindingKey>(bindingRow, binding, asRead(binding)),
  ...(isLast ? stateWrites(binding, { was: true, is: false }, { ...context, reason: 'expired' }) : []),
];

/** Another task owns the binding from now on. Stale when somebody else was faster. */
export const takeoverWrites = (before: BindingItem, binding: BindingItem): RegistrarWrite[] =>
  [put({ binding, before }), ...(binding.device_id === undefined ? [] : [stateChange(binding.device_id, { owner: binding.owner })])];

/** A refresh that changes nothing but times: one small write. @returns whether nobody else has touched the binding since */
export async function refresh(store: Store, organization: number, before: BindingItem, binding: BindingItem): Promise<boolean> {
  const { refreshed_at, expires_at, cseq } = binding;
  const { done } = await attempt<BindingItem, BindingKey>(store, { organization, row: bindingRow, key: binding }, { set: { refreshed_at, expires_at, cseq }, onlyIf: asRead(before) });
  return done;
}

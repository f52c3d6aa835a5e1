import { readToEnd } from '#dynamodb/read-to-end.ts';
import type { AskTask } from '#sidecar/client.ts';
import { type NotifyCommand, NotifyOutcome } from '#sidecar/command.ts';
import { second } from '#schema/time.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { type BindingItem, bindingRow, bindingsOfDevice } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { askContact, type ContactDependencies, type ContactRequest } from '../registrar/contact-requests.ts';
import type { OwnedBindings } from '../registrar/owned-bindings.ts';

/** The dependencies of NOTIFY. */
export type NotifyDependencies = ContactDependencies & {
  readonly context: SidecarContext;
  readonly owned: Pick<OwnedBindings, 'ofDevice' | 'get'>;
  readonly membership: Pick<Membership, 'id' | 'others'>;
  readonly ask: AskTask;
};

const unreachable: NotifyOutcome = { kind: 'unreachable' };

/** The newest live binding of the device, or of one of its lines, from the store and from this task's memory. */
async function newestBinding(
  { context, owned }: NotifyDependencies,
  { organization, device, line }: NotifyCommand,
): Promise<BindingItem | undefined> {
  const table = context.tableOf(organization);
  const stored = await withRefreshes(
    table,
    await readToEnd((after) => table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(organization, device), after)),
  );
  const known = new Map(stored.map((binding) => [binding.contact_key, binding]));
  for (const { binding } of owned.ofDevice(device).filter((each) => each.organization === organization)) {
    const indexed = known.get(binding.contact_key);
    // The index is eventually consistent: a binding that it lacks may be new, or deleted with its device.
    const present = indexed ?? (await table.get(bindingRow, binding));
    if (present !== undefined)
      known.set(binding.contact_key, present.refreshed_at > binding.refreshed_at ? present : binding);
  }
  return newestLiveBinding([...known.values()], line, context.clock());
}

/** Carries out a NOTIFY if this task owns the binding; otherwise forwards the command to the owner. */
export async function notify(dependencies: NotifyDependencies, command: NotifyCommand): Promise<NotifyOutcome> {
  const { membership, ask, owned } = dependencies;
  const binding = await newestBinding(dependencies, command);
  if (binding === undefined) return unreachable;
  if (binding.owner !== membership.id) {
    const owner = membership.others.find(({ id }) => id === binding.owner);
    return owner === undefined || command.forwarded === true
      ? unreachable
      : ask(owner, { ...command, forwarded: true }).then(NotifyOutcome.parse, () => unreachable);
  }
  const present = owned.get(binding.contact_key)?.binding;
  if (present === undefined) return unreachable;
  return askContact(dependencies, { ...binding, flow: present.flow }, notifyRequest(command));
}

/** The binding to notify: the newest registration that has not expired, of the line if one is given. */
export const newestLiveBinding = (
  bindings: readonly BindingItem[],
  line: number | undefined,
  at: Date,
): BindingItem | undefined =>
  bindings
    .filter((binding) => binding.expires_at > at.toISOString() && (line === undefined || binding.line_number === line))
    .toSorted((one, other) => (one.registered_at > other.registered_at ? -1 : 1))[0];

/** An unsolicited NOTIFY, without a subscription (RFC 3265 §3.2), which phones accept for remote control. */
export const notifyRequest = ({
  event,
  content_type,
  body,
  timeout_seconds: seconds,
}: NotifyCommand): ContactRequest => ({
  method: 'NOTIFY',
  fields: [
    Field.of(textHeader('Event'), event),
    Field.of(header.subscriptionState, { value: 'terminated', parameters: Parameters.none }),
    ...(content_type === undefined ? [] : [Field.of(textHeader('Content-Type'), content_type)]),
  ],
  ...(body === undefined ? {} : { body }),
  timeout: seconds * second,
});

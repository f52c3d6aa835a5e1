import { readToEnd } from '#dynamodb/read-to-end.ts';
import { bindingRow, bindingsOfDevice, type BindingItem } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import type { AskTask } from '#sidecar/client.ts';
import { NotifyOutcome, type NotifyCommand } from '#sidecar/command.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { askContact, type ContactDependencies } from '../registrar/contact-requests.ts';
import type { OwnedBindings } from '../registrar/owned-bindings.ts';
import { newestLiveBinding, notifyRequest } from './notify-request.ts';

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

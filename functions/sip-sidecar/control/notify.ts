import { all } from '../../../shared/dynamodb/all.ts';
import { bindingRow, bindingsOfDevice, type BindingItem } from '../../../shared/dynamodb/rows/binding.ts';
import { withRefreshes } from '../../../shared/dynamodb/rows/binding-refresh.ts';
import { address } from '../../../shared/sip/address.ts';
import { newRequest } from '../../../shared/sip/build.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header, textHeader } from '../../../shared/sip/header-kinds.ts';
import { Field, Headers } from '../../../shared/sip/headers.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import { parseUri, sipUri } from '../../../shared/sip/uri.ts';
import type { AskTask } from '../../../shared/sidecar/client.ts';
import { NotifyOutcome, type NotifyCommand } from '../../../shared/sidecar/command.ts';
import type { Membership, SidecarWorld } from '../leases/membership.ts';
import type { OwnedBindings } from '../registrar/owned-bindings.ts';
import type { SipStack } from '../sip-stack.ts';
import type { Flow } from '../transport/flow.ts';

export type NotifyOutside = {
  readonly world: SidecarWorld;
  readonly owned: Pick<OwnedBindings, 'ofDevice' | 'get'>;
  readonly membership: Pick<Membership, 'id' | 'others'>;
  readonly stack: Pick<SipStack, 'request' | 'via' | 'newTag'>;
  readonly domain: string;
  readonly ask: AskTask;
};

const unreachable: NotifyOutcome = { kind: 'unreachable' };

/** The device's newest live binding, of the wanted line: of those stored, and of those that this task has just written. */
async function newestBinding({ world, owned }: NotifyOutside, { organization, device, line }: NotifyCommand): Promise<BindingItem | undefined> {
  const table = world.tableOf(organization);
  const stored = await withRefreshes(table, await all((after) => table.queryIndex(bindingRow, 'GSI1', bindingsOfDevice(organization, device), after)));
  const known = new Map(stored.map((binding) => [binding.contact_key, binding]));
  for (const { binding } of owned.ofDevice(device).filter((each) => each.organization === organization)) {
    const indexed = known.get(binding.contact_key);
    // The index may be late. What it does not know is there, or has just gone with its device.
    const present = indexed ?? (await table.get(bindingRow, binding));
    if (present !== undefined) known.set(binding.contact_key, present.refreshed_at > binding.refreshed_at ? present : binding);
  }
  const now = world.clock().toISOString();
  return [...known.values()]
    .filter((binding) => binding.expires_at > now && (line === undefined || binding.line_number === line))
    .sort((one, other) => (one.registered_at > other.registered_at ? -1 : 1))[0];
}

/** A NOTIFY out of any dialog, which phones take for what it names (RFC 3265 §3.2 knows it as unsolicited). */
function notifyRequest({ stack, domain }: NotifyOutside, binding: BindingItem, { event, content_type: contentType, body }: NotifyCommand): SipRequest | undefined {
  const uri = parseUri(binding.contact);
  if (uri instanceof Fault) return undefined;
  const self = sipUri({ user: binding.sip_username, host: domain });
  const headers = new Headers([
    Field.of(textHeader('Event'), event), Field.of(header.subscriptionState, { value: 'terminated', parameters: Parameters.none }), Field.of(header.userAgent, 'Trunkline'),
    ...(contentType === undefined ? [] : [Field.of(textHeader('Content-Type'), contentType)]),
  ]);
  return newRequest({
    method: 'NOTIFY', uri, via: stack.via(binding.flow as Flow), from: address(self, new Parameters([['tag', stack.newTag()]])), to: address(self),
    callId: `${stack.newTag()}@${domain}`, sequence: 1, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
}

/** Sends it on the flow that the phone registered on, and waits for what it says. */
function send({ stack }: NotifyOutside, request: SipRequest, flow: Flow, seconds: number): Promise<NotifyOutcome> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve({ kind: 'timeout' }), seconds * 1_000);
    const settle = (outcome: NotifyOutcome): void => {
      clearTimeout(late);
      resolve(outcome);
    };
    const begun = stack.request(request, flow, {
      onResponse: ({ status }) => (status < 200 ? undefined : settle({ kind: 'answered', response_code: status })),
      onFailure: (reason) => settle(reason === 'timeout' ? { kind: 'timeout' } : unreachable),
    });
    if (!begun) settle(unreachable);
  });
}

/** Carries a command out, or has the device's owner do it. */
export async function notify(outside: NotifyOutside, command: NotifyCommand): Promise<NotifyOutcome> {
  const { membership, ask, owned } = outside;
  const binding = await newestBinding(outside, command);
  if (binding === undefined) return unreachable;
  if (binding.owner !== membership.id) {
    const owner = membership.others.find(({ id }) => id === binding.owner);
    return owner === undefined || command.forwarded === true ? unreachable : ask(owner, { ...command, forwarded: true }).then(NotifyOutcome.parse, () => unreachable);
  }
  const request = notifyRequest(outside, binding, command);
  const flow = owned.get(binding.contact_key)?.binding.flow;
  return request === undefined || flow === undefined ? unreachable : send(outside, request, flow as Flow, command.timeout_seconds);
}

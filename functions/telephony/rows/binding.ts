import { createHash } from 'node:crypto';
import { row } from '#dynamodb/row.ts';

/**
 * A registered contact of a SIP user name (RFC 3261 §10.3), and the task that owns it: the one that last received from
 * it. Requests reach the contact from the owner's socket only.
 */
export type BindingItem = {
  readonly sip_username: string;
  /** Identifies a contact of the user name: {@link contactKey}. */
  readonly contact_key: string;
  /** The URI of the Contact as sent. */
  readonly contact: string;
  readonly device_id?: string;
  readonly line_number?: number;
  /** Of a phone line: a URL to which its events are posted as well. */
  readonly event_callback?: string;
  /** Id of the owner's lease. */
  readonly owner: string;
  /** Private address of the owner, such as `10.0.1.7:8443`, for requests of other tasks and functions. */
  readonly owner_address: string;
  readonly flow: BindingFlow;
  /** ISO 8601: when this registration began. A REGISTER with another Call-ID begins a new one: the phone restarted. */
  readonly registered_at: string;
  /** ISO 8601: its newest REGISTER. */
  readonly refreshed_at: string;
  /** ISO 8601. An expired binding does not count, even if its item still exists. */
  readonly expires_at: string;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string | null;
  /** q of the Contact, 0–1 (RFC 3261 §20.10); default 1. */
  readonly q: number;
  /** `+sip.instance` and `reg-id` of the Contact (RFC 5626 §4.1, §4.2), if it has them. */
  readonly instance?: string;
  readonly reg_id?: number;
};

/**
 * A binding with its newest refresh. `written`: start and CSeq of the registration that its item has, if the phone has
 * restarted since it was written.
 */
export type PresentBinding = BindingItem & { readonly written?: Pick<BindingItem, 'registered_at' | 'cseq'> };

/** The flow on which a contact registered: transport and both ends. */
export type BindingFlow = {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Source address and port of the contact, as received by the owner. */
  readonly remote: { readonly address: string; readonly port: number };
  /** Address and port on which the owner received it. */
  readonly local: { readonly address: string; readonly port: number };
  /** Id of the connection in the owner's memory; absent for UDP. */
  readonly connection?: string;
};

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A SIP user name in keys, hashed: a REGISTER from anywhere can contain any text. */
export const sipUsernameKey = digest;

/** `binding#1001#<user name>`; GSI1 by device, the newest registration first; GSI2 by owner, for takeover. */
export const bindingRow = row<
  'binding',
  BindingItem,
  { sip_username: string; contact_key: string },
  { sip_username: string }
>('binding', {
  partition: ({ sip_username }) => [sipUsernameKey(sip_username)],
  sort: ({ contact_key }) => contact_key,
  index1: (item, organization) =>
    item.device_id === undefined
      ? undefined
      : { partition: bindingsOfDevice(organization, item.device_id), sort: item.registered_at },
  index2: (item) => ({ partition: bindingsOfOwner(item.owner), sort: item.contact_key }),
});

/** The partition of GSI1 that holds a device's bindings, after the entity. */
export const bindingsOfDevice = (organization: number, device: string): readonly string[] => [
  String(organization),
  'device',
  device,
];

/** The partition of GSI2 that holds a task's bindings of all organizations, after the entity. */
export const bindingsOfOwner = (task: string): readonly string[] => ['owner', task];

/**
 * The key of a contact: by its instance (`+sip.instance`, RFC 5626 §4.1) if it has one, so that a phone with a new
 * address replaces its own binding, and by its flow (`reg-id`, §4.2), so that flows of one instance do not replace each
 * other; otherwise by its URI in the canonical form of RFC 3261 §19.1.4.
 */
export function contactKey(
  sip_username: string,
  { instance, reg_id: flow, uri }: Pick<BindingItem, 'instance' | 'reg_id'> & { readonly uri: string },
): string {
  const contact = instance === undefined ? uri : [instance, ...(flow === undefined ? [] : [flow])].join('\n');
  return digest(`${sip_username}\n${contact}`);
}

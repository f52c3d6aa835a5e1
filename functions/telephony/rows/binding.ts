import { createHash } from 'node:crypto';
import { row } from '../../../shared/dynamodb/row.ts';

/**
 * A contact that is registered for a SIP user name (RFC 3261 §10.3), and the task that owns it: the one
 * that last heard from it, from whose socket alone it is reached.
 */
export type BindingItem = {
  readonly sip_username: string;
  /** Tells the contacts of a user name apart: {@link contactKey}. */
  readonly contact_key: string;
  /** The Contact's URI as it was sent. */
  readonly contact: string;
  readonly device_id?: string;
  readonly line_number?: number;
  /** Id of the owner's lease, and its private address (`10.0.1.7:8443`) for whoever must ask it. */
  readonly owner: string;
  readonly owner_address: string;
  readonly flow: BindingFlow;
  /**
   * ISO 8601: when this registration began. A REGISTER with another Call-ID begins a new one: its phone was started
   * anew.
   */
  readonly registered_at: string;
  /** ISO 8601: its newest REGISTER. */
  readonly refreshed_at: string;
  /** ISO 8601. A binding that has expired is none, also while its item is still there. */
  readonly expires_at: string;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string | null;
  /** q of the Contact, 0–1 (RFC 3261 §20.10); 1 when it had none. */
  readonly q: number;
};

/** How a contact is reached: the transport and both ends of the flow on which it registered. */
export type BindingFlow = {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Address and port from which it came, as the owner saw them. */
  readonly remote: { readonly address: string; readonly port: number };
  /** Address and port on which the owner heard it. */
  readonly local: { readonly address: string; readonly port: number };
  /** Of the connection, in the owner's memory; absent for UDP. */
  readonly connection?: string;
};

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The SIP user name in keys: it may be anything in a REGISTER of a stranger. */
export const sipUsernameKey = digest;

/** `binding#1001#<user name>`; GSI1 by device, the newest registration first; GSI2 by owner, for who takes over. */
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
 * The key of a contact: of its instance (`+sip.instance`, RFC 5626 §4.1) where it names one, so that a
 * phone that comes back from another address replaces its own binding; else of its URI in the canonical
 * form that compares equal (RFC 3261 §19.1.4).
 */
export const contactKey = (
  sip_username: string,
  contact: { readonly instance?: string; readonly uri: string },
): string => digest(`${sip_username}\n${contact.instance ?? contact.uri}`);

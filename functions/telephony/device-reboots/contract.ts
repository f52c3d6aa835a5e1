import * as z from 'zod';
import { at, on, type TriggeringEvent, type TriggeringPointer } from '#contract/consequences.ts';
import { asks, reads, reports, writes } from '#contract/effects.ts';
import type { CatalogueType } from '#event-types';
import { consumer } from '#contract/resource.ts';
import { MailboxName } from '#schema/mailbox.ts';
import { organizationText } from '#schema/values.ts';

/** A reboot is due, or its outcome is to be checked. v1 may only get new optional fields. */
const RebootMessage = z.object({
  schema: z.literal('reboot.v1'),
  org_id: z.int().min(1),
  kind: z.enum(['device.reboot', 'device.reboot_outcome']),
  device_id: z.string(),
  /** When it is due, ISO 8601. */
  at: z.iso.datetime(),
});
export type RebootMessage = z.output<typeof RebootMessage>;

/** The consumer takes no other kinds of pointers than those of the message. */
const kindOf = ({ kind }: TriggeringPointer) => (kind === 'device.reboot' ? kind : 'device.reboot_outcome');

/** A message of the queue `device-reboots`, grouped by organization (fair queue). @param delay seconds */
const rebootMessage = (pointer: TriggeringPointer, delay: number) => ({
  body: {
    schema: 'reboot.v1',
    org_id: pointer.org_id,
    kind: kindOf(pointer),
    device_id: pointer.subject,
    at: pointer.at,
  } satisfies RebootMessage,
  group: String(pointer.org_id),
  delay,
});

/** Mailboxes whose counts or owners have changed. v1 may only get new optional fields. */
const MailboxesMessage = z.object({
  schema: z.literal('mailboxes.v1'),
  org_id: z.int().min(1),
  mailboxes: z.array(MailboxName).max(20),
  /** Users that own one of them, or have owned it. */
  users: z.array(z.string()).max(20),
});
export type MailboxesMessage = z.output<typeof MailboxesMessage>;

type Changed = Pick<MailboxesMessage, 'mailboxes' | 'users'>;

const Mailboxes = z.array(MailboxName).catch([]);
const Owners = z.array(z.string().nullable()).catch([]);

const countsChange = ({ data }: TriggeringEvent): Changed => ({
  mailboxes: Mailboxes.parse(data['mailboxes']),
  users: [],
});

/** What each event changes. */
const changedBy = {
  'voicemail.new': countsChange,
  'voicemail.read': countsChange,
  'voicemail.unread': countsChange,
  'voicemail.moved': countsChange,
  'voicemail.deleted': countsChange,
  'voicemailprefs.updated': ({ data }) => ({
    mailboxes: [],
    users: [...new Set(Owners.parse(data['owners']).filter((owner) => owner !== null))],
  }),
  'user.deleted': ({ entity }) => ({ mailboxes: [], users: [entity.id] }),
} as const satisfies Partial<Record<CatalogueType, (event: TriggeringEvent) => Changed>>;

type MailboxEvent = keyof typeof changedBy;

/** The events after which phones show something else. */
const mailboxEvents = Object.keys(changedBy) as MailboxEvent[];

/** The message after such an event; null if it changes nothing that a phone shows. */
export function changedMailboxesMessage(event: TriggeringEvent) {
  const changed = changedBy[event.type as MailboxEvent](event);
  if (changed.mailboxes.length + changed.users.length === 0) return null;
  const { org_id } = event;
  return {
    body: { schema: 'mailboxes.v1', org_id, ...changed } satisfies MailboxesMessage,
    group: organizationText(org_id),
  };
}

/**
 * What phones wait for: sends due reboots and records their outcome, and lets phones show waiting voicemail messages.
 * A repeated message sends no second NOTIFY: the command has an id, and a phone that shows the counts gets none. Both
 * share a queue, as each has a price.
 */
export const deviceReboots = consumer('device-reboots', {
  area: 'telephony',
  queue: 'device-reboots',
  message: z.union([RebootMessage, MailboxesMessage]),
  startedBy: on(mailboxEvents, changedMailboxesMessage),
  due: at(['device.reboot', 'device.reboot_outcome'], rebootMessage, {
    'device.reboot': 'ends',
    'device.reboot_outcome': 'ends',
  }),
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [
    reads('device'),
    reads('channel'),
    reads('binding', 'GSI1'),
    reads('binding-refresh'),
    writes('device-reboot'),
    writes('due'),
    asks('sip-sidecar'),
    reports('device.rebooted'),
    reports('device.reboot_failed'),
  ],
  timeout: 60,
});

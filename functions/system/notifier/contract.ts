import * as z from 'zod';
import {
  cascadeAfter,
  at,
  onSubscribed,
  type SubscribedEvent,
  type Subscriber,
  type TriggeringPointer,
} from '#contract/consequences.ts';
import { reads, reports, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** An event that rules select, or what is held back and due. Within version 1 only optional fields may be added. */
const NotifierMessage = z.object({
  schema: z.literal('notifier.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the rules'),
  event_id: z.string().nullable().describe('Id of the event; null: what is held back is due'),
});
export type NotifierMessage = z.output<typeof NotifierMessage>;

/** A message of the queue `notifier`; organizations take turns (fair queues). */
export const notifierMessage = (org_id: number, event_id: string | null) => ({
  body: { schema: 'notifier.v1', org_id, event_id } satisfies NotifierMessage,
  group: organizationText(org_id),
});

/** Kind of the pointer to what is held back. */
export const heldKind = 'notices.held';

const eventMessage = ({ org_id, id }: SubscribedEvent, { kind }: Subscriber) =>
  kind === 'rules' ? notifierMessage(org_id, id) : null;
const dueMessage = ({ org_id }: TriggeringPointer, delay: number) => ({ ...notifierMessage(org_id, null), delay });

/**
 * Makes notices of events by the rules of their organization (functions/system/notifier/README.md). A queue of its
 * own: an organization may have thousands of events in a minute.
 */
export const notifier = consumer('notifier', {
  area: 'system',
  queue: 'notifier',
  message: NotifierMessage,
  startedBy: onSubscribed(eventMessage),
  due: at(heldKind, dueMessage, { [heldKind]: 'ends' }),
  timeout: 30,
  batchSize: 50,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [
    writes('notice'),
    writes('email'),
    writes('due'),
    reads('bespoke'),
    reads('event'),
    reads('organization'),
    reads('user'),
    reads('device'),
    reads('voicemailprefs'),
    reads('user-extension'),
    reads('billingprofile'),
    reads('emailtemplate'),
    reads('emailtemplate-name'),
    reads('emailtemplate-version'),
    reports('notifier.notice'),
    reports('notifier.digest'),
    reports('email.queued'),
  ],
  cascades: [cascadeAfter('org.closed', [writes('notice')])],
});

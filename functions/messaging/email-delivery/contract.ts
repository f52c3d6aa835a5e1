import * as z from 'zod';
import { on, type TriggeringEvent } from '../../../shared/contract/consequences.ts';
import { mails, records, sends, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';
import { organizationText } from '../../../shared/schema/values.ts';

/** An e-mail that is to be handed over. Within v1 only optional fields are added. */
const EmailMessage = z.object({ schema: z.literal('email.v1'), org_id: z.int().min(1), email_id: z.string() });
export type EmailMessage = z.output<typeof EmailMessage>;

/** What a message may be delayed at most, in seconds (SQS API Reference, SendMessage). */
const longestDelay = 900;

/**
 * A message of the queue `email-send`; organizations take turns (fair queues). One that comes too early is sent again.
 * @param wait milliseconds
 */
export const emailMessage = ({ org_id, email_id }: Omit<EmailMessage, 'schema'>, wait = 0) => ({
  body: { schema: 'email.v1', org_id, email_id } satisfies EmailMessage,
  group: organizationText(org_id),
  delay: Math.min(Math.ceil(wait / 1_000), longestDelay),
});

const queuedMessage = ({ org_id, entity }: TriggeringEvent) => emailMessage({ org_id, email_id: entity.id });

/** Hands e-mails over to the provider, each once unless it dies in between. */
export const emailDelivery = consumer('email-delivery', {
  area: 'messaging',
  queue: 'email-send',
  message: EmailMessage,
  startedBy: on('email.queued', queuedMessage),
  timeout: 20,
  batchSize: 5,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [writes('email'), sends('email-send'), mails('platform'), records('email.sent'), records('email.failed')],
});

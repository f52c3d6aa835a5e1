import type { KeptLine } from '#schema/log-line.ts';
import type { Email } from '#schema/email.ts';
import type { EventLogEntry } from '#schema/event-log.ts';
import type { RecordFacts } from '#schema/record-class.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';

/** What legal holds ask of lines and messages. */

const listed = (...values: readonly (string | null | undefined)[]): string[] =>
  values.filter((value) => value !== null && value !== undefined);

export const entryFacts = (entry: SmsLogEntry): RecordFacts => ({
  at: entry.timestamp,
  users: listed(entry.user_id),
  parties: [entry.from, entry.to],
  entities: [entry.message_id],
  direction: entry.direction,
  text: entry.message,
});

export const batchFacts = ({ id, from, message, user_id, recipients, created_at: at }: SmsBatch): RecordFacts => ({
  at,
  users: listed(user_id),
  parties: [from, ...recipients.map(({ to }) => to)],
  entities: [id],
  direction: 'outbound',
  text: message,
});

export const emailFacts = ({
  id,
  to,
  cc,
  bcc = [],
  sent_by,
  batch_id,
  subject,
  created_at: at,
}: Email): RecordFacts => ({
  at,
  users: listed(sent_by),
  parties: [...to, ...cc, ...bcc],
  entities: listed(id, batch_id),
  direction: 'outbound',
  text: subject,
});

type Line = Pick<KeptLine, 'id' | 'at' | 'message'> & {
  readonly entity: { readonly type: string; readonly id: string };
};

export const lineFacts = ({ id, at, entity, message }: Line): RecordFacts => ({
  at,
  users: entity.type === 'user' ? [entity.id] : [],
  parties: entity.type === 'number' ? [entity.id] : [],
  entities: [id, entity.id],
  direction: null,
  text: message,
});

/** An entry concerns its actor and its resource. */
export const eventLogFacts = ({
  event_log_id: id,
  actor,
  resource,
  description,
  created_at: at,
}: EventLogEntry): RecordFacts => ({
  at,
  users: [actor.id, ...(resource?.type === 'user' ? listed(resource.id) : [])],
  parties: resource?.type === 'number' ? listed(resource.id, resource.name) : [],
  entities: listed(id, resource?.id),
  direction: null,
  text: description,
});

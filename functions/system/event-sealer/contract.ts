import * as z from 'zod';
import { reads, rotatesSecret, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** A pending event. Within v1 only optional fields are added. */
const EventMessage = z.object({
  schema: z.literal('event.v1'),
  org_id: z.number().int().min(1),
  event_id: z.string(),
});

/** A message of the queue `event-seal`; organizations take turns (fair queues). */
export const sealMessage = ({ org_id, id }: { readonly org_id: number; readonly id: string }) => ({
  body: { schema: 'event.v1', org_id, event_id: id } satisfies z.input<typeof EventMessage>,
  group: String(org_id),
});

/**
 * Settles pending events: starts the consumers that declare them and appends the audited ones to the event log. No
 * other function writes to the event log.
 */
export const eventSealer = consumer('event-sealer', {
  area: 'system',
  queue: 'event-seal',
  message: EventMessage,
  // Two items for each event and one for the head of the chain: within the 100 items of a transaction, unless the
  // events name many persons.
  batchSize: 40,
  batchWindow: 1,
  maximumConcurrency: 5,
  effects: [
    writes('event'),
    writes('eventlog'),
    writes('personkey'),
    writes('outsider'),
    reads('personerasure'),
    reads('webhook'),
    reads('bespoke'),
    rotatesSecret('sealing-keys'),
  ],
  dispatches: 'events',
  timeout: 10,
});

import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { sends } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** Something was deleted, and what belongs to it follows. Within v1 only optional fields are added. */
const DeletionMessage = z.object({
  schema: z.literal('removal.v1'),
  org_id: z.int().min(1),
  /** The event of the deletion, such as `user.deleted`. */
  type: z.string(),
  id: z.string(),
});
export type DeletionMessage = z.output<typeof DeletionMessage>;

/** A message of the queue `consequences`; organizations take turns (fair queues). */
export const deletionMessage = ({ org_id, type, entity }: TriggeringEvent) => ({
  body: { schema: 'removal.v1', org_id, type, id: entity.id } satisfies DeletionMessage,
  group: String(org_id),
});

/**
 * Runs the cascades that contracts declare, in the order of the areas: deletes or changes what belonged to something
 * that was deleted. Running them twice changes nothing more.
 */
export const cascadingDeletes = consumer('cascading-deletes', {
  area: 'users',
  queue: 'consequences',
  message: DeletionMessage,
  startedBy: on('cascades', deletionMessage),
  dispatches: 'cascades',
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [sends('consequences')],
  timeout: 60,
});

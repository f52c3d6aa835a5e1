import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { reads, sends, writes } from '#contract/effects.ts';
import { readsRecords } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** Counts what a hold keeps, in its next turn. Within v1 only optional fields are added. */
const CountMessage = z.object({
  schema: z.literal('hold-count.v1'),
  org_id: z.int().min(1),
  hold_id: z.string(),
  version: z.int().min(1).describe('Version of the hold: a count of an older one ends'),
});
export type CountMessage = z.output<typeof CountMessage>;

/** A message of the queue `jobs`; organizations take turns (fair queues). @param delay seconds */
export const countMessage = ({ org_id, hold_id, version }: Omit<CountMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'hold-count.v1', org_id, hold_id, version } satisfies CountMessage,
  group: organizationText(org_id),
  delay,
});

function startMessage({ org_id, entity, data }: TriggeringEvent) {
  const { version } = data;
  // Events of earlier versions of the platform have none.
  return typeof version === 'number' ? countMessage({ org_id, hold_id: entity.id, version }) : null;
}

/** Counts the records that a legal hold keeps, page by page, in turns. */
export const holdCounts = consumer('hold-counts', {
  area: 'system',
  queue: 'jobs',
  message: CountMessage,
  startedBy: on(['legalhold.placed', 'legalhold.changed'], startMessage),
  timeout: 30,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [...readsRecords, reads('held'), writes('hold'), writes('holdcount'), sends('jobs')],
});

import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { effectsOfArchiving, readsObjects, records, reports, sends, writes } from '#contract/effects.ts';
import { readsRecords, removesRecords } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';
import { recordClasses, type RecordClass } from '#schema/record-class.ts';
import { organizationText } from '#schema/values.ts';

/** A purge that has a turn to run. Within v1 only optional fields are added. */
const PurgeMessage = z.object({
  schema: z.literal('purge.v1'),
  org_id: z.int().min(1),
  class: z.enum(recordClasses),
  purge_id: z.string(),
});
export type PurgeMessage = z.output<typeof PurgeMessage>;

/** A message of the queue `jobs`; organizations take turns (fair queues). @param delay seconds */
export const purgeMessage = ({ org_id, class: of, purge_id }: Omit<PurgeMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'purge.v1', org_id, class: of, purge_id } satisfies PurgeMessage,
  group: organizationText(org_id),
  delay,
});

const classOf = (value: unknown): RecordClass | undefined => recordClasses.find((each) => each === value);

function startMessage({ org_id, entity, data }: TriggeringEvent) {
  const of = classOf(data['class']);
  return of === undefined ? null : purgeMessage({ org_id, class: of, purge_id: entity.id });
}

/** Deletes records whose retention has ended, page by page, in turns. */
export const purgeJobs = consumer('purge-jobs', {
  area: 'system',
  queue: 'jobs',
  message: PurgeMessage,
  startedBy: on('archiving.purge_started', startMessage),
  timeout: 30,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 4,
  effects: [
    ...readsRecords,
    ...removesRecords,
    writes('purge'),
    writes('archivingpolicy'),
    ...effectsOfArchiving,
    writes('archiving'),
    readsObjects('files'),
    readsObjects('voicemail'),
    records('archiving.purged'),
    records('archiving.stored'),
    reports('archiving.exported'),
    sends('jobs'),
  ],
});

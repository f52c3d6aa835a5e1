import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { effectsOfArchiving } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** An archive was recorded. Within v1 only optional fields are added. */
const SealingMessage = z.object({
  schema: z.literal('archive-sealing.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the archive'),
  archive_id: z.string().describe('Id of the archive'),
});
export type SealingMessage = z.output<typeof SealingMessage>;

/** Seconds after which the function that recorded an archive has written its manifest, or was ended. */
const sealingDelay = 60;

const sealingMessage = ({ org_id, entity }: TriggeringEvent) => ({
  body: { schema: 'archive-sealing.v1', org_id, archive_id: entity.id } satisfies SealingMessage,
  group: organizationText(org_id),
  delay: sealingDelay,
});

/** Writes manifests of recorded archives that have none, as the process that recorded them died. */
export const archiveSealing = consumer('archive-sealing', {
  area: 'system',
  queue: 'jobs',
  message: SealingMessage,
  startedBy: on('archiving.stored', sealingMessage),
  timeout: 30,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [...effectsOfArchiving],
});

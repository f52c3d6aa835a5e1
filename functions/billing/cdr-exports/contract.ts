import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { storesObjects, reads, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** Asks for the next slice of an export. Within v1 only optional fields are added. */
const ExportMessage = z.object({ schema: z.literal('cdr-export.v1'), org_id: z.int().min(1), job_id: z.string() });
export type ExportMessage = z.output<typeof ExportMessage>;

/**
 * A message of the queue `jobs`. Its group is the organization: organizations share the workers fairly (SQS fair
 * queues). @param delay seconds
 */
export const exportMessage = ({ org_id, job_id }: Omit<ExportMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'cdr-export.v1', org_id, job_id } satisfies ExportMessage,
  group: organizationText(org_id),
  delay,
});

const startMessage = ({ org_id, entity }: TriggeringEvent) => exportMessage({ org_id, job_id: entity.id });

/** Seconds. A turn is as long, so that two workers never write the same file. */
export const exportTimeout = 30;

/** Writes the files of CDR exports, slice by slice. */
export const cdrExports = consumer('cdr-exports', {
  area: 'billing',
  queue: 'jobs',
  message: ExportMessage,
  startedBy: on('cdr.exported', startMessage),
  timeout: exportTimeout,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 4,
  effects: [
    reads('organization'),
    reads('cdr'),
    reads('cdr', 'GSI1'),
    reads('cdr', 'GSI2'),
    reads('cdrparty'),
    reads('cdrparty', 'GSI1'),
    reads('cdrparty', 'GSI2'),
    reads('cdrcall'),
    reads('cdrcall', 'GSI1'),
    reads('cdrcall', 'GSI2'),
    writes('export'),
    writes('count'),
    sends('jobs'),
    storesObjects('exports'),
  ],
});

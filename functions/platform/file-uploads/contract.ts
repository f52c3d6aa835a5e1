import * as z from 'zod';
import { at, type TriggeringPointer } from '#contract/consequences.ts';
import { removesVersions, reports, storesObjects, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { BucketNotification } from '#contract/uploads.ts';
import { organizationText } from '#schema/values.ts';

/** Something of a file is due. Within v1 only optional fields are added. */
const FileDue = z.object({
  schema: z.literal('file-due.v1').describe('Version of the message'),
  kind: z
    .enum(['file.upload', 'file.purge', 'file.erasure', 'file.retention'])
    .describe(
      'An upload that has not come, bytes to delete, the same with all their versions, or a recording of before ' +
        'retention read an index',
    ),
  org_id: z.int().min(1).describe('Organization of the file'),
  subject: z.string().describe('Id of the file; of bytes to delete also the number of their upload'),
});
export type FileDue = z.output<typeof FileDue>;

const UploadMessage = z.union([BucketNotification, FileDue]);
export type UploadMessage = z.output<typeof UploadMessage>;

const dueMessage = ({ kind, org_id, subject }: TriggeringPointer, delay: number) => ({
  body: { schema: 'file-due.v1', kind, org_id, subject },
  group: organizationText(org_id),
  delay,
});

/** Checks what clients upload, and deletes bytes that no file has any more (functions/platform/README.md, "Files"). */
export const fileUploads = consumer('file-uploads', {
  area: 'system',
  queue: 'uploads',
  message: UploadMessage,
  uploads: 'files',
  due: at(['file.upload', 'file.purge', 'file.erasure', 'file.retention'], dueMessage, { 'file.purge': 'ends' }),
  // It reads up to 50 MB. After a crash, messages stay hidden for six times as long. An hour of sound takes 8 s of a
  // whole processor, which this memory gives (AWS Lambda Developer Guide, "Configure Lambda function memory").
  timeout: 30,
  memory: 1_769,
  batchSize: 2,
  batchWindow: 0,
  maximumConcurrency: 4,
  effects: [
    writes('file'),
    writes('file-text'),
    writes('count'),
    writes('due'),
    storesObjects('files'),
    removesVersions('files'),
    reports('file.ready'),
    reports('file.rejected'),
  ],
});

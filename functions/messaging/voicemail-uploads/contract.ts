import * as z from 'zod';
import { at, on, type TriggeringEvent, type TriggeringPointer } from '#contract/consequences.ts';
import type { CatalogueType } from '#event-types';
import { reads, records, removesVersions, reports, storesObjects, writes } from '#contract/effects.ts';
import { deletesRecords } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';
import { BucketNotification } from '#contract/uploads.ts';
import { organizationText } from '#schema/values.ts';

/** Work beside uploads: one whose time is over, what nothing has any more, notices. */
const VoicemailTask = z.object({
  schema: z.literal('voicemail.v1').describe('Version of the message'),
  kind: z
    .enum([
      'deadline',
      'review',
      'audio',
      'erasure',
      'drop-deadline',
      'recordings',
      'notice',
      'delivered',
      'retention',
      'expiry',
      'abandoned',
    ])
    .describe(
      '`deadline`: an upload is late. `review`: a message by phone is due. `audio`: a message with it was deleted. ' +
        '`erasure`: the same, and all versions are removed. `drop-deadline`: the upload of a drop is late. ' +
        '`recordings`: a drop no longer has them. `notice`: a message is new. `delivered`: the e-mail about a ' +
        'message was delivered. `retention`: a message has another mailbox. `expiry`: messages of a mailbox may be ' +
        'expired. `abandoned`: the user of a mailbox was deleted.',
    ),
  org_id: z.int().min(1).describe('Organization'),
  id: z
    .string()
    .describe(
      'Id of the message, audio, e-mail or drop, or the mailbox; `<drop>/<number>` of the upload of a drop; ' +
        '`<mailbox>/<user>` of a deleted user whom the preferences named',
    ),
  numbers: z.array(z.int().min(1)).max(2).default([]).describe('Numbers of the recordings'),
});
export type VoicemailTask = z.output<typeof VoicemailTask>;

const task = (kind: VoicemailTask['kind'], org_id: number, id: string, numbers: number[] = []) => ({
  body: { schema: 'voicemail.v1', kind, org_id, id, numbers } satisfies VoicemailTask,
  group: organizationText(org_id),
});

const Numbers = z.array(z.int().min(1)).catch([]);

type Task = ReturnType<typeof task>;

/** What follows from each event that starts the consumer; null: nothing. */
const tasksAfter = {
  'voicemail.new': ({ org_id, entity }) => task('notice', org_id, entity.id),
  'voicemail.moved': ({ org_id, entity }) => task('retention', org_id, entity.id),
  'voicemail.deleted': ({ org_id, entity, data }) =>
    task('audio', org_id, typeof data['audio'] === 'string' ? data['audio'] : entity.id),
  'voicemailprefs.updated': ({ org_id, entity }) => task('expiry', org_id, entity.id),
  'voicemaildrop.deleted': ({ org_id, entity, data }) =>
    task('recordings', org_id, entity.id, Numbers.parse(data['unused'])),
  'voicemaildrop.updated': ({ org_id, entity, data }) =>
    task('recordings', org_id, entity.id, Numbers.parse(data['unused'])),
  'email.delivered': ({ org_id, entity, data }) =>
    data['template'] === 'voicemail_notification' ? task('delivered', org_id, entity.id) : null,
} as const satisfies Partial<Record<CatalogueType, (event: TriggeringEvent) => Task | null>>;

type Starting = keyof typeof tasksAfter;
const startingEvents = Object.keys(tasksAfter) as Starting[];
const taskAfter = (event: TriggeringEvent) => tasksAfter[event.type as Starting](event);

/** What is done when a pointer is due, by its kind. */
const tasksWhenDue = {
  'voicemail.audio': 'audio',
  'voicemail.erasure': 'erasure',
  'voicemail.upload': 'deadline',
  'voicemail.review': 'review',
  'voicemaildrop.upload': 'drop-deadline',
  'voicemail.expiry': 'expiry',
  'mailbox.abandoned': 'abandoned',
} as const satisfies Record<string, VoicemailTask['kind']>;

const dueTask = ({ kind, org_id, subject }: TriggeringPointer, delay: number) => ({
  ...task(tasksWhenDue[kind as keyof typeof tasksWhenDue], org_id, subject),
  delay,
});

const VoicemailUpload = z.union([BucketNotification, VoicemailTask]);
export type VoicemailUpload = z.output<typeof VoicemailUpload>;

/**
 * Checks uploaded audio, writes the notices about new messages, and deletes what nothing has any more
 * (functions/messaging/README.md, "Voicemail"). One queue for all: each has a price.
 */
export const voicemailUploads = consumer('voicemail-uploads', {
  area: 'messaging',
  queue: 'uploads',
  message: VoicemailUpload,
  startedBy: on(startingEvents, taskAfter),
  due: at(Object.keys(tasksWhenDue), dueTask, {
    'voicemail.expiry': 'skipped',
    'voicemail.review': 'ends',
    'voicemail.erasure': 'ends',
  }),
  uploads: 'voicemail',
  timeout: 30,
  batchSize: 5,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [
    ...deletesRecords,
    writes('voicemail'),
    writes('audio'),
    writes('mailbox'),
    storesObjects('voicemail'),
    removesVersions('voicemail'),
    reports('voicemail.new'),
    records('voicemail.deleted'),
    records('mailbox.deleted'),
    reads('user-extension'),
    reads('user'),
    reads('voicemailprefs'),
    reads('organization'),
    writes('email'),
    reads('voicemail', 'GSI1'),
    writes('due'),
    reports('email.queued'),
    writes('voicemaildrop'),
    writes('voicemaildrop-name'),
    writes('count'),
    writes('reference'),
    records('voicemaildrop.updated'),
    records('voicemaildrop.deleted'),
  ],
});

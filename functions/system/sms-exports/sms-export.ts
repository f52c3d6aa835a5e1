import { createHash } from 'node:crypto';
import * as z from 'zod';
import { errorKinds } from '#errors.ts';
import { canonicalJson } from '#schema/canonical-json.ts';
import { JsonObject } from '#schema/json.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';
import { Id, IdInUrl, Instant, text, Timestamp } from '#schema/values.ts';

/** Exports of SMS that clients archive (functions/system/archives/README.md, "SMS exports"). */

export const smsExportErrors = errorKinds({
  INVALID_DATA_FORMAT: [400, 'A field is missing or has a value of the wrong form; `details` lists every violation.'],
  POLICY_NOT_FOUND: [400, 'The organization has no such policy for the class `sms`.'],
});

const maxMessages = 5_000;
/** Bytes of a message, and of the metadata. */
const [maxMessage, maxMetadata] = [64 * 1_024, 16 * 1_024];
const depth = 8;

const MessageId = text(128, 1);

const Message = JsonObject({ bytes: maxMessage, depth });
type Message = z.output<typeof Message>;

/** The id of a message; undefined if it has none that is well-formed. */
const messageIdOf = (message: Message): string | undefined => MessageId.safeParse(message['message_id']).data;

/** A policy: `arp_…`, or a number, which is the id `arp_<number>`. */
const PolicyReference = z
  .union([z.int().min(1), z.string().regex(/^\d{1,19}$/), IdInUrl], 'must be the id of a policy')
  .transform((id) => (/^\d+$/.test(String(id)) ? `arp_${id}` : String(id)));

const ExportedMessages = z
  .array(Message)
  .min(1)
  .max(maxMessages)
  .superRefine((messages, context) => {
    const seen = new Set<string>();
    for (const [at, message] of messages.entries()) {
      const id = messageIdOf(message);
      const problem = (text: string): void =>
        context.addIssue({ code: 'custom', path: [at, 'message_id'], message: text });
      if (id === undefined) problem('must be a text of 1 to 128 characters');
      else if (seen.has(id)) problem('is the id of an earlier message');
      else seen.add(id);
    }
  });

export const NewSmsExport = z
  .object({
    policyId: PolicyReference.describe(
      'Policy of the class `sms`, also a disabled one. Its `retention_days` are the time of the lock',
    ),
    data: z
      .object({
        messages: ExportedMessages.describe(
          '1 to 5,000 messages: JSON objects of up to 64 KiB and 8 levels. Each has a unique `message_id` of 1 to ' +
            '128 characters. All other fields are archived unchanged',
        ),
        export_date: Instant.describe('When the messages were exported'),
        date_range: z
          .object({ start: Instant.describe('Its start'), end: Instant.describe('Its end') })
          .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' })
          .describe('The time of the messages'),
      })
      .describe('The export'),
    metadata: JsonObject({ bytes: maxMetadata, depth })
      .optional()
      .describe('Free fields of the export, up to 16 KiB. The event shows them'),
  })
  .meta({ id: 'NewSmsExport' });
export type SmsExport = z.output<typeof NewSmsExport>;

export const ShownSmsExport = z
  .object({
    archive_id: Id('arch').describe('Id of the archive'),
    status: z.literal('stored').describe('Its parts and its manifest are stored'),
    message_count: z.int().describe('Number of messages'),
    storage_location: z.string().describe('Folder of the archive'),
    created_at: Timestamp.describe('When it was archived'),
    policy_applied: z
      .object({
        id: z.string().describe('Id of the policy'),
        name: z.string().describe('Its name'),
        retention_days: z.int().describe('Its retention, in days'),
      })
      .describe('The policy, as it was when the export was archived'),
  })
  .meta({
    id: 'StoredSmsExport',
    example: {
      archive_id: 'arch_0f4c1a7be28d93650f4c1a7be28d9365',
      status: 'stored',
      message_count: 1,
      storage_location:
        's3://trunkline-prod-archives/archive/org_1001/sms/2026-02/arch_0f4c1a7be28d93650f4c1a7be28d9365/',
      created_at: '2026-02-01T12:00:00.000Z',
      policy_applied: { id: 'arp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', name: 'SMS for a year', retention_days: 365 },
    },
  });

const sha256 = (...texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const each of texts) hash.update(`${each}\n`);
  return hash.digest('hex');
};

/** What makes two exports the same: the ids of their messages, in any order, and their range. */
export const keyOf = ({ data: { messages, date_range } }: SmsExport): string =>
  sha256(canonicalJson([messages.map(messageIdOf).toSorted(), date_range.start, date_range.end]));

/** The lines of the archive: canonical JSON. */
export const linesOf = ({ data: { messages } }: SmsExport): string[] => messages.map(canonicalJson);

/** What tells exports with the same key apart that differ in anything else. */
export const contentOf = (key: string, lines: readonly string[]): string => sha256(key, ...lines);

/** @param bucket of the archives */
export function presentExport(archive: StoredArchive, bucket: string): z.input<typeof ShownSmsExport> {
  const { id, records, manifest_key: manifest, created_at, policy } = archive;
  if (policy === null) throw new Error(`the archive ${id} has no policy`);
  return {
    archive_id: id,
    status: 'stored',
    message_count: records,
    storage_location: `s3://${bucket}/${manifest.slice(0, manifest.lastIndexOf('/') + 1)}`,
    created_at,
    policy_applied: policy,
  };
}

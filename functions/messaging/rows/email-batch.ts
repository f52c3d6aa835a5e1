import { row } from '#dynamodb/row.ts';
import type { EmailBatch } from '#schema/email.ts';
import { day, second } from '#schema/time.ts';

/** Seconds after which a batch expires, with its e-mails. */
const ttl = (90 * day) / second;

const timeKey = ({ created_at: at, id }: EmailBatch): string => `${at}#${id}`;

/** Partitions of the indexes, after the entity. */
export const batchesOfUser = (organization: number, user: string): readonly string[] => [
  String(organization),
  'user',
  user,
];
export const batchesWithReference = (organization: number, reference: string): readonly string[] => [
  String(organization),
  'reference',
  reference,
];

/** `email-batch#1001`; GSI1: by the user that sent it; GSI2: by reference. */
export const emailBatchRow = row<'email-batch', EmailBatch, { readonly id: string }>('email-batch', {
  sort: ({ id }) => id,
  index1: (batch, organization) => ({ partition: batchesOfUser(organization, batch.sent_by), sort: timeKey(batch) }),
  index2: (batch, organization) =>
    batch.reference === null
      ? undefined
      : { partition: batchesWithReference(organization, batch.reference), sort: timeKey(batch) },
  expires: ({ created_at: at }) => Math.floor(Date.parse(at) / second) + ttl,
});

import type { SmsBatch } from '../../schema/sms-batch.ts';
import { row } from '../row.ts';

/** The GSI1 partition of the batches of a user, after the entity. */
export const batchesOfUser = (organization: number, user: string): readonly string[] => [
  String(organization),
  'sms',
  'user',
  user,
];
/** The GSI2 partition of the batches with a reference, after the entity. */
export const batchesWithReference = (organization: number, reference: string): readonly string[] => [
  String(organization),
  'sms',
  'reference',
  reference,
];

/** `batch#1001` by time; GSI1: by user; GSI2: by reference. */
export const smsBatchRow = row<'batch', SmsBatch, { readonly id: string }>('batch', {
  records: 'sms',
  afterClosing: 'messages are kept',
  unsharded: 'at most 600 recipients a minute',
  sort: ({ id }) => id,
  index1: ({ id, user_id: user }, organization) =>
    user === null ? undefined : { partition: batchesOfUser(organization, user), sort: id },
  index2: ({ id, reference }, organization) =>
    reference === null ? undefined : { partition: batchesWithReference(organization, reference), sort: id },
});

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { senderDomainOf } from '#dynamodb/rows/domain.ts';
import { emailRow, emailsIn, emailsTo } from '#dynamodb/rows/email.ts';
import { readReadyFile, referenceWrites, type ReadyFile } from '#dynamodb/rows/file.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { create } from '#dynamodb/write.ts';
import type { Email, EmailBatch, EmailStatus } from '#schema/email.ts';
import { suppressedAmong } from '../email-suppressions/row.ts';
import { findTemplate } from '../email-templates/row.ts';
import { batchesOfUser, batchesWithReference, emailBatchRow } from '../rows/email-batch.ts';
import { batchedSlice } from '../rows/batched-emails.ts';
import { allowedAmong } from '../rows/notice-recipients.ts';
import type { emails } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof emails>>>;
type Filters = {
  readonly to?: string | undefined;
  readonly status?: EmailStatus | undefined;
  readonly reference?: string | undefined;
  readonly since: string;
  readonly until: string;
};

/** The e-mails of a list, and the user that sent them; null: any. */
type Listed = { readonly filters: Filters; readonly sentBy: string | null };

/** The most selective partition of e-mails: by recipient, else by state, else all. */
function emailSlice(table: Reads, { to, status, ...times }: Filters, range: Range): Promise<Slice<Email>> {
  const within = { ...range, between: idsBetween('eml', times) };
  if (to !== undefined) return table.queryIndex(emailRow, 'GSI1', emailsTo(table.organization, to), within);
  if (status !== undefined) return table.queryIndex(emailRow, 'GSI2', emailsIn(table.organization, status), within);
  return table.query(emailRow, {}, within);
}

/** The batches with a reference, or of a user. */
function batchSlice(table: Reads, { filters, sentBy }: Listed, range: Range): Promise<Slice<EmailBatch>> {
  const { reference, since, until } = filters;
  const within = { ...range, between: [since, until] } as const;
  return reference === undefined
    ? table.queryIndex(emailBatchRow, 'GSI1', batchesOfUser(table.organization, sentBy ?? ''), within)
    : table.queryIndex(emailBatchRow, 'GSI2', batchesWithReference(table.organization, reference), within);
}

const readEmails = async (table: Reads, ids: readonly string[]): Promise<readonly (Email | undefined)[]> =>
  table.getAll(
    emailRow,
    ids.map((id) => ({ id })),
  );

/** Reads the e-mail of the path together with the caller. */
export const prefetch = prefetchByPathId(emailRow);

export const emailStore = (table: Reads) => ({
  get: (id: string): Promise<Email | undefined> => table.get(emailRow, { id }),
  batch: (id: string): Promise<EmailBatch | undefined> => table.get(emailBatchRow, { id }),
  /** The e-mails of a batch; without those that have expired. */
  emailsOf: async ({ emails: ids }: EmailBatch): Promise<readonly Email[]> =>
    (await readEmails(table, ids)).flatMap((email) => email ?? []),
  page: (request: PageRequest, listed: Listed, keep: (email: Email) => boolean) => {
    const { filters, sentBy } = listed;
    const isOfBatches = filters.to === undefined && (filters.reference !== undefined || sentBy !== null);
    const read = isOfBatches
      ? batchedSlice(
          (range) => batchSlice(table, listed, range),
          (ids) => readEmails(table, ids),
        )
      : (range: Range) => emailSlice(table, filters, range);
    return readPage(request, { read, keep });
  },
});

/** What sending reads. */
export const sendingStore = (table: Reads) => ({
  template: (idOrName: string) => findTemplate(table, idOrName),
  domainOf: (address: string) => senderDomainOf(table, address),
  allowedAmong: (addresses: readonly string[]) => allowedAmong(table, addresses),
  suppressedAmong: (addresses: readonly string[], now: Date) => suppressedAmong(table, addresses, now),
  file: (id: string) => readReadyFile(table, id),
});

/** The e-mails with their batch, and the references to the files that they need. */
export const acceptWrites = (batch: EmailBatch, accepted: readonly Email[], files: readonly ReadyFile[]) => [
  ...accepted.map((email) => create(emailRow, email)),
  create(emailBatchRow, batch),
  ...files.flatMap((file) => referenceWrites(file, { type: 'email', id: batch.id })),
];

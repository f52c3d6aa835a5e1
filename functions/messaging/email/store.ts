import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { senderDomainOf } from '#dynamodb/rows/domain.ts';
import { emailRow, emailsIn, emailsTo } from '#dynamodb/rows/email.ts';
import { readReadyFile, referenceWrites, type ReadyFile } from '#dynamodb/rows/file.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { change, create } from '#dynamodb/write.ts';
import type { Email, EmailBatch, EmailStatus } from '#schema/email.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { AppError } from '#errors.ts';
import { minute, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { suppressedAmong } from '../email-suppressions/row.ts';
import { findTemplate } from '../email-templates/row.ts';
import { batchesOfUser, batchesWithReference, emailBatchRow } from '../rows/email-batch.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import type { emails } from './contract.ts';

/** Batches of one slice: each has up to 50 e-mails, and one request reads 100. */
const maxBatches = 20;

/** A place in a list: behind a batch, and behind so many e-mails of the next one. */
const cursorOf = (behind: string, skip: number): string => JSON.stringify([behind, skip]);
const placeOf = (cursor: string | undefined): readonly [behind: string, skip: number] =>
  cursor === undefined ? ['', 0] : (JSON.parse(cursor) as [string, number]);

/**
 * Reads the e-mails of batches as a list of their own, newest first.
 * @param load the e-mails of ids, in their order; undefined for those that have expired
 */
const batchedSlice =
  (
    read: (range: Range) => Promise<Slice<EmailBatch>>,
    load: (ids: readonly string[]) => Promise<readonly (Email | undefined)[]>,
  ) =>
  async ({ limit = maxBatches, after }: Range): Promise<Slice<Email>> => {
    const [behind, skip] = placeOf(after);
    const batches = await read({ limit: Math.min(limit, maxBatches), ...(behind === '' ? {} : { after: behind }) });
    const places = batches.items.flatMap(({ emails }, batch) =>
      emails.toReversed().map((id, within) => ({ id, batch, next: within + 1, isLast: within + 1 === emails.length })),
    );
    const wanted = places.slice(skip);
    const loaded = await load(wanted.map(({ id }) => id));
    const found = wanted.flatMap((place, at) => {
      const email = loaded[at];
      return email === undefined ? [] : [{ ...place, email }];
    });
    return {
      items: found.map(({ email }) => email),
      cursor: batches.cursor === undefined ? undefined : cursorOf(batches.cursor, 0),
      cursorAt: (position) => {
        const { batch = 0, next = 0, isLast = false } = found[position] ?? {};
        if (isLast) return cursorOf(batches.cursorAt(batch), 0);
        return cursorOf(batch === 0 ? behind : batches.cursorAt(batch - 1), next);
      },
    };
  };

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
  /** Those of the addresses that the platform's own address may write to for the organization. */
  allowedAmong: async (addresses: readonly string[]) => (await recipientsAmong(table, addresses)).allowed,
  suppressedAmong: (addresses: readonly string[], now: Date) => suppressedAmong(table, addresses, now),
  file: (id: string) => readReadyFile(table, id),
});

/** The e-mails with their batch, and the references to the files that they need. */
export const acceptWrites = (batch: EmailBatch, accepted: readonly Email[], files: readonly ReadyFile[]) => [
  ...accepted.map((email) => create(emailRow, email)),
  create(emailBatchRow, batch),
  ...files.flatMap((file) => referenceWrites(file, { type: 'email', id: batch.id })),
];

/** Recipients of an organization's messages in each minute (functions/messaging/README.md, "Limits"). */

/** The messages of a window, and how many recipients it may have. */
type Window = { readonly kind: 'email'; readonly limit: number };

const keyOf = ({ kind }: Window, organization: number, now: Date) => ({
  subject: `recipients/${kind}/${organizationText(organization)}`,
  minute: Math.floor(now.getTime() / minute),
});

const exceeded = ({ limit }: Window, now: Date): AppError =>
  new AppError('RATE_LIMITED', `More than ${limit} recipients per minute`, {
    retryAfter: Math.ceil((minute - (now.getTime() % minute)) / second),
  });

/** @throws AppError RATE_LIMITED, if the minute has not so many recipients left */
export async function assertRoom(
  table: Pick<Table<'rate'>, 'get' | 'organization'>,
  window: Window,
  { recipients, now }: { readonly recipients: number; readonly now: Date },
): Promise<void> {
  const { used } = (await table.get(rateRow, keyOf(window, table.organization, now))) ?? { used: 0 };
  if (used + recipients > window.limit) throw exceeded(window, now);
}

/** Counts recipients; RATE_LIMITED if the minute has not so many left. */
export const countInWindow = (
  organization: number,
  window: Window,
  { recipients, now }: { readonly recipients: number; readonly now: Date },
) => {
  const key = keyOf(window, organization, now);
  return change(rateRow, key, {
    set: { ttl: ((key.minute + 2) * minute) / second },
    add: { used: recipients },
    onlyIf: {
      expression: 'attribute_not_exists(used) OR used <= :most',
      values: { ':most': window.limit - recipients },
    },
    conflict: exceeded(window, now),
  });
};

import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { prefetchByPathId } from '../../../shared/dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { emailRow, emailsIn, emailsTo } from '../../../shared/dynamodb/rows/email.ts';
import type { Range, Table } from '../../../shared/dynamodb/table.ts';
import { idsBetween } from '../../../shared/dynamodb/ulid.ts';
import type { Email, EmailStatus } from '../../../shared/schema/email.ts';
import type { emails } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof emails>>>;
type Filters = {
  readonly to?: string | undefined;
  readonly status?: EmailStatus | undefined;
  readonly since: string;
  readonly until: string;
};

/** The most selective partition: by recipient, else by state, else all. */
const partitionOf =
  (table: Reads, { to, status }: Filters) =>
  (range: Range) => {
    if (to !== undefined) return table.queryIndex(emailRow, 'GSI1', emailsTo(table.organization, to), range);
    if (status !== undefined) return table.queryIndex(emailRow, 'GSI2', emailsIn(table.organization, status), range);
    return table.query(emailRow, {}, range);
  };

/** Reads the e-mail of the path together with the caller. */
export const prefetch = prefetchByPathId(emailRow);

export const emailStore = (table: Reads) => ({
  get: (id: string): Promise<Email | undefined> => table.get(emailRow, { id }),
  page: (request: PageRequest, filters: Filters, keep: (email: Email) => boolean) => {
    const read = partitionOf(table, filters);
    return readPage(request, { read: (range) => read({ ...range, between: idsBetween('eml', filters) }), keep });
  },
});

import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import { day, second } from '#schema/time.ts';
import { isSuppressed, type Suppression } from './suppression.ts';

/** Milliseconds for which a bounce counts. */
const bounceTtl = 7 * day;

/** Unix seconds; undefined: it is suppressed until that is lifted. */
function expiryOf({ reason, until, bounces }: Suppression): number | undefined {
  if (reason !== null && until === null) return undefined;
  const end = until === null ? Date.parse(bounces.at(-1) ?? '') + bounceTtl : Date.parse(until);
  return Math.ceil(end / second);
}

/** `email-suppression#1001` by address; GSI1: those that are suppressed, by time. */
export const emailSuppressionRow = row<'email-suppression', Suppression, { readonly address: string }>(
  'email-suppression',
  {
    sort: ({ address }) => address,
    index1: ({ at }, organization) => (at === null ? undefined : { partition: [String(organization)], sort: at }),
    expires: expiryOf,
  },
);

/** The GSI1 partition of the suppressed addresses, after the entity. */
export const suppressedIn = (organization: number): readonly string[] => [String(organization)];

/** Those of the addresses that get no e-mail at present. */
export async function suppressedAmong(
  table: Pick<Table<'email-suppression'>, 'getAll'>,
  addresses: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const found = await table.getAll(
    emailSuppressionRow,
    [...new Set(addresses)].map((address) => ({ address })),
  );
  return new Set(found.flatMap((each) => (each !== undefined && isSuppressed(each, now) ? [each.address] : [])));
}

/** Stores an address after a report. Stale if it changed since it was read. @param before undefined: there was none */
export const suppressionWrite = (before: Suppression | undefined, after: Suppression): Write<'email-suppression'> =>
  before === undefined ? create(emailSuppressionRow, after) : replace(emailSuppressionRow, after, before);

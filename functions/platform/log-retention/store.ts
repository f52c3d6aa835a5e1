import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { platformRow } from '../../../shared/dynamodb/row.ts';
import { linesBetween, linesOf, logRow, type LogItem } from '../../../shared/dynamodb/rows/log.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { overwrite, remove, type Write } from '../../../shared/dynamodb/write.ts';
import type { logRetention } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof logRetention>>>;

/** The progress of a round over all organizations; null at its end. */
type RoundItem = { readonly kind: 'retention'; readonly id: 'log'; readonly after: string | null };

const roundKey = { kind: 'retention', id: 'log' } as const;
const roundRow = platformRow<'lease', RoundItem, Pick<RoundItem, 'kind' | 'id'>, { readonly kind: 'retention' }>(
  'lease',
  { partition: ({ kind }) => [kind], sort: ({ id }) => id },
);

/** Organizations between two records of the progress. */
const organizationsAtOnce = 50;
/** Lines in one transaction. */
const linesAtOnce = 100;

/** The cursor of a query; null at its beginning. */
type Cursor = string | null;
const startAfter = (after: Cursor) => (after === null ? {} : { after });

/** @param table of the platform */
export const roundStore = (table: Reads) => ({
  progress: async (): Promise<Cursor> => (await table.get(roundRow, roundKey))?.after ?? null,
  organizations: (after: Cursor) =>
    table.queryIndex(organizationRow, 'GSI2', ['all'], {
      order: 'asc',
      limit: organizationsAtOnce,
      ...startAfter(after),
    }),
});

export const progressWrites = (after: Cursor): Write<'lease'>[] => [overwrite(roundRow, { ...roundKey, after })];

/** Lines before an instant (ISO 8601 UTC), oldest first. @param table of the organization */
export const linesBefore = (table: Reads, to: string, after: Cursor) =>
  table.queryIndex(logRow, 'GSI1', linesOf(table.organization), {
    order: 'asc',
    limit: linesAtOnce,
    between: linesBetween({ from: '0', to }),
    ...startAfter(after),
  });

export const deleteWrites = (lines: readonly LogItem[]): Write<'log'>[] => lines.map((line) => remove(logRow, line));

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import type { retention } from './contract.ts';
import type { Round } from './nightly.ts';
import { roundRow } from './row.ts';

export { beginWrites, lastPurge } from '../rows/purge.ts';

const roundKey = { kind: 'retention', id: 'nightly' } as const;

/** Organizations between two records of the progress. */
const organizationsAtOnce = 50;

/** @param table of the platform */
export const roundStore = (table: Table<ReadName<EffectOf<typeof retention>>>) => ({
  last: (): Promise<Round | undefined> => table.get(roundRow, roundKey),
  /** All organizations, closed ones too. */
  organizations: (after: string | null) =>
    table.queryIndex(organizationRow, 'GSI2', ['all'], {
      order: 'asc',
      limit: organizationsAtOnce,
      ...(after === null ? {} : { after }),
    }),
});

export const roundWrites = (round: Round): Write<'lease'>[] => [overwrite(roundRow, { ...roundKey, ...round })];

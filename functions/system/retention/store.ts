import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { overwrite, type Write } from '../../../shared/dynamodb/write.ts';
import type { retention } from './contract.ts';
import type { Round } from './nightly.ts';
import { roundRow } from './row.ts';

export { beginWrites, lastPurge } from '../purges/row.ts';

const roundKey = { kind: 'retention', id: 'nightly' } as const;

/** Organizations between two records of the progress. */
const organizationsAtOnce = 50;

/** @param table of the platform */
export const roundStore = (table: Table<ReadName<EffectOf<typeof retention>>>) => ({
  last: (): Promise<Round | undefined> => table.get(roundRow, roundKey),
  /** All organizations, closed ones too. */
  organizations: (after: string | null) =>
    table.queryIndex(organizationRow, 'GSI2', ['all'], {
      ...{ order: 'asc', limit: organizationsAtOnce },
      ...(after === null ? {} : { after }),
    }),
});

export const roundWrites = (round: Round): Write<'lease'>[] => [overwrite(roundRow, { ...roundKey, ...round })];

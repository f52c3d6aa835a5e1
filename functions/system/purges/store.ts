import type { ReadName } from '../../../shared/contract/effects.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import type { Condition } from '../../../shared/dynamodb/update-expression.ts';
import { change, create, overwrite, type Write } from '../../../shared/dynamodb/write.ts';
import { AppError } from '../../../shared/errors.ts';
import type { RecordClass } from '../../../shared/schema/record-class.ts';
import { defaultDays, type Retention } from '../../../shared/schema/retention.ts';
import { archivingPolicyRow } from '../archiving-policies/row.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { purgeErrors, type Purge } from './purge.ts';
import { purgeRow } from './row.ts';
import type { RecordReads } from './sources/source.ts';

/** What decides about records of a class now; undefined if there is no such organization. */
export async function retentionOf(table: RecordReads, of: RecordClass): Promise<Retention | undefined> {
  const [organization, { items }] = await Promise.all([
    table.get(organizationRow, {}),
    table.query(archivingPolicyRow, {}),
  ]);
  if (organization === undefined) return undefined;
  const policies = items.filter((policy) => policy.class === of && policy.enabled);
  return { of, policies, defaultDays: defaultDays(of, organization.retention) };
}

/** Whether the organization archives. */
export const isProvisioned = async (table: Pick<Table<'archiving'>, 'get'>): Promise<boolean> =>
  (await table.get(archivingRow, {}))?.enabled === true;

type PurgeReads = Table<ReadName<{ kind: 'writes'; entity: 'purge' }>>;

export const lastPurge = (table: PurgeReads, of: RecordClass): Promise<Purge | undefined> =>
  table.get(purgeRow, { class: of });

const runs = (purge: Purge | undefined): boolean => purge?.status === 'running';

/** Begins a purge in the place of the one before, unless that runs. @throws AppError PURGE_RUNNING */
export function beginWrites(before: Purge | undefined, purge: Purge): Write<'purge'>[] {
  const running = () => new AppError(purgeErrors.PURGE_RUNNING, `A purge of ${purge.class} is running`);
  if (runs(before)) throw running();
  if (before === undefined) return [create(purgeRow, purge, purgeErrors.PURGE_RUNNING, running().message)];
  return [overwrite(purgeRow, purge, sameRun(before))];
}

/** The condition that a purge is the one that was read, and still has the turn that was read. */
const sameRun = ({ id, turn }: Purge): Condition => ({
  expression: '#id = :id AND #turn = :turn',
  names: { '#id': 'id', '#turn': 'turn' },
  values: { ':id': id, ':turn': turn },
});

/** Saves a purge under the turn that was read. Stale if another process has the turn. */
export const saveWrites = (read: Purge, after: Purge): Write<'purge'>[] => [overwrite(purgeRow, after, sameRun(read))];

/** Tells policies what a run did by them. A policy that was deleted stays deleted. */
export const policyWrites = ({ runs: ran }: Purge, now: Date): Write<'archivingpolicy'>[] =>
  Object.entries(ran).map(([id, last_run]) =>
    change(
      archivingPolicyRow,
      { id },
      {
        set: { last_run, last_run_at: now.toISOString() },
        onlyIf: { expression: 'attribute_exists(PK)' },
      },
    ),
  );

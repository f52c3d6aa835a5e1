import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Condition } from '#dynamodb/update-expression.ts';
import { change, create, overwrite, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { ChainLink } from '#schema/event-log.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { exportedUntil, type ArchivingPolicy } from '../schema/retention.ts';
import { archivingPolicyRow } from './archiving-policy.ts';
import { purgeErrors, type Purge } from '../schema/purge.ts';

/** `purge#1001`: the last purge of each class, so that one runs at a time. */
export const purgeRow = row<'purge', Purge, { readonly class: RecordClass }>('purge', {
  afterClosing: 'records of a closed organization are purged when their time has come',
  sort: (key) => key.class,
});

/** `eventlogbegin#1001`: the last link of the chain that was purged. */
export const eventLogBeginRow = row<'eventlogbegin', ChainLink, object>('eventlogbegin', {
  afterClosing: 'the event log is kept',
  sort: () => 'begin',
});

/** The last purge of a class; undefined if there was none. */
export const lastPurge = (table: Pick<Table<'purge'>, 'get'>, of: RecordClass): Promise<Purge | undefined> =>
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

type RanPolicy = ArchivingPolicy & { readonly updated_at: string; readonly version: number };

/** The policies by which a purge did something, and that still exist. */
export async function policiesOf(
  table: Pick<Table<'archivingpolicy'>, 'getAll'>,
  { runs: ran }: Purge,
): Promise<RanPolicy[]> {
  const ids = Object.keys(ran).map((id) => ({ id }));
  return (await table.getAll(archivingPolicyRow, ids)).filter((policy) => policy !== undefined);
}

/** Saves at policies what a run did by them. @param policies as read */
export const policyWrites = (
  { runs: ran, created_at }: Purge,
  policies: readonly RanPolicy[],
  now: Date,
): Write<'archivingpolicy'>[] =>
  policies.map((policy) => {
    const isSame = policy.updated_at <= created_at;
    const until = policy.action === 'export' && isSame ? exportedUntil(policy, new Date(created_at)) : null;
    return change(archivingPolicyRow, policy, {
      set: {
        last_run: ran[policy.id],
        last_run_at: now.toISOString(),
        ...(until === null ? {} : { exported_until: until }),
      },
      onlyIf: {
        expression: '#version = :read',
        names: { '#version': 'version' },
        values: { ':read': policy.version },
      },
    });
  });

import { AppError, invalid } from '#errors.ts';
import { accepted, commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { second } from '#schema/time.ts';
import { systemErrors } from '../schema/errors.ts';
import { assertUsersOfRecords } from '../rows/users-of-records.ts';
import { purgeRecords, purges } from './contract.ts';
import { countRecords } from './sources/reading.ts';
import { newPurge, presentCounts, startedEvent } from '../schema/purge.ts';
import { retentionOf } from './sources/retentions.ts';
import { beginWrites, isProvisioned, lastPurge } from './store.ts';

/** Milliseconds for which a request counts. */
const countingTime = 5 * second;

async function purge(request: Request<typeof purgeRecords>, context: Context<typeof purges>) {
  const { body, caller, now, record } = request;
  const { table, nextId, clock, environment } = context;
  const wanted = body();
  const retention = await retentionOf(table, wanted.class);
  if (retention === undefined) throw new AppError('NOT_FOUND', 'No such organization');
  const { policies } = retention;
  if (wanted.policy_id !== undefined && policies.every(({ id }) => id !== wanted.policy_id))
    throw invalid('policy_id', `must be that of an enabled policy for ${wanted.class}`);
  const purge = newPurge(wanted, retention, { id: nextId('purge'), by: caller.id, now });
  await assertUsersOfRecords(table, purge.scope);
  if (wanted.export && !(await isProvisioned(table)))
    throw new AppError(systemErrors.ARCHIVING_NOT_PROVISIONED, 'export needs an archive; see /archiving/provisioning', {
      details: [{ path: 'export', message: 'needs an archive' }],
    });
  if (purge.dry_run) {
    const deadline = clock().getTime() + countingTime;
    const counted = await countRecords(purge, { table, environment, isOver: () => clock().getTime() > deadline });
    if (counted !== null) return ok(presentCounts({ ...purge, ...counted }));
  }
  const started = record('archiving.purge_started', startedEvent(purge));
  const { id: purge_id, dry_run, status } = purge;
  return commits(
    [...beginWrites(await lastPurge(table, purge.class), purge), started],
    accepted({ purge_id, dry_run, class: purge.class, status }),
  );
}

/** The function of `/archiving/purge`. */
export const purgesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(purges, { [purgeRecords.route]: purge }, dependencies);

export const handler = purgesHandler();

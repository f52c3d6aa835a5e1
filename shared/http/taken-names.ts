import { AppError } from '../errors.ts';
import { assertCommitted, tryCommit, type FailedCondition } from '../dynamodb/commit.ts';
import type { Store } from '../dynamodb/client.ts';
import { rateRow } from '../dynamodb/rows/request.ts';
import { tableFor } from '../dynamodb/table.ts';
import type { Write } from '../dynamodb/write.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { hour, minute, second } from '../schema/time.ts';
import { addToWindow } from '../limits/rate-limits.ts';
import type { Exchange } from './exchange.ts';

/**
 * Names that are unique on the platform (`claim`): a conflict tells that another tenant has the name. A tenant learns
 * of 20 in an hour. From then on it claims no names in that hour, as the answers to free ones would tell the same.
 */
const learnedNames = 20;

/** The window of a time: its last minute (Unix minutes), and its end (Unix milliseconds). */
function windowOf(now: Date): { readonly last: number; readonly end: number } {
  const end = (Math.floor(now.getTime() / hour) + 1) * hour;
  return { last: end / minute - 1, end };
}

/** In whose window the names of a request count: the organization of the caller, or without one that of the claim. */
function learnerOf({ authenticated }: Exchange, writes: readonly Write[], organization: number): string | undefined {
  const claim = writes.find(({ claims }) => claims);
  // A caller that reaches all organizations may read all names.
  if (claim === undefined || authenticated?.caller.reach === 'all') return undefined;
  return `taken/${authenticated?.caller.organization ?? claim.organization ?? organization}`;
}

/** @throws AppError RATE_LIMITED */
async function assertMayClaim(store: Store, subject: string, now: Date): Promise<void> {
  const { last, end } = windowOf(now);
  const window = await tableFor<'rate'>(store, 0).get(rateRow, { subject, minute: last });
  if (window === undefined || window.used < learnedNames) return;
  throw new AppError('RATE_LIMITED', `More than ${learnedNames} names of other tenants were requested in this hour`, {
    retryAfter: Math.max(1, Math.ceil((end - now.getTime()) / second)),
  });
}

/** Whether a transaction failed because another organization has a name. */
function tellsName(writes: readonly Write[], failed: readonly FailedCondition[], organization: number): boolean {
  const told = failed.find(({ at }) => writes[at]?.onConflict !== 'stale');
  const write = writes[told?.at ?? -1];
  if (write?.claims !== true) return false;
  const owners = [told?.stored?.['org_id']?.N, told?.stored?.['owner']?.S];
  return !owners.includes(String(write.organization ?? organization));
}

/**
 * Commits the writes of a request, as `commit` does.
 * @throws AppError RATE_LIMITED for a claim of a name after 20 were taken; StaleWrite; those of the conditions
 */
export async function commitClaims(
  { store }: Pick<Dependencies, 'store'>,
  { exchange, organization }: { readonly exchange: Exchange; readonly organization: number },
  writes: readonly Write[],
  pauses?: Parameters<typeof tryCommit>[3],
): Promise<void> {
  const learner = learnerOf(exchange, writes, organization);
  if (learner !== undefined) await assertMayClaim(store, learner, exchange.now);
  const failed = await tryCommit(store, organization, writes, pauses);
  if (learner !== undefined && tellsName(writes, failed, organization))
    await addToWindow(store)(learner, windowOf(exchange.now).last, 1);
  assertCommitted(writes, failed);
}

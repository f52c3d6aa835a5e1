import type { Scope } from '../../contract/scopes.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../admission/caller.ts';

type Holder = Pick<Caller, 'id' | 'ownOnly'>;

/**
 * Whether a scope of the caller covers a record. One that is limited to own records does not cover those of other
 * users, nor of none: they do not exist for it.
 * @param user whose record it is; null: of no user
 */
export const coversRecord = ({ id, ownOnly }: Holder, scope: Scope, user: string | null | undefined): boolean =>
  !ownOnly.has(scope) || user === id;

/**
 * Checks a record as it would be after a write: a scope that is limited to own records creates none for others, and
 * gives none away.
 * @throws AppError INSUFFICIENT_SCOPE
 */
export function assertCovered(caller: Holder, scope: Scope, user: string | null | undefined): void {
  if (coversRecord(caller, scope, user)) return;
  throw new AppError('INSUFFICIENT_SCOPE', `${scope} of this caller is limited to its own resources`, {
    details: [{ path: 'scope', message: scope }],
  });
}

import type { Owner } from '../../contract/owner.ts';
import type { Access, Scope } from '../../contract/scopes.ts';
import type { IsOwn } from '../../dynamodb/own-items.ts';
import type { Write } from '../../dynamodb/write.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from './caller.ts';

/** Callers whose scope covers only their own records (shared/http/authorization/README.md, "Own records"). */

type Holder = Pick<Caller, 'id' | 'ownOnly'>;

/** Whether a scope of the caller is limited to its own records. */
const isLimited = ({ ownOnly }: Holder, scope: Access): boolean => (ownOnly as ReadonlySet<Access>).has(scope);

/**
 * Whether a scope of the caller, which is not that of its request, covers a record. One that is limited to own records
 * does not cover those of other users, nor of none: they do not exist for it.
 * @param user whose record it is; null: of no user
 */
export const coversRecord = (caller: Holder, scope: Scope, user: string | null | undefined): boolean =>
  !isLimited(caller, scope) || user === caller.id;

const beyondOwn = (scope: Access): AppError =>
  new AppError('INSUFFICIENT_SCOPE', `${scope} of this caller is limited to its own resources`, {
    details: [{ path: 'scope', message: scope }],
  });

/** What the caller of a request may reach by the scope of its endpoint. */
export type OwnRecords = {
  /** The only user whose records the caller has; null: it has those of all users, and of none. */
  readonly limitedTo: string | null;
  /** Whether a record exists for the caller. @param user whose record it is; null or undefined: of no user */
  readonly covers: (user: string | null | undefined) => boolean;
  /**
   * Checks a record as it would be after a write: none is created for others, nor given away.
   * @throws AppError INSUFFICIENT_SCOPE
   */
  readonly assertCovers: (user: string | null | undefined) => void;
};

export function ownRecordsOf(caller: Holder | undefined, scope: Access): OwnRecords {
  const limitedTo = caller !== undefined && isLimited(caller, scope) ? caller.id : null;
  const covers: OwnRecords['covers'] = (user) => limitedTo === null || user === limitedTo;
  return {
    limitedTo,
    covers,
    assertCovers: (user) => {
      if (!covers(user)) throw beyondOwn(scope);
    },
  };
}

/** What an endpoint's owner means for a caller that is limited to its own records. */
export type Limit = {
  readonly isOwn: IsOwn;
  /** Checks what the caller would write. @throws AppError INSUFFICIENT_SCOPE for items of others or of no user */
  readonly assertOwn: (writes: readonly Write[]) => void;
};

/** @returns undefined for a caller that is not limited, and for endpoints whose handlers find the user */
export function limitOf(owner: Owner | undefined, caller: Holder | undefined, scope: Access): Limit | undefined {
  if (caller === undefined || !isLimited(caller, scope)) return undefined;
  if (owner === 'organization')
    return {
      isOwn: () => false,
      assertOwn: () => {
        throw beyondOwn(scope);
      },
    };
  if (typeof owner !== 'object' || !('user' in owner)) return undefined;
  const fields: ReadonlyMap<string, string | undefined> = new Map(Object.entries(owner.user));
  const isOwn = (entity: string, item: object): boolean => {
    const field = fields.get(entity);
    return field === undefined || (item as Readonly<Record<string, unknown>>)[field] === caller.id;
  };
  return {
    isOwn,
    assertOwn: (writes) => {
      if (!writes.every(({ effect, item }) => item === undefined || isOwn(effect, item))) throw beyondOwn(scope);
    },
  };
}

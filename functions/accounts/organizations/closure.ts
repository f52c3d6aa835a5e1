import { AppError } from '#errors.ts';
import { money, zeroAmount, moneyFromStore, type StoredMoney } from '#schema/money.ts';
import { organizationText } from '#schema/values.ts';
import { organizationErrors } from './errors.ts';
import { isAbove } from './parent.ts';

/** Closing an organization: what it must not own any more (functions/accounts/README.md, "Suspension and closing"). */

/** Counts that must be zero, with their names in error messages. */
export const blockers = {
  children: 'child organizations',
  numbers: 'numbers',
  trunks: 'trunks',
  active_domains: 'active domains',
} as const;

type Organization = { readonly type: 'operator' | 'reseller' | 'customer'; readonly parent_id: number | null };

/** A part of the balance: amounts that were paid in, and amounts that were used. */
type BalancePart = { readonly credits?: StoredMoney; readonly charges?: StoredMoney };

type Possessions = {
  readonly counts: Readonly<Record<string, number>>;
  readonly balance: readonly BalancePart[];
  /** Number of tasks over CDRs that have not ended. */
  readonly tasks: number;
  /** Number of calls in progress. */
  readonly calls: number;
};

/**
 * @throws AppError OPERATOR_ORG; NOT_THE_PARENT; ORG_HAS_RESOURCES, with one detail for each kind of resource and its
 * count
 */
export function assertClosable(
  organization: Organization,
  caller: Parameters<typeof isAbove>[0],
  { counts, balance, tasks, calls }: Possessions,
): void {
  if (organization.type === 'operator')
    throw new AppError(organizationErrors.OPERATOR_ORG, 'The operator cannot be closed');
  if (!isAbove(caller, organization))
    throw new AppError(organizationErrors.NOT_THE_PARENT, 'Only the parent organization closes an organization');
  const owned = [
    ...Object.entries(blockers).map(([of, name]) => ({ path: of, count: counts[of] ?? 0, name })),
    { path: 'tasks', count: tasks, name: 'running tasks' },
    { path: 'calls', count: calls, name: 'calls in progress' },
  ];
  const details = [
    ...owned.flatMap(({ path, count, name }) => (count > 0 ? [{ path, message: `${count} ${name}` }] : [])),
    ...(sumOf(balance) === zeroAmount ? [] : [{ path: 'balance', message: 'a balance other than zero' }]),
  ];
  if (details.length > 0)
    throw new AppError(
      organizationErrors.ORG_HAS_RESOURCES,
      `The organization still has ${details.map(({ message }) => message).join(', ')}`,
      { details },
    );
}

const sumOf = (balance: readonly BalancePart[]) =>
  balance.reduce(
    (total, { credits = 0, charges = 0 }) => money(total + moneyFromStore(credits) - moneyFromStore(charges)),
    zeroAmount,
  );

/** The answer to a deletion. */
export const presentClosed = (number: number, at: string) => ({
  id: organizationText(number),
  deleted_at: at,
  status: 'closed' as const,
});

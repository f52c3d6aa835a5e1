import { textIn } from '../../json-value.ts';
import type { AnswerOf } from '../kit/answer-of.ts';

/** Organizations below one another. */

type Organization = Readonly<Record<string, unknown>>;
export type Account = AnswerOf<'get', '/billing-accounts'>['result'][number];

export type Branch = {
  readonly organization: Organization;
  /** 0: its parent is not in the list. */
  readonly depth: number;
  readonly hasChildren: boolean;
};

export const idOf = ({ id }: Organization): string => textIn(id);
const parentOf = ({ parent_id: parent }: Organization): string => textIn(parent);

/**
 * Organizations in the order of a tree: each before those below it.
 *
 * @param closed ids of those whose children are not shown
 */
export function treeOf(organizations: readonly Organization[], closed: ReadonlySet<string>): readonly Branch[] {
  const known = new Set(organizations.map(idOf));
  const below = Map.groupBy(organizations, (each) => (known.has(parentOf(each)) ? parentOf(each) : ''));
  const branches = (parent: string, depth: number): readonly Branch[] =>
    (below.get(parent) ?? []).flatMap((organization) => {
      const hasChildren = below.has(idOf(organization));
      const branch: Branch = { organization, depth, hasChildren };
      return closed.has(idOf(organization)) ? [branch] : [branch, ...branches(idOf(organization), depth + 1)];
    });
  return branches('', 0);
}

/** Balances by the organization. */
export const balancesBy = (accounts: readonly object[]): ReadonlyMap<string, Account> =>
  new Map((accounts as readonly Account[]).map((account) => [account.customer_id, account]));

const numberOf = (id: string): number => Number(id.replace('org_', ''));

/** Whether customers come after all accounts that are read: both lists are in the order of the numbers. */
export function lacksAccounts(customers: readonly Organization[], accounts: readonly object[]): boolean {
  const last = Math.max(0, ...[...balancesBy(accounts).keys()].map(numberOf));
  return customers.some((each) => numberOf(idOf(each)) > last);
}

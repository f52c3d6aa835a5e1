import { operatorOrganization } from '../../dynamodb/rows/organization.ts';
import type { Caller } from './caller.ts';

type BuyingOrganization = { readonly parent_id: number | null };

/** As what the caller's own organization sells to another: the operator, which sells to itself too, or its reseller. */
export function sellerOf(
  to: BuyingOrganization,
  { organization }: Pick<Caller, 'organization'>,
): 'operator' | 'reseller' | null {
  if (organization === operatorOrganization) return 'operator';
  return organization === to.parent_id ? 'reseller' : null;
}

/** Whether the caller's own organization sells to another. */
export const sellsTo = (to: BuyingOrganization, caller: Pick<Caller, 'organization'>): boolean =>
  sellerOf(to, caller) !== null;

import { operatorOrganization } from '../../dynamodb/rows/organization.ts';
import type { Caller } from '../admission/caller.ts';

/** Whether the caller's own organization sells to another: it is the parent, or the operator, which sells to itself. */
export const sellsTo = (
  to: { readonly parent_id: number | null },
  { organization }: Pick<Caller, 'organization'>,
): boolean => organization === operatorOrganization || organization === to.parent_id;

import { AppError } from '../../../shared/errors.ts';

/** The tree of organizations: the parent sells to the child (functions/accounts/README.md, "Organizations"). */

type OrganizationType = 'operator' | 'reseller' | 'customer';

type Parent = {
  readonly org_id: number;
  readonly type: OrganizationType;
  readonly status: 'active' | 'suspended' | 'closed';
};

type Caller = { readonly organization: number; readonly reach: 'own' | 'children' | 'all' };

const canBeAbove = (parent: Parent, type: 'customer' | 'reseller'): boolean =>
  parent.type === 'operator' || (parent.type === 'reseller' && type === 'customer');

/**
 * The parent of a new organization: the operator for any, a reseller for customers.
 * @throws AppError OPERATOR_ONLY, INVALID_PARENT
 */
export function parentFor<P extends Parent>(
  type: 'customer' | 'reseller',
  parent: P | undefined,
  { organization, reach }: Caller,
): P {
  if (type === 'reseller' && reach !== 'all')
    throw new AppError('OPERATOR_ONLY', 'Only the operator creates resellers');
  const isUsable =
    parent !== undefined && parent.status !== 'closed' && (reach === 'all' || parent.org_id === organization);
  if (isUsable && canBeAbove(parent, type)) return parent;
  const message = "must be the caller's organization; for the operator, also the reseller of a customer";
  throw new AppError('INVALID_PARENT', `parent_id ${message}`, { details: [{ path: 'parent_id', message }] });
}

/** Whether the caller belongs to the parent of the organization, or to the operator. */
export const isAbove = (
  { organization, reach }: Caller,
  { parent_id: parent }: { readonly parent_id: number | null },
): boolean => reach === 'all' || (reach === 'children' && organization === parent);

type SetByParent = {
  readonly status?: unknown;
  readonly limits?: unknown;
  /**
   * `numbers` decides which rate a dialed number has, and the limit of notices protects the platform's name, so no
   * organization sets them for itself.
   */
  readonly settings?:
    | { readonly numbers?: unknown; readonly email?: { readonly notice_limit?: unknown } | null | undefined }
    | null
    | undefined;
};

/** @throws AppError NOT_THE_PARENT, naming the fields that only the parent sets */
export function assertMayChange(
  { status, limits, settings }: SetByParent,
  organization: { readonly parent_id: number | null },
  caller: Caller,
): void {
  if (isAbove(caller, organization)) return;
  const given = {
    ...{ status, limits, 'settings.numbers': settings?.numbers },
    // Null in place of the object removes the limit, too.
    'settings.email.notice_limit': settings?.email === null ? null : settings?.email?.notice_limit,
  };
  const forbidden = Object.entries(given).flatMap(([path, value]) => (value === undefined ? [] : [path]));
  if (forbidden.length > 0)
    throw new AppError('NOT_THE_PARENT', `Only the parent organization sets ${forbidden.join(', ')}`, {
      details: forbidden.map((path) => ({ path, message: 'is set by the parent organization' })),
    });
}

type Family<O> = {
  /** Listed beside the children. */
  readonly self: O | undefined;
  /** Whose children are listed; null: no children; undefined: all organizations of the platform. */
  readonly parent: number | null | undefined;
};

/** The organizations that a list shows: the children of a requested parent, else those within the caller's reach. */
export function familyOf<O extends Parent>(caller: Caller, organization: O, requested: O | undefined): Family<O> {
  if (requested !== undefined) return { self: undefined, parent: requested.org_id };
  if (organization.type === 'operator')
    return caller.reach === 'all' ? { self: undefined, parent: undefined } : { self: organization, parent: null };
  const showsChildren = caller.reach !== 'own' && organization.type === 'reseller';
  return { self: organization, parent: showsChildren ? organization.org_id : null };
}

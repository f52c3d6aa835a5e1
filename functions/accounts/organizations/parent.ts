import { AppError } from '#errors.ts';
import { organizationErrors } from './errors.ts';

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
  throw new AppError(organizationErrors.INVALID_PARENT, `parent_id ${message}`, {
    details: [{ path: 'parent_id', message }],
  });
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
   * `numbers` decides which rate a dialed number has, the limit of notices and the templates protect the platform's
   * name, and sender ids the names of others, so no organization sets them for itself.
   */
  readonly settings?:
    | {
        readonly numbers?: unknown;
        readonly email?: { readonly notice_limit?: unknown; readonly platform_templates?: unknown } | null | undefined;
        readonly sms?: { readonly sender_ids?: unknown } | null | undefined;
      }
    | null
    | undefined;
};

/** Settings of each section that only the parent writes. */
const parentSettings = { email: ['notice_limit', 'platform_templates'], sms: ['sender_ids'] } as const;

/** Those settings in a request, by their paths. Null in place of a section removes its fields, too. */
function parentSettingsIn(settings: SetByParent['settings']): Readonly<Record<string, unknown>> {
  const fieldsOf = (section: keyof typeof parentSettings): readonly (readonly [string, unknown])[] => {
    const given: Readonly<Record<string, unknown>> | null | undefined = settings?.[section];
    return parentSettings[section].map((name) => [
      `settings.${section}.${name}`,
      given === null ? null : given?.[name],
    ]);
  };
  return Object.fromEntries([...fieldsOf('email'), ...fieldsOf('sms')]);
}

/** @throws AppError NOT_THE_PARENT, naming the fields that only the parent sets */
export function assertMayChange(
  { status, limits, settings }: SetByParent,
  organization: { readonly parent_id: number | null },
  caller: Caller,
): void {
  if (isAbove(caller, organization)) return;
  const given = { status, limits, 'settings.numbers': settings?.numbers, ...parentSettingsIn(settings) };
  const forbidden = Object.entries(given).flatMap(([path, value]) => (value === undefined ? [] : [path]));
  if (forbidden.length > 0)
    throw new AppError(organizationErrors.NOT_THE_PARENT, `Only the parent organization sets ${forbidden.join(', ')}`, {
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

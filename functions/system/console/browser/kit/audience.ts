/** Whose work the pages are for. */
export type Audience = 'worker' | 'tenant' | 'reseller' | 'operator';

type OrganizationType = 'customer' | 'reseller' | 'operator';

/**
 * The audience of a session in the organization whose pages are open. Who sees its own calls only is a worker.
 *
 * @param type of that organization
 */
export function audienceOf(session: { readonly own_only: readonly string[] }, type: OrganizationType): Audience {
  if (session.own_only.includes('calls:read')) return 'worker';
  return type === 'customer' ? 'tenant' : type;
}

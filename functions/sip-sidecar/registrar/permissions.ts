import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { second } from '#schema/time.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import { cacheResults } from '#concurrency/cache.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { isWebSocket, type Flow } from '../transport/flow.ts';
import type { OrganizationNetworks } from './organization-networks.ts';

/** A closed organization, a disabled or deleted user, or a withdrawn permission, takes effect within the ttl. */
const limits = { ttl: 5 * second, max: 10_000 } as const;

type User = { readonly organization: number; readonly id: string };

/** Where a request comes from; without an address, the networks of the organization do not matter. */
type Origin = Pick<Flow, 'transport'> & Partial<Pick<Flow, 'remote'>>;

/** Whether an account may register on this flow now. */
export type MayRegister = (account: AnyAccountItem, flow: Origin) => Promise<boolean>;

/** Whether a phone line may register by itself: until it expires, and over WebSocket if it has that feature. */
const mayLineRegister = (account: AnyAccountItem, { transport }: Pick<Flow, 'transport'>, at: Date): boolean =>
  account.kind !== 'line' ||
  (account.expires_at > at.toISOString() && (!isWebSocket(transport) || account.allow_features.includes('websocket')));

/**
 * Phones of a closed organization, and of a disabled or deleted user, may not register or call; softphones and phone
 * lines of a user only if the user may use softphones, and phone lines only while they are live. Phones of a suspended
 * organization may register, because emergency calls stay possible. All of them only from where their organization
 * allows it.
 */
export function registrationPermissions(
  { tableOf, clock }: Pick<SidecarContext, 'tableOf' | 'clock'>,
  networks: Pick<OrganizationNetworks, 'admits'>,
): MayRegister {
  const now = (): number => clock().getTime();
  const isClosed = cacheResults(
    async (organization: number) => (await tableOf(organization).get(organizationRow, {}))?.status === 'closed',
    limits,
    now,
  );
  const rightsOf = cacheResults(
    async ({ organization, id }: User) => {
      const user = await tableOf(organization).get(userRow, { id });
      const isBarred = user === undefined || user.status === 'disabled';
      return { isBarred, mayUseSoftphones: user?.access.softphone === true };
    },
    limits,
    now,
    ({ organization, id }) => `${organization} ${id}`,
  );
  return async (account, flow) => {
    const { org_id: organization, kind, user_id: user } = account;
    if (flow.remote !== undefined && !(await networks.admits(organization, flow.remote.address))) return false;
    if (!mayLineRegister(account, flow, clock()) || (await isClosed(organization))) return false;
    if (user === null) return kind === 'line' || account.locked !== true;
    const { isBarred, mayUseSoftphones } = await rightsOf({ organization, id: user });
    const isSoftphone = kind === 'softphone' || kind === 'line';
    return !isBarred && (!isSoftphone || mayUseSoftphones);
  };
}

import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import { second } from '../../../shared/schema/time.ts';
import type { SipAccountItem } from '../../telephony/rows/sip-account.ts';
import { cacheResults } from '../cache.ts';
import type { SidecarContext } from '../leases/membership.ts';

/** A closed organization, or a withdrawn permission, takes effect within the ttl. */
const limits = { ttl: 5 * second, max: 10_000 } as const;

type User = { readonly organization: number; readonly id: string };

/** Whether an account may register now. */
export type MayRegister = (account: SipAccountItem) => Promise<boolean>;

/**
 * Phones of a closed organization may not register, and softphones of a user only if the user may use softphones.
 * Phones of a suspended organization may register, because emergency calls stay possible.
 */
export function registrationPermissions({ tableOf, clock }: Pick<SidecarContext, 'tableOf' | 'clock'>): MayRegister {
  const now = (): number => clock().getTime();
  const isClosed = cacheResults(
    async (organization: number) => (await tableOf(organization).get(organizationRow, {}))?.status === 'closed',
    limits,
    now,
  );
  const mayUseSoftphones = cacheResults(
    async ({ organization, id }: User) => (await tableOf(organization).get(userRow, { id }))?.access.softphone === true,
    limits,
    now,
    ({ organization, id }) => `${organization} ${id}`,
  );
  return async ({ org_id: organization, kind, user_id: user }) => {
    if (await isClosed(organization)) return false;
    return kind !== 'softphone' || user === null || mayUseSoftphones({ organization, id: user });
  };
}

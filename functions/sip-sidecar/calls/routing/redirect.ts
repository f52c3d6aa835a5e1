import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { hostOfAddress } from '#sip/host.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import type { Settings } from '../../settings.ts';
import type { Redirections } from '../call/redirections.ts';
import { callingUser, userIn } from './caller.ts';
import type { Directory } from './directory.ts';
import type { Routing } from './routing.ts';
import type { Target } from './target.ts';

/** Redirections by phones (3xx), which are followed to extensions of the own organization. */

/** How the platform is named in URIs: its domain, and the host of its address. */
export type PlatformHosts = readonly string[];

export const platformHosts = ({
  domain,
  settings,
}: {
  readonly domain: string;
  readonly settings: Pick<Settings, 'advertised'>;
}): PlatformHosts => [domain, hostOfAddress(settings.advertised.host)];

/** Whether a SIP URI is at the platform, or at an active domain of the organization. */
export const isOwnHost = async (
  directory: Pick<Directory, 'hasDomain'>,
  platform: PlatformHosts,
  organization: number,
  host: string,
): Promise<boolean> => platform.includes(host.toLowerCase()) || directory.hasDomain(organization, host);

/** A call that a phone sends on. */
export type RedirectedCall = {
  readonly id: string;
  readonly organization: OrganizationItem;
  /** The caller's number; null: withheld. */
  readonly caller: string | null;
  readonly redirections: Redirections;
};

/** Where a phone sends a call on. */
export type Redirection = {
  readonly extension: string;
  readonly targets: readonly Target[];
  /** The number of the user of the phone; null: it has none. */
  readonly diverter: string | null;
};

/** @returns undefined if no Contact is followed */
export type Redirect = (
  call: RedirectedCall,
  from: Target,
  contacts: readonly Uri[],
) => Promise<Redirection | undefined>;

type Parts = {
  readonly directory: Pick<Directory, 'hasDomain' | 'user' | 'ownNumber'>;
  readonly routing: Pick<Routing, 'route'>;
  readonly platform: PlatformHosts;
};

/** As the dial plan names extensions. */
const extensionForm = /^[0-9*#]{1,16}$/;

const isPhone = ({ party: { kind } }: Target): boolean => kind === 'device' || kind === 'line';

/** Follows redirections: the first Contact that is an extension with phones, decided as a call of the phone's user. */
export function redirector({ directory, routing, platform }: Parts): Redirect {
  const isFollowed = async ({ organization, redirections }: RedirectedCall, contact: Uri): Promise<boolean> =>
    isSipUri(contact) &&
    extensionForm.test(userIn(contact)) &&
    (await isOwnHost(directory, platform, organization.org_id, contact.host)) &&
    redirections.follows(userIn(contact));

  /** The phones that the dial plan rings. What is charged, or leaves the organization, is not called. */
  const phonesOf = async (call: RedirectedCall, from: Target, called: string): Promise<readonly Target[]> => {
    const { id: callId, organization, caller } = call;
    const decided = { organization, callId, caller, userId: from.party.user_id, reserves: false, isInProgress: true };
    const route = await routing.route({ ...decided, called });
    if (route.kind === 'rejected' || route.channels.length > 0) return [];
    const targets = route.attempts.flat();
    return targets.every(isPhone) ? targets.filter(({ party }) => !call.redirections.hasCalled(party.target)) : [];
  };

  return async (call, from, contacts) => {
    for (const contact of contacts) {
      const extension = userIn(contact);
      const targets = (await isFollowed(call, contact)) ? await phonesOf(call, from, extension) : [];
      if (targets.length === 0) continue;
      const { user, number } = await callingUser(directory, call.organization.org_id, from.party.user_id);
      // The user name of a phone line is shown to no one.
      const diverting = from.party.kind === 'line' ? (user?.extension ?? null) : from.party.target;
      const sender = { extension: diverting, number, reason: 'unconditional' as const };
      const diverted = { by: [...(from.diverted?.by ?? []), sender], to: extension };
      return { extension, targets: targets.map((target) => ({ ...target, diverted })), diverter: number };
    }
    return undefined;
  };
}

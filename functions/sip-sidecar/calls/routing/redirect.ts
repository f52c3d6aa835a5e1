import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { HandlingEntry } from '#telephony/call-handling.ts';
import { hostOfAddress } from '#sip/host.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import type { Settings } from '../../task/settings.ts';
import type { Redirections } from '../call/redirections.ts';
import type { Directory } from '../directory/directory.ts';
import { dialedIn } from './dialed.ts';
import { callingUser } from './caller.ts';
import type { Routing } from './routing.ts';
import { deferredTarget, type Target, type ForwardingUser } from './target.ts';
import type { RouteForward } from './forwards.ts';

/**
 * Redirections by phones (3xx). That of a user's phone is a forward of the user (`forwards.ts`); a phone without a user
 * sends calls on to phones of its organization only.
 */

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
  readonly targets: readonly Target[];
  /** The extension that is called in its place; undefined: that is decided later. */
  readonly extension?: string;
};

/** @returns undefined if no Contact is followed */
export type Redirect = (
  call: RedirectedCall,
  from: Target,
  contacts: readonly Uri[],
) => Promise<Redirection | undefined>;

type Parts = {
  readonly directory: Pick<Directory, 'hasDomain' | 'user' | 'ownNumber'>;
  readonly routing: Pick<Routing, 'route' | 'forward'>;
  readonly platform: PlatformHosts;
};

/** As the dial plan names extensions. */
const extensionForm = /^[0-9*#]{1,16}$/;
/** As users dial numbers and extensions. */
const dialedForm = /^\+?[0-9]{1,20}$/;

const isPhone = ({ party: { kind } }: Target): boolean => kind === 'device' || kind === 'line';

/** What a user's phone sends a call on to: the first that may be called, as a forward of the user, who pays for it. */
const forwardedTarget = (forward: RouteForward, by: ForwardingUser, contacts: readonly [string, ...string[]]): Target =>
  deferredTarget({ id: by.id, called: contacts[0] }, async (call) => {
    const entries: HandlingEntry[] = [];
    for (const called of contacts) {
      const routed = await forward(call, called, by);
      const denied = 'denied' in routed ? routed.denied : null;
      entries.push({ user_id: by.id, action: 'forward', reason: 'REDIRECTED', denied });
      if ('denied' in routed || routed.attempts.flat().length === 0) continue;
      const { attempts, isRecorded, forward: paid } = routed;
      const beside = call.isBeside ? { isBeside: true as const } : {};
      return { entries, attempts, isRecorded, followUp: undefined, by, forward: paid, ...beside };
    }
    return { entries, failure: { status: 480, q850: 20, by: 'us' } };
  });

/** Follows redirections: the first Contact that can be called. */
export function redirector({ directory, routing, platform }: Parts): Redirect {
  /** What a Contact of the platform, or of the organization's domains, asks for; undefined: it is elsewhere. */
  const calledAt = async ({ organization }: RedirectedCall, contact: Uri): Promise<string | undefined> =>
    isSipUri(contact) && (await isOwnHost(directory, platform, organization.org_id, contact.host))
      ? dialedIn(contact)
      : undefined;

  /** The phones that the dial plan rings. What is charged, or leaves the organization, is not called. */
  const phonesOf = async (call: RedirectedCall, called: string): Promise<readonly Target[]> => {
    const { id: callId, organization, caller, redirections } = call;
    if (!extensionForm.test(called) || !redirections.follows(called)) return [];
    const decided = { organization, callId, caller, userId: null, reserves: false, isInProgress: true };
    const route = await routing.route({ ...decided, called });
    if (route.kind === 'rejected' || route.channels.length > 0) return [];
    const targets = route.attempts.flat();
    return targets.every(isPhone) ? targets.filter(({ party }) => !redirections.hasCalled(party.target)) : [];
  };

  /** Of a phone without a user. */
  const sentToPhones = async (call: RedirectedCall, from: Target, called: string): Promise<Redirection | undefined> => {
    const targets = await phonesOf(call, called);
    if (targets.length === 0) return undefined;
    // The user name of a phone line is shown to no one.
    const extension = from.party.kind === 'line' ? null : from.party.target;
    const by = [...(from.diverted?.by ?? []), { extension, number: null, reason: 'unconditional' as const }];
    return { extension: called, targets: targets.map((target) => ({ ...target, diverted: { by, to: called } })) };
  };

  /** Of a user's phone. */
  const forwarded = async (
    call: RedirectedCall,
    id: string,
    called: readonly string[],
  ): Promise<Redirection | undefined> => {
    const [first, ...others] = called.filter((each) => dialedForm.test(each));
    if (first === undefined) return undefined;
    const { user, number } = await callingUser(directory, call.organization.org_id, id);
    const by = { id, extension: user?.extension ?? null, number };
    return { targets: [forwardedTarget(routing.forward, by, [first, ...others])] };
  };

  return async (call, from, contacts) => {
    const named = await Promise.all(contacts.map((contact) => calledAt(call, contact)));
    const called = named.filter((each) => each !== undefined);
    if (from.party.user_id !== null) return forwarded(call, from.party.user_id, called);
    for (const each of called) {
      const found = await sentToPhones(call, from, each);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

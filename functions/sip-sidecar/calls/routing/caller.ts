import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call, CallEndpoint, CallParty, Channel } from '#telephony/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Address } from '#sip/address.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import { settingsOf, type CallerSource, type MediaEncryption } from '#telephony/peer-settings.ts';
import type { BlockableCaller } from '#telephony/call-handling.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf, originOfCall } from '#telephony/number-format.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { AnyAccountItem } from '#functions/telephony/rows/sip-account.ts';
import type { CallerIdentity } from '#telephony/caller-identity.ts';
import type { FaxSetting } from '../../media/fax.ts';
import { peerAudioOf, type PeerAudio } from '../../media/peer-audio.ts';
import type { Directory } from '../directory/directory.ts';
import { noParty, type LegParty } from '../call/record.ts';
import { dialedIn } from './dialed.ts';
import { divertingUri, privacyIn } from './diverter.ts';
import { isTrusted, type PeerTrust } from './target.ts';
import { trustOf } from './sip-targets.ts';

/** Who calls, as it was verified. */
export type Caller = {
  readonly organization: OrganizationItem;
  readonly began_by: Call['began_by'];
  readonly endpoint: CallEndpoint;
  readonly leg: LegParty;
  /** As presented to phones of the organization. */
  readonly party: CallParty;
  /** E.164 that is its own and may be presented anywhere; null: none. */
  readonly number: string | null;
  readonly isWithheld: boolean;
  readonly trust: PeerTrust;
  /** E.164 of who forwarded the call; null: no one, or it is withheld, or no one that is believed says so. */
  readonly diverter: string | null;
  readonly user_id: string | null;
  readonly authUser: string;
  /** Whether its calls reserve money. */
  readonly reserves: boolean;
  /** Channels that the caller takes, and their limits. */
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
  /** Whether its media are to be encrypted by SRTP. Absent: as it wants. */
  readonly encryption?: MediaEncryption;
  /** What becomes of faxes by T.38 with it. Absent: they pass. */
  readonly fax?: FaxSetting;
  /** What audio it takes. Absent: any. */
  readonly audio?: PeerAudio;
  /** Whether it was verified. Absent: it calls no number of the platform from outside. */
  readonly stir?: CallerIdentity;
  /** The `Identity` headers that prove it. Absent: none does. */
  readonly identities?: readonly string[];
};

const maxName = 64;

/** The caller withholds its number (RFC 3323 §4.2, and §4.1.1.3 of phones that write so themselves). */
function isWithheld({ headers, from }: SipRequest): boolean {
  const asked = privacyIn(headers).some((each) => each === 'id' || each === 'user' || each === 'full');
  return asked || isAnonymous(from.uri);
}

const isAnonymous = (uri: Uri): boolean => isSipUri(uri) && /^anonymous$/i.test(uri.user ?? '');

/** What calls: the line of a device, or a phone line. */
const sideOf = (account: AnyAccountItem): Pick<Caller, 'endpoint' | 'leg' | 'channels'> & { readonly user: string } =>
  account.kind === 'line'
    ? {
        user: account.sip_username,
        endpoint: { type: 'line', username: account.sip_username },
        leg: {
          ...noParty,
          kind: 'line',
          target: account.sip_username,
          user_id: account.user_id,
          line: account.sip_username,
        },
        channels: [{ kind: 'line', id: account.sip_username, direction: 'outbound' }],
      }
    : {
        user: account.extension,
        endpoint: { type: 'device', id: account.device_id },
        leg: {
          ...noParty,
          kind: 'device',
          target: account.extension,
          user_id: account.user_id,
          device_id: account.device_id,
        },
        channels: [{ kind: 'device', id: account.device_id, direction: 'outbound' }],
      };

/** A user and its direct number, if the organization has it. */
export async function callingUser(
  directory: Pick<Directory, 'user' | 'ownNumber'>,
  organization: number,
  id: string | null,
): Promise<{ readonly user: UserItem | undefined; readonly number: string | null }> {
  const user = id === null ? undefined : await directory.user(organization, id);
  const direct = user?.direct_number ?? null;
  const own = direct === null ? undefined : await directory.ownNumber(organization, direct);
  return { user, number: own?.number ?? null };
}

/**
 * The line of a device, or a phone line, that calls. Its number is the direct number of its user, if the organization
 * has it.
 */
export async function phoneCaller(
  directory: Directory,
  organization: OrganizationItem,
  { account, request }: { readonly account: AnyAccountItem; readonly request: SipRequest },
): Promise<Caller> {
  const { org_id: id } = organization;
  const { user, number } = await callingUser(directory, id, account.user_id);
  const { user: name, ...side } = sideOf(account);
  // Who is called can call back an extension, but not the user name of a phone line.
  const shown = account.kind === 'line' ? (user?.extension ?? name) : name;
  return {
    organization,
    began_by: 'phone',
    ...side,
    party: { scheme: 'sip', user: shown, name: (user?.display_name ?? '').slice(0, maxName) },
    number,
    isWithheld: isWithheld(request),
    trust: 'phone',
    diverter: null,
    user_id: account.user_id,
    authUser: account.sip_username,
    reserves: true,
    limits: {},
    ...(account.kind !== 'line' && account.media_encryption && { encryption: account.media_encryption }),
  };
}

/**
 * A trunk that calls. A carrier is believed whom it names (RFC 3325); a PBX or a peer only names numbers of its
 * organization, as anything else would be presented to carriers in the organization's name.
 */
export async function trunkCaller(
  directory: Directory,
  organization: OrganizationItem,
  { trunk, request }: { readonly trunk: TrunkItem; readonly request: SipRequest },
): Promise<Caller> {
  const origin = originOfCall(numberOriginOf(organization), { trunk: trunk.number_format });
  const trust = trustOf(trunk);
  const { named, isPrivate } = identityIn(request, trunk);
  const diverting = isTrusted(trust) ? divertingUri(request.headers) : undefined;
  const user = dialedIn(named.uri);
  const read = readNumber(user, origin);
  const own =
    read === null || trunk.type === 'carrier' ? undefined : await directory.ownNumber(organization.org_id, read);
  const number = trunk.type === 'carrier' ? read : (own?.number ?? null);
  return {
    organization,
    began_by: 'trunk',
    endpoint: number === null ? { type: 'sip', uri: `sip:${trunk.id}` } : { type: 'phone', number },
    leg: { ...noParty, kind: 'trunk', target: user, number: read, trunk_id: trunk.id },
    party: { scheme: 'sip', user: number ?? user, name: (named.display ?? '').slice(0, maxName) },
    number,
    isWithheld: isPrivate || isWithheld(request),
    trust,
    diverter: diverting === undefined ? null : readNumber(dialedIn(diverting), origin),
    user_id: null,
    authUser: trunk.id,
    reserves: true,
    channels: [{ kind: 'trunk', id: trunk.id, direction: 'inbound' }],
    limits: { [`trunk/${trunk.id}`]: { total: trunk.max_channels } },
    encryption: settingsOf(trunk).media_encryption,
    fax: settingsOf(trunk).fax,
    audio: peerAudioOf(trunk),
  };
}

/**
 * A caller by the names under which it may be blocked. One that withholds its number is known by none: else who blocks
 * a number would learn that it is the withheld one.
 */
export function blockableCaller({ organization, isWithheld: isHidden, leg, party, number }: Caller): BlockableCaller {
  const names = [...new Set([leg.number, number, party.user])].flatMap((name) =>
    name !== null && /^\+?[0-9]{1,20}$/.test(name) ? [name] : [],
  );
  const numberOf = (entry: string): string | null => readNumber(entry, numberOriginOf(organization));
  return isHidden || names.length === 0 ? { names: [], isAnonymous: true } : { names, isAnonymous: false, numberOf };
}

/** Whom an INVITE of a peer names as its caller. `isPrivate`: by this header itself. */
type Identity = { readonly named: Address; readonly isPrivate: boolean };

/** The caller by each header that may name it; undefined: it does not, or is not believed. */
const identities: Readonly<
  Record<CallerSource, (request: SipRequest, trunk: Pick<TrunkItem, 'type'>) => Identity | undefined>
> = {
  // RFC 3325 §5: it counts within a trust domain, in which no other peer is.
  p_asserted_identity: ({ headers }, { type }) =>
    type === 'peer' ? undefined : identity(headers.first(header.assertedIdentity), false),
  from: ({ from }) => identity(from, false),
  p_preferred_identity: ({ headers }) => {
    const named = headers.first(header.preferredIdentity);
    return identity(named, isNamed(named) && isAnonymous(named.uri));
  },
  // Its Privacy is a parameter (draft-ietf-sip-privacy-04 §5.1), and its party may be the called one.
  remote_party_id: ({ headers }) => {
    const all = headers.all(header.remoteParty);
    const named =
      all instanceof Fault ? undefined : all.find(({ parameters }) => parameterIn(parameters, 'party') !== 'called');
    const privacy = named === undefined ? undefined : parameterIn(named.parameters, 'privacy');
    return identity(named, named !== undefined && (!['off', undefined].includes(privacy) || isAnonymous(named.uri)));
  },
};

const parameterIn = (parameters: Address['parameters'], name: string): string | undefined =>
  parameters.get(name)?.toLowerCase();

const isNamed = (read: Address | Fault | undefined): read is Address => read !== undefined && !(read instanceof Fault);

const identity = (read: Address | Fault | undefined, isPrivate: boolean): Identity | undefined =>
  isNamed(read) ? { named: read, isPrivate } : undefined;

/** The caller as a peer names it. */
export const namedCaller = (request: SipRequest, trunk: TrunkItem): Address => identityIn(request, trunk).named;

/** The caller by the first of the headers of its peer that names one, else by From. */
function identityIn(request: SipRequest, trunk: TrunkItem): Identity {
  for (const source of settingsOf(trunk).caller_source) {
    const found = identities[source](request, trunk);
    if (found !== undefined) return found;
  }
  return { named: request.from, isPrivate: false };
}

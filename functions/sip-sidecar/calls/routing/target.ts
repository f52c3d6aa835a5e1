import type { Channel } from '#schema/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { isSipUri, parseUri, type SipUri, sipUri, userOf } from '#sip/uri.ts';
import type { SealedFor } from '#secrets/seals.ts';
import { claimOf, type HostClaim } from '#telephony/shared-host.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Gateway } from '#telephony/gateway.ts';
import { Fault } from '#sip/fault.ts';
import type { IncomingSession, SessionListener } from '#sip/session/session.ts';
import { hostOfAddress } from '#sip/host.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { defaultPort, type SipTransport, transports } from '#telephony/sip-peer.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { Peer } from '../../outbound/outbound.ts';
import type { Flow } from '../../transport/flow.ts';
import { noParty, type LegParty } from '../call/record.ts';
import type { StartApplication } from './application.ts';
import type { PhoneContact } from './directory.ts';
import type { DurationLimit, LegFailure } from '../call/state.ts';
import type { DecideUserCall, ForwardingUser } from './user-calls.ts';

/** Credentials for the challenges of a peer. */
export type PeerAccount = {
  readonly username: string;
  readonly sealed_password: string;
  readonly realm: string | null;
  readonly sealedFor: SealedFor;
};

/** Whose a peer is: a phone or PBX of the organization, a carrier that it trusts, or another's. */
export type PeerTrust = 'phone' | 'pbx' | 'carrier' | 'stranger';

/** Of a trunk, by its type. */
export const trustOf = ({ type }: Pick<TrunkItem, 'type'>): PeerTrust => (type === 'peer' ? 'stranger' : type);

/** Whether a peer may see the verified number of a withheld caller (RFC 3325). */
export const isTrusted = (trust: PeerTrust): boolean => trust === 'pbx' || trust === 'carrier';

/** A phone that takes a call which rings at others: its own INVITE has come, and is answered instead of one to it. */
export type ArrivedPhone = {
  readonly kind: 'arrived';
  readonly flow: Flow;
  /** Takes its INVITE. Undefined: it was rejected, or cancelled. */
  readonly accept: (listener: SessionListener) => IncomingSession | undefined;
  /** Rejects the INVITE, if it was not taken. */
  readonly reject: (status: number) => void;
};

/** Where a leg's INVITE goes. */
export type Target = {
  readonly party: LegParty;
  /** The Request-URI. */
  readonly uri: SipUri;
  readonly to:
    | { readonly kind: 'phone'; readonly flow: Flow }
    | {
        readonly kind: 'peer';
        readonly peer: Peer;
        readonly account: PeerAccount | null;
        /** By what the organization sends calls to the host. */
        readonly claim: HostClaim;
      }
    | { readonly kind: 'application'; readonly start: StartApplication }
    /** Who is called is decided when its turn comes. */
    | { readonly kind: 'deferred'; readonly decide: DecideUserCall }
    | ArrivedPhone;
  readonly trust: PeerTrust;
  /** The number that it presents for callers without one of their own. */
  readonly callerNumber: string | null;
  /** Whether it accepts caller numbers that are not the organization's. Default: no. */
  readonly acceptsForeign?: boolean;
  /** What it takes while it is called, and how much there is of it. */
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
  /** Who has sent the call on to it. Default: no one has. */
  readonly diverted?: Diverted;
  /** The forwards by which it is called, the first one first. Default: none. */
  readonly forwards?: readonly Forward[];
  /** As what it rings; absent: it is called by itself. */
  readonly member?: RingingMember;
  /** When and how long it rings; absent: as long as its call does. */
  readonly rings?: RingingTime;
  /** Whether the phone is asked to answer by itself, as its user permits. Default: no. */
  readonly answersItself?: true;
  /** Whether it rings beside the phones of a user who has its calls follow it. Default: no. */
  readonly isBeside?: true;
  /** What it hears and does after its answer before it is joined; absent: it is joined at once. */
  readonly accept?: Acceptance;
};

/** How a party accepts a call that it has answered (`legs/screened-leg.ts`). */
export type Acceptance = {
  /** What it hears; looked up when it has answered. */
  readonly announcement: () => Promise<readonly PlayedSound[]>;
  /** A sound of these does not play. */
  readonly onSkipped: (error: unknown) => void;
  /** The digit by which it accepts; null: it accepts by its answer, and is joined after the announcement. */
  readonly key: string | null;
};

/** Why a call is sent on, in the words of Diversion (RFC 5806 §4). */
export type DiversionReason =
  'unconditional' | 'user-busy' | 'no-answer' | 'unavailable' | 'do-not-disturb' | 'time-of-day' | 'follow-me';

/** Who has sent a call on: `number` (E.164) is for those outside. */
export type Diverting = {
  readonly extension: string | null;
  readonly number: string | null;
  readonly reason: DiversionReason;
};

/** The way of a call that was sent on. `by`: the oldest first. `to`: what it was sent on to, as it was named. */
export type Diverted = { readonly by: readonly Diverting[]; readonly to: string };

/** A forward that the dial plan has decided, as a call of the user who forwards. */
export type Forward = {
  /** Its number among those of the call, from 1. */
  readonly count: number;
  readonly by: ForwardingUser;
  readonly limit: DurationLimit;
};

/** The forward that pays for a party outside. */
export const payingForward = ({ forwards, party }: Pick<Target, 'forwards' | 'party'>): Forward | undefined =>
  isOutside(party) ? forwards?.at(-1) : undefined;

/** Milliseconds until a phone rings, and for which it does. */
export type RingingTime = { readonly delay: number; readonly ringTime: number };

/** A phone that rings as a member of a ring group. */
export type RingingMember = RingingTime & {
  /** Text before the name of the caller. */
  readonly namePrefix: string;
};

/** How one says that it does not take a call, whether it declines or is not asked for long enough. */
const notTaken = { status: 480, q850: 19 } as const;

/**
 * A failure as the search sees it: a member of a ring group, and who rings beside the phones of a user, declines for
 * itself. A person outside who does not accept has not answered: the mailbox of a mobile telephone does so, too.
 */
export function ownFailure({ member, isBeside }: Pick<Target, 'member' | 'isBeside'>, failure: LegFailure): LegFailure {
  const { status, q850, by } = failure;
  if (isBeside === true && (status >= 600 || (status === 480 && q850 === 21))) return { ...notTaken, by };
  if (member === undefined) return failure;
  return { ...(status >= 600 ? { by, status: 480, q850: 21 } : failure), isOfMember: true };
}

/** Who is called is decided when the turn of this target comes. */
export const deferredTarget = (
  { id, called }: { readonly id: string; readonly called: string },
  decide: DecideUserCall,
): Target => ({
  party: { ...noParty, kind: 'device', target: called, user_id: id },
  uri: sipUri({ user: called, host: 'user.invalid' }),
  to: { kind: 'deferred', decide },
  trust: 'phone',
  callerNumber: null,
  channels: [],
  limits: {},
});

/** Whether a party is none of the organization's phones: a call to it may cost. */
export const isOutside = ({ kind }: Target['party']): boolean =>
  kind !== 'device' && kind !== 'line' && kind !== 'application';

/** A target that is reached by SIP. */
export type SipTarget = Target & { readonly to: Extract<Target['to'], { readonly kind: 'phone' | 'peer' }> };

/** Whether a target is a phone of the organization, whichever of both calls the other. */
export const isPhoneTarget = ({ to }: Pick<Target, 'to'>): boolean => to.kind === 'phone' || to.kind === 'arrived';

const channel = (kind: 'gateway' | 'trunk', id: string): Channel => ({ kind, id, direction: 'outbound' });

/** A gateway with a peer of its own. Undefined: it uses a trunk. */
export function gatewayTarget(gateway: Gateway, number: string): Target | undefined {
  const { peer, id, org_id: organization } = gateway;
  if (peer === null) return undefined;
  return {
    party: { ...noParty, kind: 'gateway', target: number, gateway_id: id },
    uri: sipUri({ user: number, ...uriHost(peer) }),
    to: {
      kind: 'peer',
      peer,
      account: accountOf(peer, { organization, id, field: 'password' }),
      claim: claimOf(gateway),
    },
    trust: 'stranger',
    callerNumber: gateway.caller_id_number,
    acceptsForeign: gateway.foreign_caller_id ?? false,
    channels: [channel('gateway', id)],
    limits: { [`gateway/${id}`]: { total: peer.max_channels } },
  };
}

/**
 * A trunk in service. Undefined: it is not.
 * @param number as it is sent
 * @param gateway the gateway that uses the trunk
 */
export function trunkTarget(trunk: TrunkItem, number: string, gateway?: Gateway): Target | undefined {
  if (trunk.status !== 'active' || trunk.suspended_by_operator) return undefined;
  const { id, org_id: organization } = trunk;
  return {
    party: {
      ...noParty,
      kind: gateway === undefined ? 'trunk' : 'gateway',
      target: number,
      gateway_id: gateway?.id ?? null,
      trunk_id: id,
    },
    uri: sipUri({ user: number, ...uriHost(trunk) }),
    to: {
      kind: 'peer',
      peer: trunk,
      account: accountOf(trunk, { organization, id, field: 'password' }),
      claim: claimOf(trunk),
    },
    trust: trustOf(trunk),
    callerNumber: gateway?.caller_id_number ?? trunk.caller_id_number,
    acceptsForeign: trunk.foreign_caller_id ?? false,
    channels: [...(gateway === undefined ? [] : [channel('gateway', gateway.id)]), channel('trunk', id)],
    limits: { [`trunk/${id}`]: { total: trunk.max_channels } },
  };
}

const uriHost = ({ host, port, transport }: { host: string; port: number; transport: SipTransport }) => ({
  host: hostOfAddress(host),
  ...(port === defaultPort(transport) ? {} : { port }),
});

const accountOf = (
  { username, sealed_password, realm }: Pick<TrunkItem, 'username' | 'sealed_password' | 'realm'>,
  sealedFor: { readonly organization: number; readonly id: string; readonly field: string },
) => (username === null || sealed_password === null ? null : { username, sealed_password, realm, sealedFor });

/** The contacts of a phone line. */
export const lineTargets = (
  { username, user_id }: Pick<PhoneLine, 'username' | 'user_id'>,
  bindings: readonly BindingItem[],
): readonly Target[] =>
  bindings.flatMap((binding) =>
    phoneTarget(binding, {
      party: { ...noParty, kind: 'line', target: username, line: username, user_id },
      channels: [{ kind: 'line', id: username, direction: 'inbound' }],
    }),
  );

function phoneTarget(binding: BindingItem, side: Pick<Target, 'party' | 'channels'>): readonly Target[] {
  const uri = parseUri(binding.contact);
  if (uri instanceof Fault || !isSipUri(uri)) return [];
  return [
    {
      ...side,
      uri,
      to: { kind: 'phone', flow: { ...binding.flow, task: binding.owner } },
      trust: 'phone',
      callerNumber: null,
      limits: {},
    },
  ];
}

/** The contacts of phones as targets that ring together. */
export const targetsOf = (contacts: readonly PhoneContact[]): readonly Target[] =>
  contacts.flatMap(({ binding, device, line }) =>
    phoneTarget(binding, {
      party: { ...noParty, kind: 'device', target: line.extension, user_id: device.user_id, device_id: device.id },
      channels: [{ kind: 'device', id: device.id, direction: 'inbound' }],
    }),
  );

/** A SIP URI that the template names. */
export function sipTarget(organization: OrganizationItem, text: string): Target | undefined {
  const uri = parseUri(text);
  if (uri instanceof Fault || !isSipUri(uri) || uri.headers !== undefined || uri.port === 0) return undefined;
  const transport = transportOf(uri);
  if (transport === undefined || uri.parameters.has('maddr')) return undefined;
  const user = userOf(uri) ?? '';
  return {
    party: { ...noParty, kind: 'sip', target: user, number: readNumber(user, numberOriginOf(organization)) },
    uri,
    to: {
      kind: 'peer',
      peer: { host: uri.host.replace(/^\[(.*)\]$/, '$1'), port: uri.port ?? defaultPort(transport), transport },
      account: null,
      claim: { org_id: organization.org_id, id: null, since: null, consent: null },
    },
    trust: 'stranger',
    callerNumber: null,
    channels: [],
    limits: {},
  };
}

/** The transport that a URI names. Undefined: none that is used between hosts. */
export function transportOf({ scheme, parameters }: SipUri): SipTransport | undefined {
  if (scheme === 'sips') return 'tls';
  const named = parameters.get('transport')?.toLowerCase() ?? 'udp';
  return transports.find((each) => each === named);
}

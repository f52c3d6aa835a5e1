import type { Channel } from '#telephony/call.ts';
import type { CallerIdentity } from '#telephony/caller-identity.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { type SipUri, sipUri } from '#sip/uri.ts';
import type { SealedFor } from '#secrets/seals.ts';
import type { HostClaim } from '#telephony/shared-host.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { IncomingSession, SessionListener } from '#sip/session/session.ts';
import type { BlockableCaller, HandlingEntry } from '#telephony/call-handling.ts';
import type { PeerAddress } from '#telephony/outbound-proxy.ts';
import { settingsOf, type MediaEncryption, type StoredPeerSettings } from '#telephony/peer-settings.ts';
import type { FaxSetting } from '../../media/fax.ts';
import type { PeerAudio } from '../../media/peer-audio.ts';
import type { Flow } from '../../transport/flow.ts';
import { noParty, type LegParty } from '../call/record.ts';
import type { StartApplication, Acceptance } from '../applications/application.ts';
import type { DurationLimit, LegFailure } from '../call/state.ts';
import type { Redirections } from '../call/redirections.ts';
import { isFinal } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';

/** Credentials for the challenges of a peer. */
export type PeerAccount = {
  readonly username: string;
  readonly sealed_password: string;
  readonly realm: string | null;
  readonly sealedFor: SealedFor;
};

/** Whose a peer is: a phone or PBX of the organization, a carrier that it trusts, or another's. */
export type PeerTrust = 'phone' | 'pbx' | 'carrier' | 'stranger';

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

/** A gateway or trunk that is called, with what is set of it; or the host of a SIP URI. */
export type CalledPeer = PeerAddress &
  StoredPeerSettings & {
    readonly username?: string | null;
    /** Whether a trunk is registered there, so that its requests follow the Service-Route. Default: no. */
    readonly register?: boolean;
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
        readonly peer: CalledPeer;
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
  /** The name of callers of the organization in From. Absent: none. */
  readonly callerName?: string | null;
  /** Whether the INVITE to it is signed, as the gateway says. Default: no. */
  readonly isSigned?: boolean;
  /** Whether it accepts caller numbers that are not the organization's. Default: no. */
  readonly acceptsForeign?: boolean;
  /** Whether its media are to be encrypted by SRTP. Absent: as it wants. */
  readonly encryption?: MediaEncryption;
  /** Whether it has rejected SRTP, and is called again without. Default: no. */
  readonly isPlainAgain?: true;
  /** What becomes of faxes by T.38 with it. Absent: they pass. */
  readonly fax?: FaxSetting;
  /** What audio it takes. Absent: any. */
  readonly audio?: PeerAudio;
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
  /** Whether it is a gateway that serves a call for help, and so may know where the caller is. Default: no. */
  readonly servesHelp?: true;
  /** Whether the phone is asked to answer by itself, as its user permits. Default: no. */
  readonly answersItself?: true;
  /** Whether it rings beside the phones of a user who has its calls follow it. Default: no. */
  readonly isBeside?: true;
  /** What it hears and does after its answer before it is joined; absent: it is joined at once. */
  readonly accept?: Acceptance;
};

/** Why a call is sent on, in the words of Diversion (RFC 5806 §4). */
export type DiversionReason =
  | 'unconditional'
  | 'user-busy'
  | 'no-answer'
  | 'unavailable'
  | 'do-not-disturb'
  | 'time-of-day'
  | 'follow-me';

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

/** A call to a user whose turn has come. */
export type UndecidedCall = {
  readonly id: string;
  readonly organization: OrganizationItem;
  readonly caller: BlockableCaller;
  /** Whether the caller was verified. Absent: it was not. */
  readonly stir?: CallerIdentity | undefined;
  readonly redirections: Redirections;
  /** Whether it rings beside the phones of another user, whose calls follow that one: only phones take it. */
  readonly isBeside: boolean;
  /** The number of a new forward, from 1. */
  readonly nextForward: () => number;
  /** Takes what a forward needs besides the call. @returns false if a limit leaves no room */
  readonly takeChannels: (forward: number, channels: readonly Channel[], limits: ChannelLimits) => Promise<boolean>;
};

/** What becomes of a call to a user. */
export type DecidedCall = {
  /** The steps that led to it. */
  readonly entries: readonly HandlingEntry[];
} & (
  | { readonly failure: LegFailure }
  | {
      /** Called in turn. */
      readonly attempts: readonly (readonly Target[])[];
      /** Decided if none of these answers; undefined: the call fails as they do. */
      readonly followUp: Target | undefined;
      /** Of a forward: who has forwarded the call. */
      readonly by: ForwardingUser | undefined;
      /** Of a forward that the dial plan has decided. */
      readonly forward: Forward | undefined;
      /** Whether a policy has the call recorded. */
      readonly isRecorded: boolean;
      /** Whether it rings beside phones, at which the call stays until it is taken. Default: no. */
      readonly isBeside?: true;
    }
);

/** @param failures how those failed that were called before */
export type DecideUserCall = (call: UndecidedCall, failures: readonly Failure[]) => Promise<DecidedCall>;

/** Who forwards a call. `number`: its direct number, E.164; null: it has none. */
export type ForwardingUser = {
  readonly id: string;
  readonly extension: string | null;
  readonly number: string | null;
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
export function ownFailure(target: Pick<Target, 'to' | 'member' | 'isBeside'>, failed: LegFailure): LegFailure {
  const failure = { ...failed, ...finalityAt(target, failed) };
  const { member, isBeside } = target;
  const { status, q850, by } = failure;
  if (isBeside === true && (status >= 600 || (status === 480 && q850 === 21))) return { ...notTaken, by };
  if (member === undefined) return failure;
  return { ...(status >= 600 ? { by, status: 480, q850: 21 } : failure), isOfMember: true };
}

/** Statuses of a loop, in which calls would double with each hop (RFC 5393), and of all of the callee's places. */
const alwaysFinal = (status: number): boolean => status === 482 || status === 483 || status >= 600;

/** Whether the answer of a gateway or trunk ends the search, if its settings say other than the default. */
function finalityAt({ to }: Pick<Target, 'to'>, { status, by }: LegFailure): Pick<LegFailure, 'isFinal'> {
  if (to.kind !== 'peer' || by !== 'peer') return {};
  const isLast = alwaysFinal(status) || settingsOf(to.peer).stop_codes.includes(status);
  return isLast === isFinal(status) ? {} : { isFinal: isLast };
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

/** A target that is an application. @param user what was called */
export const applicationTarget = (user: string, start: StartApplication): Target => ({
  party: { ...noParty, kind: 'application', target: user },
  uri: sipUri({ user, host: 'application.invalid' }),
  to: { kind: 'application', start },
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

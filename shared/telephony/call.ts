import type { CallerIdentity } from './caller-identity.ts';
import type { HandlingEntry } from './call-handling.ts';
import { day, second } from '../schema/time.ts';

/** Calls, shared by the API, the sidecar and everything that counts calls (functions/calls/README.md). */

export const callStatuses = ['created', 'trying', 'early', 'progress', 'ringing', 'answered', 'hangup'] as const;
export type CallStatus = (typeof callStatuses)[number];

/** The states that may follow each one. A state may be skipped; none is entered again after `answered`. */
const next: Readonly<Record<CallStatus, readonly CallStatus[]>> = {
  created: ['trying', 'early', 'progress', 'ringing', 'answered', 'hangup'],
  trying: ['early', 'progress', 'ringing', 'answered', 'hangup'],
  early: ['progress', 'ringing', 'answered', 'hangup'],
  progress: ['early', 'ringing', 'answered', 'hangup'],
  ringing: ['early', 'progress', 'answered', 'hangup'],
  answered: ['hangup'],
  hangup: [],
};

/** Whether a call, or a leg of it, may go from one state to the other. A late message asks for one that it may not. */
export const mayFollow = (from: CallStatus, to: CallStatus): boolean => next[from].includes(to);

/** The state after a message that asks for a state: a state never goes back, whatever the order of the messages. */
export const nextCallStatus = (before: CallStatus, asked: CallStatus): CallStatus =>
  mayFollow(before, asked) ? asked : before;

/** The end of a call as its request or its phone named it. */
export type CallEndpoint =
  | { readonly type: 'phone'; readonly number: string }
  | { readonly type: 'line'; readonly username: string }
  | { readonly type: 'device'; readonly id: string }
  | { readonly type: 'sip'; readonly uri: string }
  | { readonly type: 'flow'; readonly id: string };

/** A name-addr of SIP, without its host. `user`: an E.164 number, or a SIP user name. */
export type CallParty = { readonly scheme: 'sip' | 'sips' | 'tel'; readonly user: string; readonly name: string };

/** The numbers of a call (E.164), or null where a party has none. */
export type CallNumbers = {
  /** Presented to the callee; null if withheld. */
  readonly caller: string | null;
  readonly called: string | null;
  /** The caller as it was verified: by the registration, the trunk or the API. */
  readonly asserted: string | null;
  /** Who forwarded the call. */
  readonly diverter: string | null;
  /** The number that is charged. */
  readonly billing: string | null;
};

export type CallDirection = 'outbound' | 'inbound' | 'internal';

/** One side of a call. A side that is rung at several contacts, or over several gateways in turn, is one leg. */
export type CallLeg = {
  readonly role: 'source' | 'destination';
  readonly kind: 'device' | 'line' | 'gateway' | 'trunk' | 'sip' | 'application';
  /** The SIP user or the number that is called, or that calls: as it is sent, after rules, `strip` and `prefix`. */
  readonly target: string;
  /** E.164 of the target as its carrier reads it, by which the leg is charged; null: it is no number. */
  readonly number: string | null;
  readonly user_id: string | null;
  readonly device_id: string | null;
  /** The phone line's user name. */
  readonly line: string | null;
  readonly gateway_id: string | null;
  readonly trunk_id: string | null;
  readonly status: CallStatus;
  /** When it entered each of its states (ISO 8601 UTC). */
  readonly timestamps: CallTimestamps;
  /** The final response to its INVITE, or the reason of its BYE. */
  readonly sip_code: number | null;
  readonly q850: number | null;
  readonly on_hold: boolean;
  readonly muted: boolean;
  /** The number of the transfer, from 1, by which its party came: of its CDR and its reservation. Absent: by none. */
  readonly transfer?: number;
  /** Of a party to which a user has forwarded the call: who pays for it. Absent: none has. */
  readonly forward?: LegForward;
  /** Whether the source of a call of the API, or the party of a transfer or forward, has a reservation. Absent: no. */
  readonly is_reserved?: true;
};

/** A forward to a party outside, which is a call of the user who forwards. */
export type LegForward = {
  /** From 1: of its CDR and its reservation. */
  readonly number: number;
  readonly user_id: string;
  /** Of its CDR: the number of the user, else its extension. */
  readonly caller: string;
};

export const callSides = ['source', 'destination'] as const;

/**
 * Why a side is not heard: nothing comes; only comfort noise ever came (RFC 3389); nothing comes, and its description
 * names another address than its SIP comes from; nothing comes of a browser, whose media need ICE and DTLS.
 */
export const audioCauses = ['no_packets', 'comfort_noise_only', 'wrong_address', 'no_ice'] as const;
export type AudioCause = (typeof audioCauses)[number];

/** A side that its relay does not hear, or did not hear until an instant (ISO 8601 UTC). */
export type MissingAudio = {
  readonly side: CallLeg['role'];
  readonly since: string;
  readonly cause: AudioCause;
  readonly until?: string;
};

/** How a digit comes: as a telephone event (RFC 4733), as tones in the audio, or in an INFO. */
export const digitWays = ['rfc4733', 'inband', 'info'] as const;
export type DigitWay = (typeof digitWays)[number];

/** A way in which the platform has heard digits of a side. The digits themselves are stored nowhere. */
export type HeardDigits = { readonly side: CallLeg['role']; readonly way: DigitWay };

/** The ways after a digit: each side has each way once. */
export const withHeardDigit = (known: readonly HeardDigits[] = [], heard: HeardDigits): readonly HeardDigits[] =>
  known.some(({ side, way }) => side === heard.side && way === heard.way) ? known : [...known, heard];

export type CallTimestamps = Readonly<Partial<Record<CallStatus, string>>>;

export const hangupSides = ['caller', 'callee', 'api', 'system'] as const;

/** Why a call ended. */
export type CallHangup = {
  /** In capitals, such as `NORMAL_CLEARING` (`hangupCauses`). */
  readonly cause: HangupCause;
  /** Cause of ITU-T Q.850. */
  readonly q850: number | null;
  /** The final SIP response, or null for a BYE. */
  readonly sip_code: number | null;
  readonly by: (typeof hangupSides)[number];
  /** What the party that ended it says of the cause (RFC 3326), 128 bytes at most. Absent: nothing. */
  readonly text?: string;
};

/** Causes with their values of ITU-T Q.850. Those of the platform have the nearest one. */
export const hangupCauses = {
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  CALL_REJECTED: 21,
  UNALLOCATED_NUMBER: 1,
  INVALID_NUMBER_FORMAT: 28,
  ORIGINATOR_CANCEL: 16,
  NO_ROUTE: 3,
  DESTINATION_OUT_OF_ORDER: 27,
  NORMAL_TEMPORARY_FAILURE: 41,
  NETWORK_OUT_OF_ORDER: 38,
  INCOMPATIBLE_DESTINATION: 88,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  CALL_DENIED: 21,
  CALLER_BLOCKED: 21,
  HOST_IN_USE: 21,
  CALL_LIMIT: 34,
  INSUFFICIENT_BALANCE: 21,
  MAX_DURATION: 16,
  TRUNK_DELETED: 16,
  GATEWAY_DELETED: 16,
  DEVICE_DELETED: 16,
  LINE_ENDED: 16,
  NUMBER_RELEASED: 16,
  ORG_CLOSED: 16,
  SYSTEM_SHUTDOWN: 41,
  MEDIA_RELAY_REQUIRED: 88,
  MEDIA_RELAY_UNAVAILABLE: 47,
  MEDIA_RELAY_LOST: 41,
} as const satisfies Readonly<Record<string, number>>;
export type HangupCause = keyof typeof hangupCauses;

/** What counts the calls that it has in progress (shared/dynamodb/rows/channel.ts). */
export const channelKinds = ['organization', 'trunk', 'gateway', 'number', 'device', 'line', 'park'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** One channel that a call takes. A trunk that carries both sides of a call has two. */
export type Channel = {
  readonly kind: ChannelKind;
  /** Id of the resource; E.164 of a number; empty for the organization; the slot of a parked call. */
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
};

export type Call = {
  /** `call_<ULID>` */
  readonly id: string;
  readonly org_id: number;
  readonly status: CallStatus;
  readonly began_by: 'api' | 'phone' | 'trunk';
  readonly direction: CallDirection;
  readonly source: {
    readonly endpoint: CallEndpoint;
    readonly caller: CallParty;
    /** Null if nothing was verified. */
    readonly asserted: CallParty | null;
  };
  readonly destination: {
    readonly endpoint: CallEndpoint;
    /** As requested, before the dial plan. */
    readonly requested: CallParty;
    /** As sent to the callee. */
    readonly to: CallParty;
  };
  readonly numbers: CallNumbers;
  /** Whether the caller is withheld. */
  readonly privacy: boolean;
  /** Whose call it is: the user of the phone or of the request, or of the phone that is called; null: of none. */
  readonly user_id: string | null;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Fields of the INVITEs, by their names. */
  readonly header: Readonly<Record<string, string>>;
  readonly options: {
    /** Seconds that each leg rings. */
    readonly timeout: number;
    /** E.164 that the request asks to present. */
    readonly caller_id: string | null;
    /** Whether it is recorded. Absent: no. */
    readonly record?: boolean;
  };
  /** The SIP user that called, or the id of the API's caller; and the primary domain. */
  readonly auth: { readonly user: string; readonly domain: string };
  /** Id of the sidecar task that carries the call. */
  readonly task: string;
  readonly legs: readonly CallLeg[];
  /** What the called users have said of it, in order. Absent: none was asked. */
  readonly handling?: readonly HandlingEntry[];
  /** The channels that it takes now; none after its end. */
  readonly channels: readonly Channel[];
  readonly timestamps: CallTimestamps;
  readonly hangup: CallHangup | null;
  /** Seconds from the answer after which the call is ended; null: {@link maxCallSeconds}. */
  readonly max_duration: number | null;
  /** When its reservation ends (ISO 8601 UTC); null: it has none. */
  readonly reserved_until: string | null;
  /** Id of the file with its recording, from the begin of the recording on. */
  readonly recording_id?: string;
  /** Id of the entry of `/blockedcallers` that names the caller; absent: none does. */
  readonly blocked_by?: string;
  /** `address:port` of the relay that its media pass; absent: they pass none. */
  readonly media_relay?: string;
  /** The last time in which each side was not heard. Absent: each was, as far as a relay says it. */
  readonly audio_missing?: readonly MissingAudio[];
  /** How digits came to applications. Absent: none came. */
  readonly digits?: readonly HeardDigits[];
  /** Whether its caller was verified. Absent: it came to no number of the platform from outside. */
  readonly stir?: CallerIdentity;
  /** `pending`: it has ended, and its CDRs are not in the queue yet. */
  readonly cdr: 'none' | 'pending' | 'sent';
  /** Newest sign of life of the call at its task (ISO 8601 UTC): when a take-over says that it ended. */
  readonly seen_at: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** Whether an id has the form of those of calls of the platform. */
export const isCallId = (id: string): boolean => /^call_[0-9A-HJKMNP-TV-Z]{26}$/.test(id);

/** Longest call from its answer, in seconds. CDRs may be of a week, so that no call of the platform lacks one. */
export const maxCallSeconds = 23 * 3_600;

/** Milliseconds for which an ended call can be read. */
const retention = 30 * day;

/** Unix seconds after which an ended call is deleted; undefined while it is in progress. */
export const callExpiry = ({ timestamps: { hangup: end } }: Pick<Call, 'timestamps'>): number | undefined =>
  end === undefined ? undefined : Math.floor((Date.parse(end) + retention) / second);

/** Whether a call is in progress. */
export const isLive = ({ status }: Pick<Call, 'status'>): boolean => status !== 'hangup';

/** A call in its next state; the same call if it may not go there. @param now when the state was entered */
export function inCallStatus(call: Call, asked: CallStatus, now: Date): Call {
  if (!mayFollow(call.status, asked)) return call;
  const at = now.toISOString();
  const timestamps = { ...call.timestamps, [asked]: call.timestamps[asked] ?? at };
  return { ...call, status: asked, timestamps, updated_at: at, seen_at: at, version: call.version + 1 };
}

/** The call after its end: no channels, and CDRs to send. The same call if it has ended before. */
export const hangUp = (call: Call, hangup: CallHangup, now: Date): Call =>
  isLive(call) ? { ...inCallStatus(call, 'hangup', now), hangup, channels: [], cdr: 'pending' } : call;

/** Whether a user has missed a call: it was not answered, and came from another party. */
export const isMissed = ({ status, timestamps, direction, legs }: Call): boolean =>
  status === 'hangup' &&
  timestamps.answered === undefined &&
  direction === 'inbound' &&
  legs.some(({ role, user_id: user }) => role === 'destination' && user !== null);

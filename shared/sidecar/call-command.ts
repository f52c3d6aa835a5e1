import * as z from 'zod';
import { callActions, CallDestination, CallEnd, CallOptions, transferModes } from '../schema/call-request.ts';
import { channelKinds, hangupCauses, isCallId, type HangupCause } from '../telephony/call.ts';
import { codecs } from '../telephony/sip-peer.ts';
import { mediaEncryptions } from '../telephony/peer-settings.ts';
import { CommandId, CommandTimeout } from './command-fields.ts';

/**
 * Commands of calls, for the control interface of the SIP sidecar. A task that does not carry the call forwards the
 * command once to the one that does.
 */

const CallId = z.string().refine(isCallId);

const common = {
  id: CommandId,
  organization: z.int().min(1),
  /** For `place-call` the id that the call gets, so that a repeated command places no second call. */
  call: CallId,
  timeout_seconds: CommandTimeout,
  /** Set by a task that forwards the command, which must not be forwarded again. */
  forwarded: z.literal(true).optional(),
} as const;

/**
 * Places a call whose body, rights and hosts the API has checked. The task decides both numbers, stores the call, and
 * goes on with it after the outcome.
 */
export const PlaceCallCommand = z.object({
  ...common,
  kind: z.literal('place-call'),
  source: CallEnd,
  destination: CallDestination,
  options: CallOptions,
  meta: z.record(z.string(), z.unknown()),
  header: z.record(z.string(), z.string()),
  caller: z.object({
    /** `usr_…` or `svc_…`: the user of the call in `auth`. */
    id: z.string().min(1).max(81),
    /** Whose groups the dial plan looks at, and whose call it is; null for a service account. */
    user_id: z.string().min(1).max(81).nullable(),
    /** It reserves no money (functions/billing/README.md, "Reservations"). */
    own_only: z.boolean(),
  }),
});
export type PlaceCallCommand = z.output<typeof PlaceCallCommand>;

/** Reasons for which no call begins; the codes of the API. */
const refusalCodes = [
  'INSUFFICIENT_BALANCE',
  'CALL_LIMIT',
  'CALL_DENIED',
  'DESTINATION_NOT_ALLOWED',
  'RECORDING_UNAVAILABLE',
  'NO_FREE_SLOT',
] as const;

const Refused = z.object({
  kind: z.literal('refused'),
  code: z.enum(refusalCodes),
  /** Of the dial plan's decision, such as `NO_ROUTE`. */
  reason: z.string().min(1).max(64),
  party: z.enum(['source', 'destination']),
});

/** `unreachable`: no task is alive, or the call's is not. */
const Unreachable = z.object({ kind: z.literal('unreachable') });
const NotFound = z.object({ kind: z.literal('not_found') });
const Accepted = z.object({ kind: z.literal('accepted') });
const InvalidState = z.object({ kind: z.literal('invalid_state') });

export const PlaceCallOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created') }),
  Refused,
  Unreachable,
]);
export type PlaceCallOutcome = z.output<typeof PlaceCallOutcome>;

const causes = Object.keys(hangupCauses) as [HangupCause, ...HangupCause[]];

/** Ends a call: CANCEL, BYE or a rejection of both legs, as their states demand. */
export const EndCallCommand = z.object({
  ...common,
  kind: z.literal('end-call'),
  cause: z.enum(causes),
  by: z.enum(['api', 'system']),
});
export type EndCallCommand = z.output<typeof EndCallCommand>;

/** `accepted`: it ends, or has ended before. */
export const EndCallOutcome = z.discriminatedUnion('kind', [Accepted, NotFound, Unreachable]);
export type EndCallOutcome = z.output<typeof EndCallOutcome>;

/** Acts on an answered call. The outcome of the action itself is the event `call.action`. */
export const CallActionCommand = z.object({
  ...common,
  kind: z.literal('call-action'),
  action: z.enum(callActions),
  leg: z.enum(['source', 'destination']),
  /** Of a transfer; checked by the task as that of a new call. */
  destination: CallEnd.optional(),
  mode: z.enum(transferModes).optional(),
  /** Of a `voicemail_drop`: its id, and where what calls play of it is stored. */
  drop: z
    .object({
      id: z.string().min(1).max(81),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      message: z.literal(true).optional(),
    })
    .optional(),
  caller: PlaceCallCommand.shape.caller,
});
export type CallActionCommand = z.output<typeof CallActionCommand>;

export const CallActionOutcome = z.discriminatedUnion('kind', [Accepted, NotFound, InvalidState, Refused, Unreachable]);
export type CallActionOutcome = z.output<typeof CallActionOutcome>;

const Channels = z.array(
  z.object({
    kind: z.enum(channelKinds),
    id: z.string().max(128),
    direction: z.enum(['inbound', 'outbound']),
  }),
);
const DurationLimit = z.object({ seconds: z.number().nullable(), isReserved: z.boolean() });
const side = z.enum(['source', 'destination']);
/** A leg at a media relay. */
const MediaLeg = z.object({
  tag: z.string().min(1).max(64),
  kind: z.enum(['webrtc', 'rtp']),
  /** The address from which its SIP comes; absent: it is not known, or its task is older than this field. */
  heard: z.string().min(1).max(255).exactOptional(),
  /** Port of the relay, to which it sends. */
  port: z.int().min(0).max(65_535).exactOptional(),
  /** How it speaks Opus; absent: it does not. */
  opus: z
    .object({
      format: z.int().min(0).max(127).exactOptional(),
      isOnly: z.literal(true).exactOptional(),
      events: z.int().min(0).max(127).exactOptional(),
    })
    .exactOptional(),
  /** Whether it is to be encrypted by SRTP; absent: as it wants. */
  encryption: z.enum(mediaEncryptions).exactOptional(),
  /** Its profile of SRTP; absent: it has none. */
  profile: z.string().min(1).max(32).exactOptional(),
  /** Its media that the other party does not see. */
  absent: z
    .array(z.object({ at: z.int().min(0).max(31), line: z.string().min(1).max(4_096) }))
    .max(32)
    .readonly()
    .exactOptional(),
  /** What becomes of faxes with it; absent: they pass. */
  fax: z.enum(['t38', 'audio', 'reject']).exactOptional(),
  /** What audio it takes; absent: any. */
  audio: z
    .object({ codecs: z.array(z.enum(codecs)).max(10).readonly(), isInband: z.literal(true).exactOptional() })
    .exactOptional(),
  /** The relay looks for digits in its audio; absent: it does not, or its task is older than this field. */
  detectsTones: z.literal(true).exactOptional(),
});

/**
 * Goes on with an answered call of a task that stops. The call and its dialogs are in the table; this is what only its
 * task knows.
 */
export const TakeCallCommand = z.object({
  ...common,
  kind: z.literal('take-call'),
  /** The task that has the call. */
  task: z.string().min(1).max(64),
  /** Of the call's row: a call that has changed since is not taken. */
  version: z.int().min(1),
  state: z.object({
    isIncoming: z.boolean(),
    /** Unix milliseconds. */
    answeredAt: z.number(),
    limit: DurationLimit,
    transferLegs: z.int().min(0),
    sides: z.array(z.object({ side, reservation: z.string().max(128), limit: DurationLimit, from: z.number() })),
    channels: z.object({ kept: Channels, source: Channels, destination: Channels }),
    /** Absent: its media pass no relay. */
    media: z
      .object({
        relay: z.string().max(64),
        source: MediaLeg,
        destination: MediaLeg,
        recorded: z.literal(true).optional(),
        /** Who hears music, as the other party holds the call. */
        music: side.optional(),
        /** Their last descriptions; absent: there are none, or they are too large. */
        agreed: z.object({ from: side, offer: z.string().max(8_000), answer: z.string().max(8_000) }).exactOptional(),
      })
      .optional(),
  }),
});
export type TakeCallCommand = z.output<typeof TakeCallCommand>;

/** `invalid_state`: it has ended or changed, or its parties cannot be reached from this task. */
export const TakeCallOutcome = z.discriminatedUnion('kind', [Accepted, InvalidState, Unreachable]);
export type TakeCallOutcome = z.output<typeof TakeCallOutcome>;

const Party = z.string().max(128).nullable();

/**
 * Asks whether a task has a call that a phone of its organization may take: one that rings, at a phone of its groups
 * (`extension` null) or of an extension, or that of a dialog. It changes nothing.
 */
export const FindCallCommand = z.object({
  kind: z.literal('find-call'),
  id: CommandId,
  organization: z.int().min(1),
  taker: z.object({ device_id: Party, line: Party, user_id: Party }),
  wanted: z.union([
    z.object({ extension: z.string().max(64).nullable() }),
    z.object({ slot: z.string().max(6) }),
    z.object({ dialog: z.object({ callId: z.string(), toTag: z.string(), fromTag: z.string() }) }),
  ]),
  timeout_seconds: CommandTimeout,
});
export type FindCallCommand = z.output<typeof FindCallCommand>;
const Found = z.object({ kind: z.literal('found'), has: z.boolean() });
const FindCallOutcome = z.discriminatedUnion('kind', [Found, Unreachable]);

/** The commands of calls and their outcomes, by kind. */
export const callCommands = {
  'place-call': { command: PlaceCallCommand, outcome: PlaceCallOutcome },
  'end-call': { command: EndCallCommand, outcome: EndCallOutcome },
  'call-action': { command: CallActionCommand, outcome: CallActionOutcome },
  'take-call': { command: TakeCallCommand, outcome: TakeCallOutcome },
  'find-call': { command: FindCallCommand, outcome: FindCallOutcome },
} as const;

import {
  callSides,
  hangUp,
  hangupCauses,
  inCallStatus,
  mayFollow,
  type Call,
  type CallHangup,
  type CallLeg,
  type CallStatus,
  type CallTimestamps,
  type MissingAudio,
} from '#telephony/call.ts';
import { omit } from '#schema/omit.ts';

/** How a call is stored while it changes. Pure: the time is given. */

/** Who is at the other end of a leg, as it is stored. */
export type LegParty = Pick<
  CallLeg,
  'kind' | 'target' | 'number' | 'user_id' | 'device_id' | 'line' | 'gateway_id' | 'trunk_id'
>;

/** A leg without anyone at its other end. */
export const noParty = {
  target: '',
  number: null,
  user_id: null,
  device_id: null,
  line: null,
  gateway_id: null,
  trunk_id: null,
} as const satisfies Omit<LegParty, 'kind'>;

/** What is known of a call when it begins. */
export type CallFacts = Omit<
  Call,
  'status' | 'timestamps' | 'hangup' | 'cdr' | 'seen_at' | 'created_at' | 'updated_at' | 'version'
>;

type Role = CallLeg['role'];

/** A party, and by which transfer or forward it comes. */
type NewParty = LegParty & Pick<CallLeg, 'transfer' | 'forward' | 'is_reserved'>;

/** A call that has begun. */
export const newRecord = (facts: CallFacts, now: Date): Call => {
  const at = now.toISOString();
  return {
    ...facts,
    status: 'created',
    timestamps: { created: at },
    hangup: null,
    cdr: 'none',
    seen_at: at,
    created_at: at,
    updated_at: at,
    version: 1,
  };
};

/** A side of a call that has begun. */
export const newLeg = (role: Role, party: NewParty, now: Date): CallLeg => ({
  role,
  ...party,
  status: 'created',
  timestamps: { created: now.toISOString() },
  sip_code: null,
  q850: null,
  on_hold: false,
  muted: false,
});

/** Changes the newest leg of a side: during a transfer it has two. */
const changeLeg = (call: Call, role: Role, change: (leg: CallLeg) => CallLeg): Call => {
  const newest = call.legs.findLastIndex((leg) => leg.role === role && leg.status !== 'hangup');
  return { ...call, legs: call.legs.map((leg, at) => (at === newest ? change(leg) : leg)) };
};

const inStatus = (leg: CallLeg, status: CallStatus, now: Date): CallLeg =>
  mayFollow(leg.status, status)
    ? { ...leg, status, timestamps: { ...leg.timestamps, [status]: leg.timestamps[status] ?? now.toISOString() } }
    : leg;

/** A party of a side. `forward`: the number of the forward by which it is called; undefined: by none. */
export type SideParty = { readonly role: Role; readonly party: LegParty; readonly forward?: number | undefined };

/** Puts a party into its leg: that of its forward, else the newest one of the side that is of none. */
const changeParty = (call: Call, { role, party, forward }: SideParty, status: CallStatus, now: Date): Call => {
  // One that is called later than others rings with them before.
  const timed = (leg: CallLeg): CallLeg => ({
    ...leg,
    timestamps: { [status]: now.toISOString(), ...leg.timestamps },
  });
  const own = call.legs.findLastIndex(
    (leg) => leg.role === role && leg.status !== 'hangup' && leg.forward?.number === forward,
  );
  return {
    ...call,
    legs: call.legs.map((leg, at) => (at === own ? timed(inStatus({ ...leg, ...party }, status, now)) : leg)),
  };
};

/** The call after a target was invited: the next gateway replaces the one before it. */
export const inviteParty = (call: Call, party: SideParty, now: Date): Call => changeParty(call, party, 'trying', now);

/** The call after one of its sides answered. */
export const answerParty = (call: Call, party: SideParty, now: Date): Call => changeParty(call, party, 'answered', now);

/** The call after a forward has failed, or was given up. */
export const endForward = (
  call: Call,
  forward: number,
  { status, q850 }: { readonly status: number; readonly q850: number },
  now: Date,
): Call => ({
  ...call,
  legs: call.legs.map((leg) =>
    leg.forward?.number === forward && leg.status !== 'hangup'
      ? { ...inStatus(leg, 'hangup', now), sip_code: status, q850 }
      : leg,
  ),
});

/** The call in its next state. Its destination rings when the call does; a caller is connected when it is answered. */
export const callInStatus = (call: Call, status: CallStatus, now: Date): Call =>
  changeLeg(inCallStatus(call, status, now), status === 'answered' ? 'source' : 'destination', (leg) =>
    inStatus(leg, status, now),
  );

/** The present leg of a side, if its party is connected. */
export const connectedLeg = ({ legs }: Pick<Call, 'legs'>, role: Role): CallLeg | undefined =>
  legs.find((leg) => leg.role === role && leg.status === 'answered');

/**
 * The newest leg of a side whose party has answered: that of its stored dialog. A party that did not take the call when
 * it was asked has answered, too.
 */
export const answeredLeg = (call: Pick<Call, 'legs'>, role: Role): CallLeg | undefined =>
  connectedLeg(call, role) ?? call.legs.findLast((leg) => leg.role === role && leg.timestamps.answered !== undefined);

/** The call with the leg of a new party. */
export const withNewLeg = (call: Call, role: Role, party: NewParty, now: Date): Call => ({
  ...call,
  legs: [...call.legs, newLeg(role, party, now)],
});

/** The call while the new party of a side rings. */
export const ringLeg = (call: Call, role: Role, now: Date): Call =>
  changeLeg(call, role, (leg) => inStatus(leg, 'ringing', now));

/** The call after the newest leg of a side has failed, or was given up. */
export const failNewLeg = (
  call: Call,
  role: Role,
  { status, q850 }: { readonly status: number; readonly q850: number },
  now: Date,
): Call => changeLeg(call, role, (leg) => ({ ...inStatus(leg, 'hangup', now), sip_code: status, q850 }));

const endLegs = (call: Call, isLeft: (leg: CallLeg) => boolean, now: Date): Call => ({
  ...call,
  legs: call.legs.map((leg) =>
    leg.status !== 'hangup' && isLeft(leg)
      ? { ...inStatus(leg, 'hangup', now), q850: hangupCauses.NORMAL_CLEARING }
      : leg,
  ),
});

/** The call after the party of a side has left. @param isReplaced whether the newer legs of the side are of another */
export function leaveSide(call: Call, role: Role, isReplaced: boolean, now: Date): Call {
  const left = connectedLeg(call, role);
  return endLegs(call, (leg) => (isReplaced ? leg === left : leg.role === role), now);
}

/** The call after the new party of a side was joined: those that rang with it by other legs are given up. */
export const joinSide = (call: Call, role: Role, now: Date): Call =>
  endLegs(call, (leg) => leg.role === role && leg.status !== 'answered', now);

/** The call as its callee gets it: by this a phone line knows the events of its calls. */
export const sendTo = (call: Call, user: string): Call => ({
  ...call,
  destination: { ...call.destination, to: { ...call.destination.to, user } },
});

/** The call after a phone has sent it on to an extension. @param diverter E.164 of its user; null: it has none */
export const redirectCall = (call: Call, extension: string, diverter: string | null): Call => ({
  ...sendTo(call, extension),
  numbers: { ...call.numbers, diverter },
});

/** The call after a transfer: the party that stays is not on hold any more. */
export const withoutHold = (call: Call, role: Role): Call =>
  changeLeg(call, role, (leg) => ({ ...leg, on_hold: false }));

/** The call as if no one had answered it: it is charged to none, but to those who have forwarded it outside. */
export const withoutAnswer = (call: Call): Call => {
  const without = (timestamps: CallTimestamps): CallTimestamps => omit(timestamps, 'answered');
  return {
    ...call,
    timestamps: without(call.timestamps),
    legs: call.legs.map((leg) => (leg.forward === undefined ? { ...leg, timestamps: without(leg.timestamps) } : leg)),
  };
};

/** The call after its end, with the ends of its sides. */
export const endRecord = (call: Call, hangup: CallHangup, now: Date): Call => {
  const ended = hangUp(call, hangup, now);
  return {
    ...ended,
    legs: ended.legs.map((leg) =>
      leg.status === 'hangup'
        ? leg
        : { ...inStatus(leg, 'hangup', now), sip_code: leg.sip_code ?? hangup.sip_code, q850: leg.q850 ?? hangup.q850 },
    ),
  };
};

/** Whether a command holds a side or its other party, or mutes it. */
export const isHushed = (call: Pick<Call, 'legs'>, side: Role): boolean =>
  callSides.some((each) => connectedLeg(call, each)?.on_hold === true) || connectedLeg(call, side)?.muted === true;

/** The side of a call that is not heard now. */
export const missingAudio = ({ audio_missing: missing = [] }: Pick<Call, 'audio_missing'>, side: Role) =>
  missing.find((each) => each.side === side && each.until === undefined);

/** The call with a side that is not heard, or was not heard until an instant. */
export const withMissingAudio = (call: Call, missing: MissingAudio): Call => ({
  ...call,
  audio_missing: [...(call.audio_missing ?? []).filter(({ side }) => side !== missing.side), missing],
});

/** The call after an action on one of its sides. */
export const withAction = (call: Call, role: Role, change: Pick<CallLeg, 'on_hold'> | Pick<CallLeg, 'muted'>): Call =>
  changeLeg(call, role, (leg) => ({ ...leg, ...change }));

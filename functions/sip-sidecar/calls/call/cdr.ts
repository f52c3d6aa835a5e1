import type { Call, CallHangup, CallLeg } from '#telephony/call.ts';

/**
 * The CDRs of a call (functions/billing/cdr-ingest/README.md, "CDRs"): its own, and one of each other leg that is
 * charged.
 */

type Disposition = 'ANSWERED' | 'NO ANSWER' | 'BUSY' | 'FAILED' | 'CANCELLED';

/** A record of the message `cdr.v1`. Times are ISO 8601 UTC. */
export type CallCdr = {
  readonly call_id: string;
  /** `a`: the call with the charge of the destination; `b`: the called source; those of forwards and transfers. */
  readonly leg: string;
  readonly direction: Call['direction'];
  readonly caller: string;
  readonly callee: string;
  readonly start_time: string;
  readonly answer_time?: string;
  readonly end_time: string;
  readonly disposition: Disposition;
  readonly trunk_id?: string;
  readonly gateway_id?: string;
  readonly device_id?: string;
  readonly user_id?: string;
  readonly cause: { readonly q850?: number; readonly sip_code?: number; readonly text?: string };
  readonly quality?: { readonly audio_missing: CallLeg['role'] | 'both' };
  readonly stir?: Call['stir'];
  readonly custom?: { readonly recording_id?: string; readonly blocked_by?: string };
};

/** Final responses by which a callee is busy, or does not answer (RFC 3261, section 21). */
const busy: ReadonlySet<number | null> = new Set([486, 600]);
const noAnswer: ReadonlySet<number | null> = new Set([408, 480, 487]);

/** Why a leg that no one answered ended. */
function dispositionOf({ cause, by, sip_code: status }: CallHangup): Disposition {
  if (cause === 'USER_BUSY' || busy.has(status)) return 'BUSY';
  if (cause === 'NO_ANSWER' || cause === 'NO_USER_RESPONSE') return 'NO ANSWER';
  if (cause === 'ORIGINATOR_CANCEL' || by === 'caller' || by === 'api') return 'CANCELLED';
  return noAnswer.has(status) ? 'NO ANSWER' : 'FAILED';
}

const isCarried = (leg: CallLeg | undefined): leg is CallLeg => leg?.kind === 'gateway' || leg?.kind === 'trunk';

/** The later of two instants: a clock that was set back makes no call end before its start. */
const notBefore = (at: string, start: string): string => (at < start ? start : at);

/** Why a leg that no one answered ended: by its own response, else with the call. */
function dispositionOfLeg({ hangup }: Ended, leg: CallLeg | undefined): Disposition {
  if (leg === undefined || leg.sip_code === null || leg.sip_code === hangup.sip_code) return dispositionOf(hangup);
  return dispositionOf({ cause: 'CALL_REJECTED', q850: leg.q850, sip_code: leg.sip_code, by: 'callee' });
}

type Times = Pick<CallCdr, 'start_time' | 'answer_time' | 'end_time' | 'disposition'>;

function timesOf(
  call: Ended,
  leg: CallLeg | undefined,
  [start, until]: readonly [string, string],
  answer = leg?.timestamps.answered,
): Times {
  const end = notBefore(until, start);
  if (answer === undefined) return { start_time: start, end_time: end, disposition: dispositionOfLeg(call, leg) };
  const answered = notBefore(answer, start);
  return { start_time: start, answer_time: answered < end ? answered : end, end_time: end, disposition: 'ANSWERED' };
}

/** When a leg ended: its party may have left before the others. */
const endOf = (call: Ended, leg: CallLeg | undefined): string => leg?.timestamps.hangup ?? call.timestamps.hangup;

type Ended = Call & { readonly hangup: CallHangup; readonly timestamps: { readonly hangup: string } };

const hasEnded = (call: Call): call is Ended => call.hangup !== null && call.timestamps.hangup !== undefined;

const defined = <F extends object>(fields: { readonly [K in keyof F]: F[K] | null | undefined }): Partial<F> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as Partial<F>;

type Resources = Pick<CallCdr, 'trunk_id' | 'gateway_id' | 'device_id' | 'user_id'>;

/** The cause of a leg that ended by itself, else that of the call. */
function causeOf({ hangup }: Ended, leg: CallLeg | undefined): CallCdr['cause'] {
  const { q850, sip_code } = leg === undefined || leg.q850 === null ? hangup : leg;
  return defined<CallCdr['cause']>({ q850, sip_code });
}

/** What the party that ended the call says of the cause of its CDR. */
function textOf({ hangup }: Ended, leg: CallLeg | undefined): Pick<CallCdr['cause'], 'text'> {
  const isOfCall = leg?.q850 == null || (leg.q850 === hangup.q850 && leg.sip_code === hangup.sip_code);
  return isOfCall ? defined<Pick<CallCdr['cause'], 'text'>>({ text: hangup.text }) : {};
}

/**
 * Whom a leg called. Over a gateway that is what was sent, also if it is no number that can be read: another number
 * that was dialed must not be charged for it. A phone line is called by the extension of its user.
 */
function calleeOf(call: Call, leg: CallLeg | undefined): string {
  const isOther = leg?.kind === 'line' || call.legs.some(isOfForwardedCall);
  const called = call.numbers.called ?? call.destination[isOther ? 'requested' : 'to'].user;
  if (leg?.role !== 'destination') return called;
  if (leg.kind === 'gateway') return leg.number ?? leg.target;
  return (leg.kind === 'sip' || isCarried(leg) ? leg.number : null) ?? called;
}

/**
 * Who called. What is charged to a number has that number as caller; of other calls the caller who withholds its number
 * is unknown to those who are called, and read the history.
 */
function callerOf({ direction, numbers, privacy, source }: Call): string {
  if (privacy && direction !== 'outbound') return 'anonymous';
  if (direction === 'inbound') return numbers.caller ?? numbers.asserted ?? source.caller.user;
  return numbers.billing ?? numbers.asserted ?? numbers.caller ?? source.caller.user;
}

/** Whether a leg is of a forward of the call itself, and not of one of a transfer, which has a call that is up. */
const isOfForwardedCall = ({ forward, transfer }: CallLeg): boolean => forward !== undefined && transfer === undefined;

/** The leg outside that took a call which was forwarded to it. */
function answeredForward({ legs, timestamps: { answered: taken } }: Call): CallLeg | undefined {
  if (taken === undefined) return undefined;
  // One that was asked, and has not taken it, has ended with a status before.
  return legs
    .filter(isOfForwardedCall)
    .find(
      ({ sip_code: status, timestamps: { answered, hangup } }) =>
        answered !== undefined && (hangup === undefined || hangup > taken || (hangup === taken && status === null)),
    );
}

/**
 * When the CDR of a call ends: with the leg that it charges, which is the called one of an outbound call, and that of
 * the caller of one from outside. An internal call charges no leg, and lasts until its end, whichever parties it has.
 */
function endOfMain(call: Ended, source: CallLeg | undefined, destination: CallLeg | undefined): string {
  const charged = { outbound: destination, inbound: source, internal: undefined }[call.direction];
  return endOf(call, charged);
}

/**
 * The CDR of a call: leg `a`. Its answer is that of the first party that was called; that of a call from outside, what
 * its carrier got.
 */
function mainCdr(call: Ended, source: CallLeg | undefined, destination: CallLeg | undefined): CallCdr {
  const forwarded = answeredForward(call);
  const end = endOfMain(call, source, forwarded ?? destination);
  const isOfCall = forwarded !== undefined || call.direction === 'inbound';
  const answer = isOfCall ? call.timestamps.answered : destination?.timestamps.answered;
  return {
    call_id: call.id,
    leg: 'a',
    direction: call.direction,
    caller: callerOf(call),
    callee: calleeOf(call, destination),
    ...timesOf(call, destination, [call.created_at, end], answer),
    ...defined<Resources>({
      trunk_id: destination?.trunk_id ?? source?.trunk_id,
      gateway_id: destination?.gateway_id,
      device_id: source?.device_id ?? destination?.device_id,
      user_id: call.user_id,
    }),
    cause: { ...causeOf(call, destination), ...textOf(call, destination) },
  };
}

/** The CDR of another leg that the platform called over a carrier. */
function legCdr(call: Ended, name: string, leg: CallLeg): CallCdr {
  const start = leg.timestamps.trying ?? leg.timestamps.created ?? call.created_at;
  return {
    call_id: call.id,
    leg: name,
    direction: 'outbound',
    caller: leg.forward?.caller ?? callerOf(call),
    callee: leg.number ?? leg.target,
    ...timesOf(call, leg, [start, endOf(call, leg)]),
    ...defined<Resources>({
      trunk_id: leg.trunk_id,
      gateway_id: leg.gateway_id,
      user_id: leg.forward?.user_id ?? call.user_id,
    }),
    cause: causeOf(call, leg),
  };
}

/** The leg of the CDR of a party to which the call is transferred. @param count from 1 */
export const transferCdr = (count: number): string => `t${count}`;

/** The leg of the CDR of a forward. @param count from 1 */
export const forwardCdr = (count: number): string => `f${count}`;

/** The other legs of a call that may be charged, by the names of their CDRs. */
function otherLegs({ legs, began_by }: Call): readonly (readonly [string, CallLeg])[] {
  const source = legs.find(({ role }) => role === 'source');
  const first = new Set([source, legs.find(({ role }) => role === 'destination')]);
  const others = legs.filter((leg) => !first.has(leg));
  const isCalled = began_by === 'api' && source !== undefined;
  return [
    ...(isCalled ? [['b', source] as const] : []),
    ...others.flatMap((leg) => (leg.forward === undefined ? [] : [[forwardCdr(leg.forward.number), leg] as const])),
    ...others
      .filter(({ forward }) => forward === undefined)
      .map((leg, at) => [transferCdr(leg.transfer ?? at + 1), leg] as const),
  ];
}

/** Sides that were not heard at some time. */
function qualityOf({ audio_missing: missing = [] }: Call): Pick<CallCdr, 'quality'> {
  const [first, ...others] = new Set(missing.map(({ side }) => side));
  return first === undefined ? {} : { quality: { audio_missing: others.length > 0 ? 'both' : first } };
}

/** What else is noted of a call. */
function customOf({ recording_id, blocked_by }: Call): Pick<CallCdr, 'custom'> {
  const custom = defined<NonNullable<CallCdr['custom']>>({ recording_id, blocked_by });
  return Object.keys(custom).length === 0 ? {} : { custom };
}

function allCdrs(call: Ended): readonly CallCdr[] {
  const [source, destination] = (['source', 'destination'] as const).map((side) =>
    call.legs.find(({ role }) => role === side),
  );
  return [
    {
      ...mainCdr(call, source, destination),
      ...customOf(call),
      ...qualityOf(call),
      ...defined<Pick<CallCdr, 'stir'>>({ stir: call.stir }),
    },
    ...otherLegs(call).flatMap(([name, leg]) => (isCarried(leg) ? [legCdr(call, name, leg)] : [])),
  ];
}

/** The names of the CDRs of legs that were answered and have ended while their call goes on. */
function endedLegs(call: Call): ReadonlySet<string> {
  const destination = call.legs.find(({ role }) => role === 'destination');
  const main = call.direction === 'outbound' && isCarried(destination) ? [['a', destination] as const] : [];
  const hasEndedAlone = ({ timestamps }: CallLeg) =>
    timestamps.answered !== undefined && timestamps.hangup !== undefined;
  return new Set([...main, ...otherLegs(call)].filter(([, leg]) => hasEndedAlone(leg)).map(([name]) => name));
}

const stillUp: CallHangup = { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'system' };

/**
 * The CDRs of a call that has ended; of one in progress those of the charged legs that a transfer has ended. The same
 * leg always has the same one, so that sending it again charges nothing twice.
 */
export function callCdrs(call: Call): readonly CallCdr[] {
  if (hasEnded(call)) return allCdrs(call);
  const ended = endedLegs(call);
  const timestamps = { ...call.timestamps, hangup: call.updated_at };
  return allCdrs({ ...call, hangup: stillUp, timestamps }).filter(({ leg }) => ended.has(leg));
}

/** The message of the queue `cdr-ingest` with the CDRs of a call. */
export const cdrMessage = (call: Call, now: Date) => ({
  schema: 'cdr.v1' as const,
  source: 'sip-sidecar',
  sent_at: now.toISOString(),
  org_id: call.org_id,
  records: callCdrs(call),
});

import type { Call, Channel } from '#telephony/call.ts';
import { newLeg, type CallFacts, noParty } from '../call/record.ts';
import type { Caller } from '../routing/caller.ts';
import type { Route } from '../routing/route.ts';

/** What is known of calls when they begin, and when they are routed. */

/** Seconds that calls of phones and trunks ring. Callers that give up cancel. */
const ringTime = 60;

const party = (user: string) => ({ scheme: 'sip' as const, user, name: '' });

/** A call of a phone or trunk, before it is routed. */
export function incomingFacts(
  { id, task, now }: { readonly id: string; readonly task: string; readonly now: Date },
  { dialed, caller, domain }: { readonly dialed: string; readonly caller: Caller; readonly domain: string },
): CallFacts {
  const { number } = caller;
  return {
    id,
    task,
    org_id: caller.organization.org_id,
    began_by: caller.began_by,
    direction: caller.began_by === 'trunk' ? 'inbound' : 'outbound',
    source: {
      endpoint: caller.endpoint,
      caller: caller.party,
      asserted: number === null ? null : { ...caller.party, user: number },
    },
    destination: {
      endpoint: { type: 'sip', uri: `sip:${dialed}@${domain}` },
      requested: party(dialed),
      to: party(dialed),
    },
    numbers: {
      caller: caller.isWithheld ? null : number,
      called: null,
      asserted: number,
      diverter: caller.diverter,
      billing: caller.began_by === 'trunk' ? null : number,
    },
    privacy: caller.isWithheld,
    user_id: caller.user_id,
    meta: {},
    header: {},
    options: { timeout: ringTime, caller_id: null },
    auth: { user: caller.authUser, domain },
    legs: [newLeg('source', caller.leg, now), newLeg('destination', { ...noParty, kind: 'sip', target: dialed }, now)],
    channels: [],
    max_duration: null,
    reserved_until: null,
    ...(caller.stir !== undefined && { stir: caller.stir }),
  };
}

/** The call with its route. */
export function routedRecord(
  call: Call,
  { attempts, limit, isRecorded, reservedUntil, direction, number }: Extract<Route, { kind: 'routed' }>,
  channels: readonly Channel[],
): Call {
  const [target] = attempts.flat();
  return {
    ...call,
    channels,
    direction,
    numbers: { ...call.numbers, called: number },
    destination: {
      ...call.destination,
      to: party(target?.party.target ?? call.destination.requested.user),
    },
    user_id: call.user_id ?? (direction === 'inbound' ? (target?.party.user_id ?? null) : null),
    options: isRecorded ? { ...call.options, record: true } : call.options,
    legs: call.legs.map((leg) =>
      leg.role === 'destination' && target !== undefined ? { ...leg, ...target.party } : leg,
    ),
    max_duration: limit.seconds,
    reserved_until: reservedUntil,
  };
}

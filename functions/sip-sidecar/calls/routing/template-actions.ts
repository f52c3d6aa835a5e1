import { anyMailbox } from '#telephony/phone-number.ts';
import type { LimitedDecision } from '#functions/dialplan/dialplan-evaluator/call-limits.ts';
import { causeOf } from '../call/causes.ts';
import { answering } from '../applications/answering.ts';
import type { StartApplication } from '../applications/application.ts';
import type { FlowSource } from '../applications/flow-source.ts';
import { type Target, applicationTarget } from './target.ts';
import type { Rejection } from './route.ts';

/** What the actions of a template do with a call besides bridging and transferring it, as FreeSWITCH does it. */

/** Causes by their names in FreeSWITCH, with the responses that it sends for them (mod_sofia): status and Q.850. */
const causes: Readonly<Record<string, readonly [status: number, q850: number]>> = {
  UNALLOCATED_NUMBER: [404, 1],
  NO_ROUTE_TRANSIT_NET: [404, 2],
  NO_ROUTE_DESTINATION: [404, 3],
  NORMAL_CLEARING: [480, 16],
  USER_BUSY: [486, 17],
  NO_USER_RESPONSE: [408, 18],
  NO_ANSWER: [480, 19],
  SUBSCRIBER_ABSENT: [480, 20],
  CALL_REJECTED: [603, 21],
  NUMBER_CHANGED: [410, 22],
  EXCHANGE_ROUTING_ERROR: [483, 25],
  DESTINATION_OUT_OF_ORDER: [502, 27],
  INVALID_NUMBER_FORMAT: [484, 28],
  FACILITY_REJECTED: [501, 29],
  NORMAL_CIRCUIT_CONGESTION: [503, 34],
  NETWORK_OUT_OF_ORDER: [503, 38],
  NORMAL_TEMPORARY_FAILURE: [503, 41],
  SWITCH_CONGESTION: [503, 42],
  OUTGOING_CALL_BARRED: [403, 52],
  INCOMING_CALL_BARRED: [403, 54],
  BEARERCAPABILITY_NOTAUTH: [403, 57],
  INCOMPATIBLE_DESTINATION: [488, 88],
  RECOVERY_ON_TIMER_EXPIRE: [504, 102],
};
const normalClearing = [480, 16] as const;

/** The action `hangup`: its destination names the cause; without one, or with another text, the call is cleared. */
export function hangUpBy(destination: string | null): Rejection {
  const name = destination ?? '';
  const [status, q850] = (Object.hasOwn(causes, name) ? causes[name] : undefined) ?? normalClearing;
  return { kind: 'rejected', reason: 'HANGUP', status, cause: causeOf(q850) };
}

/** The mailbox of the action `voicemail`: FreeSWITCH's application takes `<profile> <domain> <mailbox>`. */
const mailboxIn = (destination: string | null): string => destination?.trim().split(/\s+/).at(-1) ?? '';

/** What answers a call by the action of a decision; undefined: nothing does. */
export const applicationOf = async (
  organization: number,
  { action, destination }: Pick<LimitedDecision, 'action' | 'destination'>,
  flows: Pick<FlowSource, 'playback' | 'deposit'>,
): Promise<StartApplication | undefined> => {
  if (action === 'answer') return answering;
  if (action === 'voicemail') return flows.deposit(organization, mailboxIn(destination), 'unavailable');
  return action === 'playback' ? flows.playback(organization, destination ?? '') : undefined;
};

/**
 * What answers a call to a mailbox: a message is taken, or heard from outside, as a caller's number is no identity.
 * @returns undefined: there is no such mailbox
 */
export async function mailboxAttempts(
  flows: Pick<FlowSource, 'deposit' | 'mailbox'>,
  { organization, called }: { readonly organization: number; readonly called: string },
  { type, id }: { readonly type: 'voicemail' | 'mailbox'; readonly id: string },
): Promise<readonly (readonly Target[])[] | undefined> {
  const mailbox = id === anyMailbox ? null : id;
  const start =
    type === 'voicemail'
      ? await flows.deposit(organization, id, 'unavailable')
      : await flows.mailbox(organization, { mailbox, user: null });
  return start === undefined ? undefined : [[applicationTarget(called, start)]];
}

import { hangupCauses, type CallHangup, type HangupCause } from '#telephony/call.ts';

/** Why a call ends: SIP status codes and cause values of ITU-T Q.850 (RFC 3398 §7.2.4.1, §8.2.6.1). */

/** The cause of an end. `q850`: as the peer sent it, else the value of the cause. */
export type Cause = Pick<CallHangup, 'cause'> & { readonly q850: number };

/** A cause of the platform. */
export const causeNamed = (cause: HangupCause): Cause => ({ cause, q850: hangupCauses[cause] });

/** Names of the values of Q.850 that peers send. */
const names: Readonly<Record<number, HangupCause>> = {
  1: 'UNALLOCATED_NUMBER',
  2: 'NO_ROUTE',
  3: 'NO_ROUTE',
  16: 'NORMAL_CLEARING',
  17: 'USER_BUSY',
  18: 'NO_USER_RESPONSE',
  19: 'NO_ANSWER',
  20: 'NO_USER_RESPONSE',
  21: 'CALL_REJECTED',
  22: 'UNALLOCATED_NUMBER',
  27: 'DESTINATION_OUT_OF_ORDER',
  28: 'INVALID_NUMBER_FORMAT',
  31: 'NORMAL_CLEARING',
  34: 'CALL_LIMIT',
  38: 'NETWORK_OUT_OF_ORDER',
  88: 'INCOMPATIBLE_DESTINATION',
  102: 'RECOVERY_ON_TIMER_EXPIRE',
};

/** RFC 3398 §8.2.6.1, and the codes of later RFCs. */
const q850ByStatus: Readonly<Record<number, number>> = {
  400: 41,
  401: 21,
  402: 21,
  403: 21,
  404: 1,
  405: 63,
  406: 79,
  407: 21,
  408: 102,
  410: 22,
  413: 127,
  414: 127,
  415: 79,
  416: 127,
  420: 127,
  480: 18,
  481: 41,
  482: 25,
  483: 25,
  484: 28,
  485: 1,
  486: 17,
  487: 16,
  488: 88,
  500: 41,
  501: 79,
  502: 38,
  503: 41,
  504: 102,
  513: 127,
  600: 17,
  603: 21,
  604: 1,
  606: 88,
  607: 21,
  608: 21,
};

/** The cause with a value of Q.850. */
export const causeOf = (q850: number): Cause => ({ cause: names[q850] ?? 'NORMAL_TEMPORARY_FAILURE', q850 });

/** The cause of a final response that rejects a call. @param q850 the value of its Reason header (RFC 3326) */
export const causeOfStatus = (status: number, q850?: number): Cause => causeOf(q850 ?? q850ByStatus[status] ?? 41);

/** The cause of the failure of a leg. */
export const causeOfFailure = ({ status, q850, cause }: LegCause): Cause =>
  cause === undefined ? causeOfStatus(status, q850) : causeNamed(cause);
type LegCause = { readonly status: number; readonly q850?: number; readonly cause?: HangupCause };

/**
 * Whether a failure is final, so that no other target is tried: it speaks of the callee (404, 480, 484, 486, 487 and
 * 6xx), or of a loop (482, 483): of two gateways that lead back here, the calls would double with each hop (RFC 5393).
 * Gateways and trunks have statuses of their own (`stop_codes`).
 */
export const isFinal = (status: number): boolean => finalStatuses.has(status) || status >= 600;
const finalStatuses: ReadonlySet<number> = new Set([404, 480, 482, 483, 484, 486, 487]);

/**
 * Responses about the INVITE that we sent, and by which status the caller hears of each. They have a header that tells
 * us what to change (RFC 3261 §21.4, RFC 4028 §6, RFC 6665 §8.3.2): it is not for the caller, whose own INVITE is
 * right. A challenge is for us, a body that the callee does not read is our description, and the rest is our fault.
 */
const ofOurInvite: Readonly<Record<number, number>> = {
  401: 403,
  405: 500,
  407: 403,
  415: 488,
  416: 500,
  420: 500,
  421: 500,
  422: 500,
  423: 500,
  489: 500,
};

/**
 * The status by which the caller hears of a failure: a redirection that was not followed would lead the caller past
 * the dial plan; a response about our INVITE is not for the caller.
 */
export function passedStatus(status: number): number {
  if (status >= 300 && status < 400) return 480;
  return ofOurInvite[status] ?? status;
}

type Ended = { readonly by: string; readonly sip_code: number | null };

/** The response to a caller; 480 or 603 if its call was ended by the platform or the API before its answer. */
export const statusOfHangup = ({ by, sip_code: status }: Ended): number =>
  passedStatus(status ?? (by === 'api' ? 603 : 480));

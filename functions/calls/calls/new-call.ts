import { AppError, commonErrors, invalidParameter } from '#errors.ts';
import { hostOf, type CallDestination, type CallEnd } from '#schema/call-request.ts';
import type { Device } from '#schema/device.ts';
import { isLive, type PhoneLine } from '#schema/phone.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { callErrors } from './errors.ts';

/** What a new call, or the new party of a transfer, must meet before it is decided (functions/calls/README.md). */

/** What there is of the end of a call: its device or line, or whether its host is the organization's. */
export type FoundEnd = {
  readonly device?: Pick<Device, 'user_id'> | undefined;
  readonly line?: PhoneLine | undefined;
  readonly isOwnHost?: boolean;
  readonly flow?: { readonly enabled: boolean } | undefined;
};

/** The user that a caller is. */
type OwnUser = { readonly id: string; readonly direct_number: string | null; readonly mobile: string | null };

/**
 * @param path of the end in the body
 * @throws AppError INVALID_PARAMETER for a device, line or flow that does not exist, DESTINATION_NOT_ALLOWED for a host
 *   that is not the organization's
 */
export function assertEnd(
  path: string,
  end: CallDestination,
  { device, line, isOwnHost, flow }: FoundEnd,
  now: Date,
): void {
  if (end.type === 'flow' && flow?.enabled !== true) throw invalidParameter(`${path}.id`, 'is no enabled call flow');
  if (end.type === 'device' && device === undefined) throw invalidParameter(`${path}.id`, 'is no device');
  if (end.type === 'line' && (line === undefined || !isLive(line, now)))
    throw invalidParameter(`${path}.username`, 'is no live phone line');
  if (end.type === 'sip' && isOwnHost !== true)
    throw new AppError('DESTINATION_NOT_ALLOWED', `${hostOf(end.uri)} is no trunk, gateway or domain of yours`, {
      details: [{ path: `${path}.uri`, message: 'must have the host of a trunk, a gateway or a domain of yours' }],
    });
}

/**
 * A person calls for help, and no program in its place.
 * @param path of the end in the body
 * @throws AppError INVALID_PARAMETER
 */
export function assertNoEmergency(path: string, end: CallDestination, origin: NumberOrigin): void {
  const isEmergency = (text: string): boolean => isEmergencyNumber(text, origin);
  if (end.type === 'phone' && isEmergency(end.number))
    throw invalidParameter(`${path}.number`, 'is an emergency number');
  if (end.type === 'sip' && isEmergency(end.uri)) throw invalidParameter(`${path}.uri`, 'is an emergency number');
}

/** Whether an end belongs to a user. */
function isOf(user: OwnUser, end: CallEnd, { device, line }: FoundEnd): boolean {
  switch (end.type) {
    case 'device':
      return device?.user_id === user.id;
    case 'line':
      return line?.user_id === user.id;
    case 'phone':
      return end.number === user.direct_number || end.number === user.mobile;
    case 'sip':
      return false;
  }
}

/**
 * A caller that is limited to its own records calls from its own phones. The answer does not tell whether others exist.
 * @param user the caller; undefined if it is none of the organization
 * @throws AppError SOURCE_NOT_ALLOWED
 */
export function assertOwnSource(user: OwnUser | undefined, end: CallEnd, found: FoundEnd): void {
  if (user !== undefined && isOf(user, end, found)) return;
  throw new AppError(callErrors.SOURCE_NOT_ALLOWED, 'You may call from your own devices, lines and numbers only', {
    details: [{ path: 'source', message: 'must be a device, line or number of yours' }],
  });
}

/** @throws AppError CALLER_ID_NOT_ALLOWED unless it is an active number of the organization */
export function assertCallerId(number: Pick<PhoneNumber, 'state' | 'org_id'> | undefined, organization: number): void {
  if (number?.state === 'active' && number.org_id === organization) return;
  throw new AppError(callErrors.CALLER_ID_NOT_ALLOWED, 'The caller id must be an active number of the organization', {
    details: [{ path: 'options.caller_id', message: 'is no active number of the organization' }],
  });
}

type Refusal = {
  readonly code:
    | 'INSUFFICIENT_BALANCE'
    | 'CALL_LIMIT'
    | 'CALL_DENIED'
    | 'DESTINATION_NOT_ALLOWED'
    | 'RECORDING_UNAVAILABLE'
    | 'NO_FREE_SLOT';
  readonly reason: string;
  readonly party: 'source' | 'destination';
};

const unavailable = (): AppError =>
  new AppError(callErrors.RECORDING_UNAVAILABLE, 'Calls cannot be recorded: no media relay records them', {
    details: [{ path: 'options.record', message: 'is not available' }],
  });

const errors = { ...commonErrors, ...callErrors };

const refusals = {
  INSUFFICIENT_BALANCE: 'The available credit does not pay for the call',
  CALL_LIMIT: 'A limit of calls is reached',
  CALL_DENIED: 'The dial plan does not allow the call',
  DESTINATION_NOT_ALLOWED: 'The destination is not allowed',
  NO_FREE_SLOT: 'No slot is free',
} as const satisfies Readonly<Record<Exclude<Refusal['code'], 'RECORDING_UNAVAILABLE'>, string>>;

/** The error for a call that was not begun. */
export const refusalError = ({ code, reason, party }: Refusal): AppError =>
  code === 'RECORDING_UNAVAILABLE'
    ? unavailable()
    : new AppError(errors[code], `${refusals[code]}: ${reason} (${party})`, { facts: { reason, party } });

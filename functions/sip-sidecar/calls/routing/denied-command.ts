import type { PlaceCallOutcome } from '#sidecar/call-command.ts';
import type { Side } from '../call/state.ts';
import type { Rejection } from './route.ts';

/** The code of the API for a reason of the dial plan. */
const codes: Readonly<Record<string, Extract<PlaceCallOutcome, { kind: 'refused' }>['code']>> = {
  NO_CREDIT: 'INSUFFICIENT_BALANCE',
  CALL_LIMIT: 'CALL_LIMIT',
  SPEND_LIMIT: 'CALL_LIMIT',
  RATE_LIMITED: 'CALL_LIMIT',
};

/** The outcome of a command whose call the dial plan denies. */
export const deniedCommand = (
  { reason }: Pick<Rejection, 'reason'>,
  party: Side,
): Extract<PlaceCallOutcome, { kind: 'refused' }> => ({
  kind: 'refused',
  code: codes[reason] ?? 'CALL_DENIED',
  reason,
  party,
});

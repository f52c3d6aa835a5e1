import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/billing` answer. */
export const billingErrors = errorKinds({
  CALL_IN_PROGRESS: [409, 'Only the SIP service, which carries the call, changes its reservation.'],
  UNKNOWN_TARIFF: [422, 'The named tariff does not exist.'],
});
